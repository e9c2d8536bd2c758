import { type FileHandle, open } from 'node:fs/promises';
import { asRohrpostError } from '../core/errors.ts';
import { type DicomLimits, dicomLimits } from '../core/limits.ts';
import { type Encoding, ITEM_END, inside, readHead, SEQUENCE_END, UNDEFINED_LENGTH } from './elements.ts';
import { encodingOf } from './header.ts';
import type { Part10File } from './part10.ts';
import { DEFLATED_SYNTAXES } from './uids.ts';

/** Enough for the head of any element (PS3.5 §7.1.2). */
const HEAD_BYTES = 12;

/**
 * Whether a file's last element ends where the file ends: false for one of which only a beginning was written. Reads heads of
 * elements only, however large the values are. Of a deflated data set nothing can be said this way: true.
 * @throws disk-error
 */
export async function endsWhole(
  path: string,
  {
    dataSetOffset,
    transferSyntaxUid,
    sizeBytes,
  }: Pick<Part10File, 'dataSetOffset' | 'transferSyntaxUid' | 'sizeBytes'>,
  limits: DicomLimits = dicomLimits,
): Promise<boolean> {
  if (DEFLATED_SYNTAXES.has(transferSyntaxUid)) return true;
  try {
    const file = await open(path, 'r');
    try {
      const encoding = encodingOf(await readAt(file, dataSetOffset), transferSyntaxUid);
      return (await endOf(file, { at: dataSetOffset, sizeBytes, encoding, limits })) === sizeBytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = asRohrpostError(error, 'disk-error');
    if (code === 'dicom-header-malformed') return false;
    throw asRohrpostError(error, 'disk-error');
  }
}

/** Where the last element ends, which may be behind the end of the file; null where the file ends inside a head or a sequence. */
async function endOf(
  file: FileHandle,
  o: { at: number; sizeBytes: number; encoding: Encoding; limits: DicomLimits },
): Promise<number | null> {
  // What of undefined length is open, innermost last (see skipSequence in elements.ts).
  const open: { isItem: boolean; encoding: Encoding }[] = [];
  let at = o.at;
  while (at < o.sizeBytes) {
    const top = open.at(-1);
    const encoding = top?.encoding ?? o.encoding;
    const head = readHead(await readAt(file, at), 0, encoding);
    if (head === null) return null;
    at += head.valueAt;
    if (top && head.tag === (top.isItem ? ITEM_END : SEQUENCE_END)) open.pop();
    else if (head.length !== UNDEFINED_LENGTH) at += head.length;
    else if (open.length >= 2 * o.limits.header_depth) return null;
    else open.push({ isItem: top ? !top.isItem : false, encoding: inside(head, encoding) });
  }
  return open.length === 0 ? at : null;
}

async function readAt(file: FileHandle, at: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, at);
  return buffer.subarray(0, bytesRead);
}
