import { join } from 'node:path';
import { RohrpostError } from '../core/errors.ts';
import { hashFile, isDiskError, removeFile, syncFile, syncFolder } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { readPart10 } from '../dicom/part10.ts';
import { parseSetFields, type SetFields } from '../mail/fields.ts';
import { type InnerContent, readInner } from '../mail/inner.ts';
import { readHead } from '../mail/read.ts';
import { type Answer, readAnswer } from './answer.ts';

export interface UnpackJob {
  /** The mail as it came: its outer fields count where the inner ones are silent. */
  mailPath: string;
  /** The decrypted and verified MIME entity. */
  path: string;
  /** Where the files of what is found go; it exists. */
  folder: string;
  /** What their names begin with: a thread that dies cannot remove them itself. */
  prefix: string;
}

export interface UnpackedItem {
  kind: 'instance' | 'document' | 'comment';
  path: string;
  sizeBytes: number;
  /** Instance: of the data set bytes; else of the file. */
  sha256: string;
  dataOffset: number;
  sopClass: string;
  sopUid: string;
  seriesUid: string;
  studyUid: string;
  transferSyntax: string;
  mediaType: string;
  name: string;
}

export interface UnpackResult {
  fields: SetFields | null;
  items: UnpackedItem[];
  receipts: Answer[];
  /** What the sender says that it takes (our own boxes do). */
  accepts: string | null;
}

/**
 * Takes a decrypted MIME entity apart into durable files: objects, documents, comments; and receipts.
 * @throws RohrpostError unpack-not-dicom for a damaged object, mail-… for a broken entity; no file is left behind then
 */
export async function unpackMail(job: UnpackJob): Promise<UnpackResult> {
  const written: string[] = [];
  const newPath = () => {
    const path = join(job.folder, `${job.prefix}${newId()}`);
    written.push(path);
    return path;
  };
  try {
    const inner = await readInner(job.path, { newPath });
    const items: UnpackedItem[] = [];
    const receipts: Answer[] = [];
    for (const content of inner.contents) {
      if (content.kind === 'receipt') receipts.push(await readAnswer(content.path));
      const item = await itemOf(content);
      if (item) items.push(item);
    }
    const kept = new Set(items.map((item) => item.path));
    for (const path of written) if (!kept.has(path)) await removeFile(path);
    for (const path of kept) await syncFile(path);
    await syncFolder(job.folder);
    return {
      fields: inner.fields ?? parseSetFields(await readHead(job.mailPath)),
      items,
      receipts,
      accepts: inner.headers.get('X-ROHRPOST-ACCEPTS') ?? null,
    };
  } catch (error) {
    for (const path of written) await removeFile(path);
    throw error;
  }
}

async function itemOf(content: InnerContent): Promise<UnpackedItem | null> {
  if (content.kind === 'dicom') return instanceOf(content);
  if (content.kind !== 'document' && content.kind !== 'comment') return null;
  return {
    kind: content.kind,
    path: content.path,
    sizeBytes: content.sizeBytes,
    sha256: content.sha256,
    dataOffset: 0,
    sopClass: '',
    sopUid: '',
    seriesUid: '',
    studyUid: content.studyUid ?? '',
    transferSyntax: '',
    mediaType: content.type,
    name: content.name,
  };
}

async function instanceOf(content: InnerContent): Promise<UnpackedItem> {
  const file = await readPart10(content.path).catch((error: unknown) => {
    if (error instanceof RohrpostError && !isDiskError(error))
      throw new RohrpostError('unpack-not-dicom', { cause: error });
    throw error;
  });
  if (file.header.studyInstanceUid === '' || file.sopInstanceUid === '') throw new RohrpostError('unpack-not-dicom');
  return {
    kind: 'instance',
    path: content.path,
    sizeBytes: content.sizeBytes,
    sha256: await hashFile(content.path, file.dataSetOffset),
    dataOffset: file.dataSetOffset,
    sopClass: file.sopClassUid,
    sopUid: file.sopInstanceUid,
    seriesUid: file.header.seriesInstanceUid,
    studyUid: file.header.studyInstanceUid,
    transferSyntax: file.transferSyntaxUid,
    mediaType: 'application/dicom',
    name: '',
  };
}
