/** The directory of a DICOM medium, PS3.10 §8 and PS3.3 Annex F: which instances it says are on the medium. */
import { readFile, stat } from 'node:fs/promises';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { dicomLimits } from '../core/limits.ts';
import { uploadLimits } from '../core/upload-limits.ts';
import { walkElements } from './elements.ts';
import { isPart10 } from './part10.ts';
import { withoutPadding } from './text.ts';

/** A DICOMDIR is always written in Explicit VR Little Endian (PS3.10 §8.6). */
const ENCODING = { implicit: false, bigEndian: false };
const META_AT = 132;
const META_LAST = 0x0002ffff;
const RECORDS = 0x00041220;
const REFERENCED_SOP_INSTANCE = 0x00041511;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const UNDEFINED_LENGTH = 0xffffffff;

/**
 * The SOP Instance UIDs that a DICOMDIR refers to. Its file names are not read: where files are on the sender's computer says
 * nothing about what was uploaded.
 * @throws dicom-header-malformed, dicom-header-too-long, dicom-not-part10, disk-error
 */
export async function readDicomdir(path: string): Promise<string[]> {
  try {
    if ((await stat(path)).size > uploadLimits.directory_bytes) throw tooLong();
    return instancesOf(await readFile(path));
  } catch (error) {
    throw asRohrpostError(error, 'disk-error');
  }
}

function instancesOf(data: Buffer): string[] {
  if (!isPart10(data)) throw new RohrpostError('dicom-not-part10');
  const none = new Set<number>();
  const limits = dicomLimits;
  const meta = walkElements(data, ENCODING, { start: META_AT, last: META_LAST, wanted: none, limits });
  const before = walkElements(data, ENCODING, { start: meta.end, last: RECORDS - 1, wanted: none, limits });
  const sequence = before.end;
  if (!meta.whole || !before.whole) throw malformed();
  // Tag, SQ, two bytes of nothing, and a length of 32 bits; a medium without records has no sequence.
  if (sequence + 12 > data.length || readTag(data, sequence) !== RECORDS) return [];
  const length = data.readUInt32LE(sequence + 8);
  const end = length === UNDEFINED_LENGTH ? data.length : Math.min(data.length, sequence + 12 + length);
  const found: string[] = [];
  for (let at = sequence + 12; at + 8 <= end && readTag(data, at) === ITEM; ) {
    const item = readItem(data, at, end);
    if (item.uid !== '') found.push(item.uid);
    at = item.next;
  }
  return found;
}

function readItem(data: Buffer, at: number, end: number): { uid: string; next: number } {
  const length = data.readUInt32LE(at + 4);
  const isOpen = length === UNDEFINED_LENGTH;
  const record = data.subarray(at + 8, isOpen ? end : Math.min(end, at + 8 + length));
  const walk = walkElements(record, ENCODING, {
    start: 0,
    last: ITEM_END - 1,
    wanted: new Set([REFERENCED_SOP_INSTANCE]),
    limits: dicomLimits,
  });
  if (!walk.whole) throw malformed();
  const uid = withoutPadding(walk.values.get(REFERENCED_SOP_INSTANCE)?.toString('latin1') ?? '');
  return { uid, next: at + 8 + (isOpen ? walk.end + 8 : length) };
}

const readTag = (data: Buffer, at: number) => data.readUInt16LE(at) * 0x10000 + data.readUInt16LE(at + 2);

function malformed(): RohrpostError {
  return new RohrpostError('dicom-header-malformed', { details: { what: 'the directory records cannot be read' } });
}

function tooLong(): RohrpostError {
  return new RohrpostError('dicom-header-too-long', {
    details: { limit: uploadLimits.directory_bytes, what: 'bytes' },
  });
}
