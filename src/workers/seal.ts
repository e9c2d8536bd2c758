import { createHash } from 'node:crypto';
import { type FileHandle, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { RohrpostError } from '../core/errors.ts';
import { hashFile, removeFile, writeDurably } from '../core/files.ts';
import { type Content, composeInner, newBoundary, outerHead, outerTail } from '../mail/compose.ts';
import type { SetFields } from '../mail/fields.ts';
import { splitIntoFragments } from '../mail/fragments.ts';
import { armorStream } from '../pgp/armor.ts';
import { readPublicKey } from '../pgp/keys.ts';
import { sealStream } from '../pgp/seal.ts';
import type { LockedKey, Unlock } from './own-key.ts';

/** Everything a thread needs to seal one part. Paths are absolute. */
export interface SealJob {
  items: {
    kind: 'instance' | 'document' | 'comment';
    path: string;
    name: string;
    mediaType: string;
    sizeBytes: number;
    sha256: string;
    dataOffset: number;
    studyUid: string;
  }[];
  fields: SetFields;
  encoding: 'base64' | 'binary';
  ownFields: [string, string][];
  from: string;
  to: string;
  messageId: string;
  dateMs: number;
  receiptTo: string | null;
  partnerKey: string;
  ownKey: LockedKey;
  compress: boolean;
  out: string;
  /** Cut the mail into message/partial where it is larger; null: never. */
  cutAbove_bytes: number | null;
}

export interface SealResult {
  /** One file, or its fragments in order. */
  paths: string[];
  /** Their SHA-256, lower-case hex. */
  hashes: string[];
  mailBytes: number;
}

/** zlib level 1 wins most of what can be won (2.3 : 1 on CT) at five times the speed of level 6. */
const COMPRESS_LEVEL = 1;

/**
 * Streams items through MIME, OpenPGP and armor into a durable mail file.
 * @throws RohrpostError seal-bytes-changed when a file is not what was received (bit rot, F24), pgp-…, mail-…
 */
export async function sealPart(job: SealJob, unlock: Unlock): Promise<SealResult> {
  for (const item of job.items) await checkUnchanged(item);
  const boundary = newBoundary();
  const inner = composeInner({
    fields: job.fields,
    contents: await Promise.all(job.items.map(contentOf)),
    encoding: job.encoding,
    boundary: newBoundary(),
    extraFields: job.ownFields,
  });
  const sealed = sealStream(inner, {
    to: await readPublicKey(job.partnerKey),
    signer: await unlock(job.ownKey),
    nowMs: job.dateMs,
    compressLevel: job.compress ? COMPRESS_LEVEL : undefined,
  });
  const head = outerHead({
    from: job.from,
    to: job.to,
    messageId: job.messageId,
    dateMs: job.dateMs,
    fields: job.fields,
    receiptTo: job.receiptTo ?? undefined,
    boundary,
  });
  let written = { bytes: 0, sha256: '' };
  await writeDurably(job.out, async (file) => {
    const writer = batchedWriter(file);
    await writer.write(head);
    for await (const chunk of armorStream(sealed)) await writer.write(chunk);
    await writer.write(outerTail(boundary));
    written = await writer.end();
  });
  const { bytes: mailBytes, sha256 } = written;
  if (job.cutAbove_bytes !== null && mailBytes > job.cutAbove_bytes) return cut(job, job.cutAbove_bytes, mailBytes);
  return { paths: [job.out], hashes: [sha256], mailBytes };
}

async function cut(job: SealJob, maxBytes: number, mailBytes: number): Promise<SealResult> {
  const folder = dirname(job.out);
  const stem = basename(job.out, '.eml');
  const paths = await splitIntoFragments(job.out, {
    maxBytes,
    id: job.messageId,
    folder,
    name: (n) => `${stem}.${n}.eml`,
  });
  await removeFile(job.out);
  const hashes: string[] = [];
  for (const path of paths) hashes.push(await hashFile(path));
  return { paths, hashes, mailBytes };
}

async function checkUnchanged(item: SealJob['items'][number]): Promise<void> {
  const found = await hashFile(item.path, item.dataOffset).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return 'missing';
    throw error;
  });
  if (found !== item.sha256) throw new RohrpostError('seal-bytes-changed', { details: { file: basename(item.path) } });
}

async function contentOf(item: SealJob['items'][number]): Promise<Content> {
  const { path, name, sizeBytes, studyUid } = item;
  if (item.kind === 'instance') return { kind: 'dicom', name, path, sizeBytes };
  // Ours are short (a person's note, a trial), and as comments they say what character set they have.
  if (item.kind === 'comment') return { kind: 'comment', text: await readFile(path, 'utf8'), studyUid };
  return { kind: 'document', type: item.mediaType, name, path, sizeBytes, studyUid };
}

/** Gathers small chunks into writes of a megabyte, and hashes what it is given. */
function batchedWriter(file: FileHandle) {
  const FLUSH_BYTES = 1 << 20;
  let waiting: Buffer[] = [];
  let waiting_bytes = 0;
  let bytes = 0;
  const hash = createHash('sha256');
  const flush = async () => {
    const chunks = waiting;
    waiting = [];
    waiting_bytes = 0;
    // All of it, or an error: a disk that fills up takes a part first, which write(2) does not call one.
    await file.writeFile(Buffer.concat(chunks));
  };
  return {
    write: async (chunk: Buffer) => {
      waiting.push(chunk);
      waiting_bytes += chunk.length;
      bytes += chunk.length;
      hash.update(chunk);
      if (waiting_bytes >= FLUSH_BYTES) await flush();
    },
    end: async () => {
      if (waiting.length > 0) await flush();
      return { bytes, sha256: hash.digest('hex') };
    },
  };
}
