import { createHash } from 'node:crypto';
import { readChunks } from '../core/files.ts';
import { backupLimits } from '../core/limits.ts';

/**
 * What is inside a backup: lines of JSON, so that nothing needs to fit into memory and people can read it (`gpg -d`).
 *
 *   {"rohrpost_backup":1,"made":…}          the head: by which program, of which box, when
 *   {"file":"keys/own.private.asc"}         then its bytes: {"data":"base64"} …, and {"sha256":…,"size_bytes":…}
 *   {"secret":"mailbox","value":"…"}        a password
 *   {"end":42,"sha256":…}                   the number of all lines before, and what they hash to
 */
export const ARCHIVE_FORMAT = 1;

export interface ArchiveHead {
  readonly program: string;
  readonly made_ms: number;
  /** Name and mail address of the site. */
  readonly site: string;
  readonly address: string;
  /** Host name of the machine. */
  readonly host: string;
}

/** What goes into an archive. `named`: the path under which the settings know the file. */
export type ArchiveEntry =
  | { readonly place: string; readonly source: string | Buffer; readonly named?: string }
  | { readonly secret: string; readonly value: string };

/** Writes an archive; files are given by their path, or as bytes. */
export async function* writeArchive(head: ArchiveHead, entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  const all = createHash('sha256');
  let lines = 0;
  const line = (content: object) => {
    const bytes = Buffer.from(`${JSON.stringify(content)}\n`);
    all.update(bytes);
    lines++;
    return bytes;
  };
  yield line({ rohrpost_backup: ARCHIVE_FORMAT, ...head, made: new Date(head.made_ms).toISOString() });
  for await (const entry of entries) {
    if ('secret' in entry) {
      yield line(entry);
      continue;
    }
    yield line({ file: entry.place, ...(entry.named !== undefined && { named: entry.named }) });
    const hash = createHash('sha256');
    let size_bytes = 0;
    for await (const piece of piecesOf(entry.source)) {
      hash.update(piece);
      size_bytes += piece.length;
      yield line({ data: piece.toString('base64') });
    }
    yield line({ sha256: hash.digest('hex'), size_bytes });
  }
  yield Buffer.from(`${JSON.stringify({ end: lines, sha256: all.digest('hex') })}\n`);
}

async function* piecesOf(source: string | Buffer): AsyncGenerator<Buffer> {
  const chunks = typeof source === 'string' ? readChunks(source) : [source];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += backupLimits.piece_bytes) {
      yield chunk.subarray(at, at + backupLimits.piece_bytes);
    }
  }
}
