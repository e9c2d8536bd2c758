/** DICOM files, PS3.10 §7: 128 bytes of preamble, `DICM`, File Meta Information, data set. */
import { type FileHandle, open } from 'node:fs/promises';
import { RohrpostError } from '../core/errors.ts';
import { diskError } from '../core/files.ts';
import { type DicomLimits, dicomLimits } from '../core/limits.ts';
import { walkElements } from './elements.ts';
import { type Header, parseHeader, parseHeaderStart } from './header.ts';
import { paddedText, withoutPadding } from './text.ts';
import { IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, isUid } from './uids.ts';

const MAGIC = Buffer.from('DICM');
const PREAMBLE_BYTES = 128;
const META_AT = PREAMBLE_BYTES + 4;
const META_ENCODING = { implicit: false, bigEndian: false };
const META_LAST = 0x0002ffff;
const TRANSFER_SYNTAX = 0x00020010;
const SOURCE_AE = 0x00020016;
const RECEIVING_AE = 0x00020018;
const META_WANTED: ReadonlySet<number> = new Set([TRANSFER_SYNTAX, SOURCE_AE, RECEIVING_AE]);

/** First reading of a file: meta information and header of most instances. */
const FIRST_BYTES = 32 * 1024;

export interface Part10File {
  /** From the data set, which is what an instance is; the file meta information may contradict it and is not asked. */
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** Who sent it to whom, as the file meta information says; empty where it is silent. */
  readonly sourceAe: string;
  readonly receivingAe: string;
  /** Where the data set begins: the bytes that travel. */
  readonly dataSetOffset: number;
  /** Of the whole file. */
  readonly sizeBytes: number;
  readonly header: Header;
}

/** Whether a file that begins with these bytes is a DICOM file, PS3.10 §7.1. */
export function isPart10(prefix: Uint8Array): boolean {
  return prefix.length >= META_AT && Buffer.from(prefix.buffer, prefix.byteOffset + PREAMBLE_BYTES, 4).equals(MAGIC);
}

/** Everything of a DICOM file that stands before its data set, PS3.10 §7.1. */
export function part10Header(options: {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  sourceAe?: string;
  receivingAe?: string;
}): Buffer {
  const elements = Buffer.concat([
    metaElement(0x0001, 'OB', Buffer.from([0, 1])),
    metaElement(0x0002, 'UI', paddedText(options.sopClassUid, '\0')),
    metaElement(0x0003, 'UI', paddedText(options.sopInstanceUid, '\0')),
    metaElement(0x0010, 'UI', paddedText(options.transferSyntaxUid, '\0')),
    metaElement(0x0012, 'UI', paddedText(IMPLEMENTATION_CLASS, '\0')),
    metaElement(0x0013, 'SH', paddedText(IMPLEMENTATION_VERSION, ' ')),
    ...aeElement(0x0016, options.sourceAe),
    ...aeElement(0x0018, options.receivingAe),
  ]);
  const groupLength = Buffer.alloc(4);
  groupLength.writeUInt32LE(elements.length);
  return Buffer.concat([Buffer.alloc(PREAMBLE_BYTES), MAGIC, metaElement(0x0000, 'UL', groupLength), elements]);
}

/**
 * Reads the front of a DICOM file: at most `header_bytes` of it.
 * @throws dicom-not-part10, dicom-header-malformed, dicom-header-too-long, dicom-uid-illegal (no legal SOP UIDs in the
 *   data set: a DICOMDIR, for example), disk-error
 */
export async function readPart10(path: string, limits: DicomLimits = dicomLimits): Promise<Part10File> {
  try {
    const file = await open(path, 'r');
    try {
      return await readFront(file, limits);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskError(error);
  }
}

async function readFront(file: FileHandle, limits: DicomLimits): Promise<Part10File> {
  const sizeBytes = (await file.stat()).size;
  const first = await readPrefix(file, Math.min(FIRST_BYTES, sizeBytes));
  let meta = readMeta(first, limits);
  let header = meta && parseHeaderStart(first.subarray(meta.dataSetOffset), meta.transferSyntaxUid, limits);
  if (meta === null || header === null) {
    const whole = await readPrefix(file, Math.min(limits.header_bytes, sizeBytes));
    meta = readMeta(whole, limits);
    if (meta === null) throw malformed('the file meta information is cut off');
    const isCut = whole.length < sizeBytes;
    header = parseHeader(whole.subarray(meta.dataSetOffset), meta.transferSyntaxUid, limits, isCut);
  }
  const { sopClassUid, sopInstanceUid } = header;
  if (!isUid(sopClassUid)) throw new RohrpostError('dicom-uid-illegal', { details: { what: 'SOP Class UID' } });
  if (!isUid(sopInstanceUid)) throw new RohrpostError('dicom-uid-illegal', { details: { what: 'SOP Instance UID' } });
  return { sopClassUid, sopInstanceUid, ...meta, sizeBytes, header };
}

type Meta = Pick<Part10File, 'transferSyntaxUid' | 'sourceAe' | 'receivingAe' | 'dataSetOffset'>;

/** What is read of the file meta information, and its end; null when it goes on behind `prefix`. */
function readMeta(prefix: Buffer, limits: DicomLimits): Meta | null {
  if (!isPart10(prefix)) throw new RohrpostError('dicom-not-part10');
  const walk = walkElements(prefix, META_ENCODING, { start: META_AT, last: META_LAST, wanted: META_WANTED, limits });
  if (!walk.whole) return null;
  const text = (tag: number) => withoutPadding(walk.values.get(tag)?.toString('latin1') ?? '');
  const transferSyntaxUid = text(TRANSFER_SYNTAX);
  if (!isUid(transferSyntaxUid)) throw malformed('the file meta information names no transfer syntax');
  return { transferSyntaxUid, sourceAe: text(SOURCE_AE), receivingAe: text(RECEIVING_AE), dataSetOffset: walk.end };
}

async function readPrefix(file: FileHandle, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

function aeElement(element: number, title: string | undefined): Buffer[] {
  return title ? [metaElement(element, 'AE', paddedText(title.slice(0, 16), ' '))] : [];
}

function metaElement(element: number, vr: string, value: Buffer): Buffer {
  const head = Buffer.alloc(vr === 'OB' ? 12 : 8);
  head.writeUInt16LE(0x0002, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  if (vr === 'OB') head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

function malformed(what: string): RohrpostError {
  return new RohrpostError('dicom-header-malformed', { details: { what } });
}
