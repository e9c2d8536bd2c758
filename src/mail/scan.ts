import { RohrpostError } from '../core/errors.ts';
import { mailLimits } from '../core/limits.ts';
import { type DelimiterLine, findDelimiter, readDelimiter } from './boundary.ts';
import { type Entity, placeUnder, readType, requiredBoundary } from './entity.ts';
import { Headers } from './headers.ts';

/**
 * What a scan finds, in the order of the bytes. A leaf has `data` (its body as transmitted, transfer encoding not undone)
 * between `open` and `close`; a multipart has its parts there. `end` is the offset behind the entity's last byte.
 */
export type MimeEvent =
  | { kind: 'open'; entity: Entity; multipart: boolean }
  | { kind: 'data'; entity: Entity; chunk: Buffer }
  | { kind: 'close'; entity: Entity; multipart: boolean; end: number };

export interface MimeLimits {
  /** Bytes of the whole message. */
  total_bytes: number;
  header_bytes: number;
  depth: number;
  parts: number;
}

export const defaultMimeLimits: MimeLimits = {
  total_bytes: mailLimits.mail_bytes,
  header_bytes: mailLimits.header_bytes,
  depth: mailLimits.mime_depth,
  parts: mailLimits.mime_parts,
};

/**
 * Reads a MIME message as a stream: memory stays at a chunk and a header whatever comes. Bodies come byte for byte as they
 * were sent; the line break before a boundary belongs to the boundary (RFC 2046 §5.1.1). Lines may end in CRLF or LF.
 * message/rfc822 and its kin are leaves: mail inside mail is never opened.
 *
 * @throws mail-too-large, mail-headers-too-long, mail-nested-too-deep, mail-too-many-parts, mail-boundary-invalid,
 * mail-truncated (a multipart without its closing boundary)
 */
export async function* scanMime(
  source: AsyncIterable<Uint8Array>,
  limits: MimeLimits = defaultMimeLimits,
): AsyncGenerator<MimeEvent> {
  const scanner = new Scanner(limits);
  for await (const chunk of source) yield* scanner.push(chunk);
  yield* scanner.finish();
}

/** An entity whose end has not come yet. */
interface OpenEntity {
  entity: Entity;
  boundary: Buffer | null;
  children: number;
}

class Scanner {
  readonly #limits: MimeLimits;
  /** From the message down to the entity being read. Those that have a boundary wait for its closing line. */
  readonly #open: OpenEntity[] = [];
  /** Of #open those whose closing boundary has not come: their boundaries may end what is being read. */
  #waiting: OpenEntity[] = [];
  #boundaries: Buffer[] = [];
  #inHeader = true;
  #data: Buffer = Buffer.alloc(0);
  /** Index in #data of what is not dealt with. */
  #at = 0;
  #atLineStart = true;
  /** Offset of #data in the source. */
  #offset = 0;
  #parts = 0;

  constructor(limits: MimeLimits) {
    this.#limits = limits;
  }

  *push(chunk: Uint8Array): Generator<MimeEvent> {
    const rest = this.#data.subarray(this.#at);
    this.#offset += this.#at;
    this.#at = 0;
    const added = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#data = rest.length === 0 ? added : Buffer.concat([rest, added]);
    if (this.#offset + this.#data.length > this.#limits.total_bytes) {
      throw new RohrpostError('mail-too-large', { details: { limit_bytes: this.#limits.total_bytes } });
    }
    yield* this.#read(false);
  }

  *finish(): Generator<MimeEvent> {
    yield* this.#read(true);
    if (this.#waiting.length > 0) throw new RohrpostError('mail-truncated');
    // A message may be a header and nothing else, not even a blank line.
    if (this.#inHeader) yield* this.#openEntity(this.#data.length, this.#data.length, true);
    yield* this.#closeDownTo(0, this.#offset + this.#data.length);
  }

  *#read(final: boolean): Generator<MimeEvent> {
    for (let more = true; more; ) more = this.#inHeader ? yield* this.#readHeader(final) : yield* this.#readBody(final);
  }

  /** Reads on to the blank line, or to a boundary line, which may follow a header at once. */
  *#readHeader(final: boolean): Generator<MimeEvent, boolean> {
    const data = this.#data;
    for (let line = this.#at; ; ) {
      const lineEnd = data.indexOf(0x0a, line);
      if ((lineEnd < 0 ? data.length : lineEnd) - this.#at > this.#limits.header_bytes) {
        throw new RohrpostError('mail-headers-too-long', { details: { limit_bytes: this.#limits.header_bytes } });
      }
      if (lineEnd < 0 && !final) return false;
      const crlf = lineEnd === line + 1 && data[line] === 0x0d;
      if (lineEnd === line || crlf) {
        yield* this.#openEntity(line, lineEnd + 1, crlf);
        return true;
      }
      if (this.#boundaries.length > 0 && readDelimiter(data, line, this.#boundaries, true) !== null) {
        yield* this.#openEntity(line, line, false);
        return true;
      }
      if (lineEnd < 0) return false;
      line = lineEnd + 1;
    }
  }

  *#openEntity(headerEnd: number, bodyStart: number, crlf: boolean): Generator<MimeEvent> {
    const headers = new Headers(this.#data.subarray(this.#at, headerEnd));
    const entity: Entity = {
      headers,
      ...readType(headers),
      ...placeUnder(this.#open.at(-1)),
      start: this.#offset + this.#at,
      bodyStart: this.#offset + bodyStart,
      crlf,
    };
    if (entity.depth > this.#limits.depth) {
      throw new RohrpostError('mail-nested-too-deep', { details: { limit: this.#limits.depth } });
    }
    this.#inHeader = false;
    this.#at = bodyStart;
    this.#atLineStart = true;
    const multipart = entity.type.startsWith('multipart/');
    yield { kind: 'open', entity, multipart };
    const opened = { entity, boundary: multipart ? requiredBoundary(entity) : null, children: 0 };
    this.#open.push(opened);
    if (multipart) this.#waitFor([...this.#waiting, opened]);
  }

  /** Gives out content up to the next boundary line; false when more bytes are needed. */
  *#readBody(final: boolean): Generator<MimeEvent, boolean> {
    const found = findDelimiter(this.#data, this.#at, this.#atLineStart, this.#boundaries, final);
    if (typeof found === 'number') {
      yield* this.#giveOut(found);
      if (found > this.#at) this.#atLineStart = false;
      this.#at = found;
      return false;
    }
    const end = this.#contentEnd(found.start);
    yield* this.#giveOut(end);
    yield* this.#passDelimiter(found, this.#offset + end);
    return true;
  }

  /** The line break before a boundary line is the boundary's: CRLF, or LF alone where the part's lines end so. */
  #contentEnd(line: number): number {
    if (line === this.#at) return line;
    const beforeLf = line - 1;
    const { crlf } = this.#open.at(-1)!.entity;
    return crlf && beforeLf > this.#at && this.#data[beforeLf - 1] === 0x0d ? beforeLf - 1 : beforeLf;
  }

  /** Content of a leaf goes out; what stands around the parts of a multipart is nobody's. */
  *#giveOut(end: number): Generator<MimeEvent> {
    const { entity, boundary } = this.#open.at(-1)!;
    if (boundary === null && end > this.#at) yield { kind: 'data', entity, chunk: this.#data.subarray(this.#at, end) };
  }

  *#passDelimiter(found: DelimiterLine, contentEnd: number): Generator<MimeEvent> {
    // A boundary of an outer multipart while an inner one is not closed: the inner one was cut.
    if (found.boundary !== this.#boundaries.length - 1) throw new RohrpostError('mail-truncated');
    const parent = this.#waiting.at(-1)!;
    yield* this.#closeDownTo(this.#open.indexOf(parent) + 1, contentEnd);
    this.#at = found.next;
    this.#atLineStart = !found.closing;
    if (found.closing) this.#waitFor(this.#waiting.slice(0, -1));
    else {
      parent.children++;
      this.#inHeader = true;
      if (++this.#parts > this.#limits.parts) {
        throw new RohrpostError('mail-too-many-parts', { details: { limit: this.#limits.parts } });
      }
    }
  }

  *#closeDownTo(depth: number, end: number): Generator<MimeEvent> {
    while (this.#open.length > depth) {
      const { entity, boundary } = this.#open.pop()!;
      yield { kind: 'close', entity, multipart: boundary !== null, end };
    }
  }

  #waitFor(waiting: OpenEntity[]): void {
    this.#waiting = waiting;
    this.#boundaries = waiting.map((open) => open.boundary!);
  }
}
