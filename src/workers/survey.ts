import { mkdir, open, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Details, type ErrorCode, errorText, RohrpostError } from '../core/errors.ts';
import { hashFile, isDiskError } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { readDicomdir } from '../dicom/dicomdir.ts';
import type { Header } from '../dicom/header.ts';
import { isUid } from '../dicom/header.ts';
import { readPart10 } from '../dicom/part10.ts';
import { createContentFile } from '../mail/content.ts';
import { sniff } from '../mail/kinds.ts';
import { displayName } from '../mail/names.ts';
import { expandZip, zipRoom } from '../mail/zip.ts';

export interface SurveyJob {
  files: UploadedFile[];
  /** What of the disk may be filled with the files of an archive, in bytes. */
  room_bytes: number;
}

export interface UploadedFile {
  /** Whole. */
  path: string;
  /** What its sender calls it. */
  name: string;
  /** Where the files of an archive go: a folder that this makes, and removes again where the archive is no good. */
  folder: string;
}

/** A file in an upload: the upload itself, or one out of an archive. `name` is for people; no path is ever made of it. */
export interface FoundFile {
  path: string;
  name: string;
  sizeBytes: number;
}

export interface FoundInstance extends FoundFile {
  kind: 'instance';
  header: Header;
  dataSetOffset: number;
  /** Of the data set's bytes, like that of every instance. */
  sha256: string;
}

export interface FoundDocument extends FoundFile {
  kind: 'document';
  mediaType: string;
  sha256: string;
}

/** The directory of a medium, which lists what is on it and is not sent. */
export interface FoundDirectory extends FoundFile {
  kind: 'directory';
  sopInstanceUids: string[];
}

/** What cannot be sent, and why. */
export interface RefusedFile extends FoundFile {
  kind: 'refused';
  code: ErrorCode;
  details: Details;
}

export type Found = FoundInstance | FoundDocument | FoundDirectory | RefusedFile;

/** Enough to know a file by. */
const HEAD_BYTES = 1024;
/** Where ISO 9660 has its mark. */
const ISO_AT = 0x8001;

/**
 * Says what uploaded files are, by their bytes and never by their names, and expands archives; a list for each. Whatever a
 * file holds, this answers; only a failing disk is an error.
 * @throws RohrpostError disk-full, disk-error
 */
export async function surveyUploads({ files, room_bytes }: SurveyJob): Promise<Found[][]> {
  const found: Found[][] = [];
  for (const file of files) found.push(await survey(file, room_bytes));
  return found;
}

async function survey(file: UploadedFile, room_bytes: number): Promise<Found[]> {
  const { path, name } = file;
  const head = await readAt(path, 0, HEAD_BYTES);
  if (isZip(head)) return expand(file, room_bytes);
  const { size } = await stat(path);
  return [await identify({ path, name, sizeBytes: size }, head)];
}

async function expand({ path, name, folder }: UploadedFile, room_bytes: number): Promise<Found[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  const archive = { path, name, sizeBytes: (await stat(path)).size };
  const { entries, bytes } = zipRoom(archive.sizeBytes);
  const room = { entries, bytes: Math.min(bytes, room_bytes) };
  const found: Found[] = [];
  try {
    for await (const { file, name: named } of expandZip(path, room, () => createContentFile(join(folder, newId())))) {
      const { path: at, sizeBytes } = file.written();
      const entry = { path: at, sizeBytes, name: shownName(named) };
      found.push(isZip(file.head()) ? refused(entry, 'file-zip-nested') : await identify(entry, file.head()));
    }
    return found;
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    if (!(thrown instanceof RohrpostError)) throw thrown;
    if (room.bytes < 0 && room_bytes < bytes) {
      throw new RohrpostError('disk-full', { details: { free_bytes: room_bytes } });
    }
    // Half an archive is sent by nobody knowingly: all of it is refused.
    return [
      refused(archive, thrown.code === 'mail-zip-too-large' ? 'file-zip-too-large' : 'file-zip-broken', thrown.details),
    ];
  }
}

async function identify(file: FoundFile, head: Buffer): Promise<Found> {
  if (file.sizeBytes === 0) return refused(file, 'file-empty');
  const { kind, type } = sniff(head);
  if (kind === 'dicom') return readInstance(file);
  if (kind === 'ignored') {
    const sopInstanceUids = await orElse<string[]>(readDicomdir(file.path), () => []);
    return { kind: 'directory', ...file, sopInstanceUids };
  }
  if (kind === 'document') return { kind: 'document', ...file, mediaType: type, sha256: await hashFile(file.path) };
  if (isBareDicom(head)) return refused(file, 'file-dicom-bare');
  const isIso = (await readAt(file.path, ISO_AT, 5)).toString('latin1') === 'CD001';
  return refused(file, isIso ? 'file-iso' : 'file-unknown');
}

function readInstance(file: FoundFile): Promise<Found> {
  const read = async (): Promise<Found> => {
    const { header, dataSetOffset } = await readPart10(file.path);
    // A UID that is none would be an invitation to build a path or a header field from it (F15).
    if (!isUid(header.studyInstanceUid)) return refused(file, 'file-dicom-no-study');
    return { kind: 'instance', ...file, header, dataSetOffset, sha256: await hashFile(file.path, dataSetOffset) };
  };
  return orElse(read(), ({ code, details }) => {
    const reason = { reason: errorText(code, 'en', details), reason_de: errorText(code, 'de', details) };
    return refused(file, 'file-dicom-broken', reason);
  });
}

/** What a file gives, or what its being broken gives; a broken disk is thrown on. */
async function orElse<T>(work: Promise<T>, otherwise: (error: RohrpostError) => T): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof RohrpostError) || isDiskError(thrown)) throw thrown;
    return otherwise(thrown);
  }
}

function refused(file: FoundFile, code: ErrorCode, details: Details = {}): RefusedFile {
  return { kind: 'refused', ...file, code, details };
}

/** The folders are kept, for people: `DICOM/IM0001` tells more than `IM0001`. */
function shownName(name: string): string {
  const parent = basename(dirname(name.replaceAll('\\', '/')));
  const folder = parent === '.' ? undefined : displayName(parent);
  return [...(folder === undefined ? [] : [folder]), displayName(name) ?? '?'].join('/');
}

/** A local file header, or the end of an archive that is empty (APPNOTE 4.3.7, 4.3.16). */
function isZip(head: Buffer): boolean {
  return ['PK\x03\x04', 'PK\x05\x06'].includes(head.toString('latin1', 0, 4));
}

/** A data set, or file meta information, without the 132 bytes before: begins with a low element of group 0008 or 0002. */
function isBareDicom(head: Buffer): boolean {
  if (head.length < 8) return false;
  const [group, element] = [head.readUInt16LE(0), head.readUInt16LE(2)];
  if ((group !== 0x0008 && group !== 0x0002) || element > 0x0020) return false;
  return /^[A-Z]{2}$/.test(head.toString('latin1', 4, 6)) || head.readUInt32LE(4) <= 64;
}

async function readAt(path: string, start: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
