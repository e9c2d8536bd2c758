import { RohrpostError } from '../core/errors.ts';

export type ByteSource = AsyncIterable<Uint8Array>;

const EMPTY = Buffer.alloc(0);
const LINE_FEED = 0x0a;

/**
 * Reads an asynchronous byte source as a byte stream with a cursor: single bytes, exact counts, lines, or whatever is
 * at hand. Nothing is copied unless a piece spans two chunks of the source.
 */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Buffer = EMPTY;
  #consumed_bytes = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(source: ByteSource) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Bytes handed out so far. */
  get consumed_bytes(): number {
    return this.#consumed_bytes;
  }

  /** Bytes that can be taken without waiting. */
  get buffered_bytes(): number {
    return this.#chunk.length;
  }

  /** Waits until at least one byte is buffered; false at the end of the source. */
  async fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#next();
      if (next === null) return false;
      this.#chunk = next;
    }
    return true;
  }

  /** Takes up to `max_bytes` of what is buffered, without waiting. */
  take(max_bytes: number): Buffer {
    const taken = this.#chunk.length <= max_bytes ? this.#chunk : this.#chunk.subarray(0, max_bytes);
    this.#chunk = this.#chunk.subarray(taken.length);
    this.#consumed_bytes += taken.length;
    return taken;
  }

  /** The next bytes without consuming them; fewer than `count_bytes` only at the end of the source. */
  async peek(count_bytes: number): Promise<Buffer> {
    while (this.#chunk.length < count_bytes) {
      const next = await this.#next();
      if (next === null) break;
      this.#chunk = Buffer.concat([this.#chunk, next]);
    }
    return this.#chunk.subarray(0, count_bytes);
  }

  /** The next byte, or -1 at the end of the source. */
  async byte(): Promise<number> {
    if (this.#chunk.length === 0 && !(await this.fill())) return -1;
    return this.take(1)[0]!;
  }

  /** Exactly `count_bytes`, or `pgp-truncated`. */
  async exact(count_bytes: number): Promise<Buffer> {
    const bytes = await this.upTo(count_bytes);
    if (bytes.length < count_bytes) throw new RohrpostError('pgp-truncated');
    return bytes;
  }

  /** `count_bytes`, or fewer only when the source ends. */
  async upTo(count_bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let missing = count_bytes;
    while (missing > 0 && (await this.fill())) {
      const piece = this.take(missing);
      pieces.push(piece);
      missing -= piece.length;
    }
    return joined(pieces);
  }

  /** The next line with its line feed; without one only at the end of the source or after `limit_bytes`. */
  async line(limit_bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let left_bytes = limit_bytes;
    while (left_bytes > 0 && (await this.fill())) {
      const end = this.#chunk.indexOf(LINE_FEED) + 1;
      const piece = this.take(end === 0 ? left_bytes : Math.min(left_bytes, end));
      pieces.push(piece);
      left_bytes -= piece.length;
      if (piece.at(-1) === LINE_FEED) break;
    }
    return joined(pieces);
  }

  /** What remains, as it comes. Stopping early leaves the rest in the reader. */
  async *rest(): AsyncGenerator<Buffer> {
    while (await this.fill()) yield this.take(this.#chunk.length);
  }

  /** All of it as a source that closes this reader when it is no longer wanted. */
  async *whole(): AsyncGenerator<Buffer> {
    try {
      yield* this.rest();
    } finally {
      await this.close();
    }
  }

  /** Tells the source that nothing more is wanted, so that it can close its file or socket. */
  async close(): Promise<void> {
    this.#chunk = EMPTY;
    await this.#source.return?.();
  }

  /**
   * A source that threw would next say that it is at its end. Who reads on, because another reader took the error and
   * was not heard (a stream that was given up), must not believe that.
   */
  async #next(): Promise<Buffer | null> {
    if (this.#failure !== null) throw this.#failure.error;
    try {
      const next = await this.#source.next();
      return next.done ? null : asBuffer(next.value);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** One buffer of several; a single one is not copied. */
export function joined(pieces: readonly Buffer[]): Buffer {
  if (pieces.length === 1) return pieces[0]!;
  return pieces.length === 0 ? EMPTY : Buffer.concat(pieces);
}

/** Reads a source that must be short into one buffer; beyond `limit_bytes` it is `pgp-malformed`. */
export async function readAll(source: ByteSource, limit_bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size_bytes = 0;
  for await (const chunk of source) {
    size_bytes += chunk.length;
    if (size_bytes > limit_bytes) {
      throw new RohrpostError('pgp-malformed', { details: { reason: `packet of more than ${limit_bytes} bytes` } });
    }
    pieces.push(asBuffer(chunk));
  }
  return joined(pieces);
}

/** Reads a source to its end for the errors it may throw. */
export async function drain(source: ByteSource): Promise<void> {
  for await (const _ of source);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
