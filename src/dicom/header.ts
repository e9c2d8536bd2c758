/**
 * The few attributes of an instance that Rohrpost routes, compares and shows, read from the front of its data set.
 * Reading stops before pixel data; the data set itself is never decoded as a whole and never re-encoded.
 */
import { inflateRawSync, constants as zlib } from 'node:zlib';
import { RohrpostError } from '../core/errors.ts';
import { type DicomLimits, dicomLimits } from '../core/limits.ts';
import { decodeText } from './charset.ts';
import { type Encoding, showsVr, walkElements } from './elements.ts';
import { withoutPadding } from './text.ts';
import { DEFLATED_SYNTAXES, EXPLICIT_BIG, IMPLICIT_LITTLE } from './uids.ts';

export { isUid } from './uids.ts';

/** Attribute values as Unicode text without padding; '' when absent. Dates and times stand as DICOM writes them. */
export interface Header {
  readonly transferSyntaxUid: string;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** Component groups and components as they stand: `Yamada^Tarou=山田^太郎=やまだ^たろう`. */
  readonly patientName: string;
  readonly patientId: string;
  readonly patientBirthDate: string;
  readonly patientSex: string;
  readonly accessionNumber: string;
  readonly studyDate: string;
  readonly studyTime: string;
  readonly modality: string;
  readonly studyDescription: string;
  readonly institutionName: string;
  readonly departmentName: string;
  readonly stationName: string;
  readonly referringPhysicianName: string;
  readonly bodyPartExamined: string;
}

type Field = Exclude<keyof Header, 'transferSyntaxUid'>;

const SPECIFIC_CHARACTER_SET = 0x00080005;

/** `plain` values are ASCII whatever the character set (PS3.5 §6.1.2.2). */
const FIELDS: Readonly<Record<Field, { tag: number; kind: 'plain' | 'text' | 'name' }>> = {
  sopClassUid: { tag: 0x00080016, kind: 'plain' },
  sopInstanceUid: { tag: 0x00080018, kind: 'plain' },
  studyDate: { tag: 0x00080020, kind: 'plain' },
  studyTime: { tag: 0x00080030, kind: 'plain' },
  accessionNumber: { tag: 0x00080050, kind: 'text' },
  modality: { tag: 0x00080060, kind: 'plain' },
  institutionName: { tag: 0x00080080, kind: 'text' },
  referringPhysicianName: { tag: 0x00080090, kind: 'name' },
  stationName: { tag: 0x00081010, kind: 'text' },
  studyDescription: { tag: 0x00081030, kind: 'text' },
  departmentName: { tag: 0x00081040, kind: 'text' },
  patientName: { tag: 0x00100010, kind: 'name' },
  patientId: { tag: 0x00100020, kind: 'text' },
  patientBirthDate: { tag: 0x00100030, kind: 'plain' },
  patientSex: { tag: 0x00100040, kind: 'plain' },
  bodyPartExamined: { tag: 0x00180015, kind: 'plain' },
  studyInstanceUid: { tag: 0x0020000d, kind: 'plain' },
  seriesInstanceUid: { tag: 0x0020000e, kind: 'plain' },
};

const WANTED: ReadonlySet<number> = new Set([SPECIFIC_CHARACTER_SET, ...Object.values(FIELDS).map(({ tag }) => tag)]);
const LAST_WANTED = Math.max(...WANTED);

/**
 * Reads the header from `prefix`, the first bytes of a data set (without file meta information).
 * @param isCut whether the data set goes on behind `prefix`
 * @throws dicom-header-malformed when it cannot be read or ends before the attributes do, dicom-header-too-long when it
 *   goes on behind the limit
 */
export function parseHeader(
  prefix: Buffer,
  transferSyntaxUid: string,
  limits: DicomLimits = dicomLimits,
  isCut = prefix.length >= limits.header_bytes,
): Header {
  const header = readStart(prefix, transferSyntaxUid, limits, isCut);
  if (header !== null) return header;
  if (isCut) {
    throw new RohrpostError('dicom-header-too-long', { details: { limit: limits.header_bytes, what: 'bytes' } });
  }
  throw new RohrpostError('dicom-header-malformed', { details: { what: 'it ends inside an element' } });
}

/**
 * As `parseHeader`, but null when the header may go on behind `prefix`: to try with little first. A beginning that happens
 * to end between two elements is no whole header: the patient may be in the next one.
 * @throws dicom-header-malformed, dicom-header-too-long
 */
export function parseHeaderStart(
  prefix: Buffer,
  transferSyntaxUid: string,
  limits: DicomLimits = dicomLimits,
): Header | null {
  return readStart(prefix, transferSyntaxUid, limits, true);
}

function readStart(prefix: Buffer, transferSyntaxUid: string, limits: DicomLimits, isCut: boolean): Header | null {
  if (!DEFLATED_SYNTAXES.has(transferSyntaxUid)) return readFields(prefix, transferSyntaxUid, limits, isCut);
  // A stream of unknown ratio: take little of it, and twice as much while the header is not yet whole. The step that
  // would inflate past the limit ends the search.
  for (let taken = 1024; ; taken *= 2) {
    const isLast = taken >= prefix.length;
    const inflated = inflateStart(prefix.subarray(0, taken), limits);
    const header = readFields(inflated, transferSyntaxUid, limits, isCut || !isLast);
    if (header !== null || isLast) return header;
  }
}

function inflateStart(deflated: Buffer, limits: DicomLimits): Buffer {
  try {
    return inflateRawSync(deflated, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: limits.inflated_bytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const details = { limit: limits.inflated_bytes, what: 'inflated bytes' };
      throw new RohrpostError('dicom-header-too-long', { cause: error, details });
    }
    throw new RohrpostError('dicom-header-malformed', { cause: error, details: { what: 'not a deflate stream' } });
  }
}

function readFields(data: Buffer, transferSyntaxUid: string, limits: DicomLimits, isCut: boolean): Header | null {
  const encoding = encodingOf(data, transferSyntaxUid);
  const walk = walkElements(data, encoding, { start: 0, last: LAST_WANTED, wanted: WANTED, limits });
  if (isCut ? !walk.passed : !walk.whole) return null;
  const characterSets = plain(walk.values.get(SPECIFIC_CHARACTER_SET));
  const header: Record<string, string> = { transferSyntaxUid };
  for (const [field, { tag, kind }] of Object.entries(FIELDS)) {
    const value = walk.values.get(tag);
    header[field] = value === undefined || kind === 'plain' ? plain(value) : text(value, characterSets, kind);
  }
  return header as unknown as Header;
}

/**
 * The encoding that a transfer syntax names, corrected by the first element where a little-endian data set is not what
 * it claims: writers that confuse explicit and implicit exist, and private transfer syntaxes do not say.
 */
export function encodingOf(data: Buffer, transferSyntaxUid: string): Encoding {
  if (transferSyntaxUid === EXPLICIT_BIG) return { implicit: false, bigEndian: true };
  if (data.length < 8) return { implicit: transferSyntaxUid === IMPLICIT_LITTLE, bigEndian: false };
  return { implicit: !showsVr(data, 0), bigEndian: false };
}

function plain(value: Buffer | undefined): string {
  return value === undefined ? '' : withoutPadding(value.toString('latin1'));
}

function text(value: Buffer, characterSets: string, kind: 'text' | 'name'): string {
  return withoutPadding(decodeText(value, characterSets, kind));
}
