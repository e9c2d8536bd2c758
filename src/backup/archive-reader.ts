import { createHash, type Hash } from 'node:crypto';
import { RohrpostError } from '../core/errors.ts';
import { backupLimits } from '../core/limits.ts';
import { ARCHIVE_FORMAT, type ArchiveHead } from './archive.ts';

/** Takes what an archive holds, as it comes. What came counts only once the reader's `finish` has returned. */
export interface ArchiveTaker {
  head(head: ArchiveHead): void | Promise<void>;
  secret(name: string, value: string): void | Promise<void>;
  /** A file begins; its bytes go to what is given back. */
  file(place: string, named: string | null): Promise<{ write(piece: Buffer): Promise<void>; end(): Promise<void> }>;
}

/**
 * Reads an archive, of which pieces are pushed in.
 * @throws RohrpostError backup-foreign, backup-newer, backup-damaged, backup-too-large; what the taker throws
 */
export function archiveReader(taker: ArchiveTaker) {
  let rest: Buffer[] = [];
  let rest_bytes = 0;
  const state = new ArchiveState(taker);
  return {
    push: async (chunk: Buffer): Promise<void> => {
      let from = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const line = Buffer.concat([...rest, chunk.subarray(from, end + 1)]);
        rest = [];
        rest_bytes = 0;
        from = end + 1;
        await state.line(line);
      }
      if (from === chunk.length) return;
      rest.push(Buffer.from(chunk.subarray(from)));
      rest_bytes += chunk.length - from;
      if (rest_bytes > backupLimits.line_bytes) throw state.isBegun ? damaged('long line') : foreign();
    },
    finish: (): void => {
      if (!state.isBegun) throw foreign();
      if (!state.isEnded || rest_bytes > 0) throw damaged('its end is missing');
    },
  };
}

type Line = Record<string, unknown>;
interface FileUnderWay {
  readonly to: Awaited<ReturnType<ArchiveTaker['file']>>;
  readonly hash: Hash;
  size_bytes: number;
}

class ArchiveState {
  isBegun = false;
  isEnded = false;
  readonly #taker: ArchiveTaker;
  readonly #all = createHash('sha256');
  #lines = 0;
  #entries = 0;
  #file: FileUnderWay | null = null;

  constructor(taker: ArchiveTaker) {
    this.#taker = taker;
  }

  async line(bytes: Buffer): Promise<void> {
    const content = this.#parse(bytes);
    if (this.isEnded) throw damaged('something follows its end');
    if (this.isBegun && 'end' in content) return this.#end(content);
    if (this.isBegun) await this.#entry(content);
    else await this.#head(content);
    this.#all.update(bytes);
    this.#lines++;
  }

  #parse(bytes: Buffer): Line {
    try {
      const content: unknown = JSON.parse(bytes.toString('utf8'));
      if (typeof content === 'object' && content !== null) return content as Line;
    } catch {
      // The parser's words would quote what it read.
    }
    throw this.isBegun ? damaged('no JSON') : foreign();
  }

  async #head(content: Line): Promise<void> {
    const { rohrpost_backup: format, made_ms } = content;
    if (typeof format !== 'number') throw foreign();
    const text = (name: string) => String(content[name] ?? '').slice(0, 300);
    const program = text('program');
    if (format > ARCHIVE_FORMAT) throw new RohrpostError('backup-newer', { details: { program } });
    this.isBegun = true;
    const head = { site: text('site'), address: text('address'), host: text('host'), made_ms: Number(made_ms) || 0 };
    await this.#taker.head({ program, ...head });
  }

  async #entry(content: Line): Promise<void> {
    if (this.#file) return this.#inFile(content, this.#file);
    if (++this.#entries > backupLimits.entries) {
      throw new RohrpostError('backup-too-large', { details: { limit_bytes: backupLimits.unpacked_bytes } });
    }
    const { file, secret, value, named } = content;
    if (typeof secret === 'string' && typeof value === 'string') return this.#taker.secret(secret, value);
    if (typeof file !== 'string') throw damaged('unknown entry');
    const to = await this.#taker.file(file, typeof named === 'string' ? named : null);
    this.#file = { to, hash: createHash('sha256'), size_bytes: 0 };
  }

  async #inFile({ data, sha256, size_bytes }: Line, file: FileUnderWay): Promise<void> {
    if (typeof data === 'string') {
      const piece = Buffer.from(data, 'base64');
      file.hash.update(piece);
      file.size_bytes += piece.length;
      return file.to.write(piece);
    }
    this.#file = null;
    await file.to.end();
    if (sha256 !== file.hash.digest('hex') || size_bytes !== file.size_bytes) throw damaged('a checksum is wrong');
  }

  #end({ end, sha256 }: Line): void {
    const isWhole = !this.#file && end === this.#lines && sha256 === this.#all.digest('hex');
    if (!isWhole) throw damaged('a checksum is wrong');
    this.isEnded = true;
  }
}

export function damaged(reason: string, cause?: unknown): RohrpostError {
  return new RohrpostError('backup-damaged', { cause, details: { reason } });
}

export function foreign(cause?: unknown): RohrpostError {
  return new RohrpostError('backup-foreign', { cause });
}
