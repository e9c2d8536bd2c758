import { randomBytes } from 'node:crypto';

// A small builder of DICOM instances: Explicit VR Little Endian, invented patients, every attribute replaceable.

/** What can be set by its keyword. Values are text as it stands in DICOM; `null` leaves the attribute out. */
const DICTIONARY = {
  SpecificCharacterSet: [0x00080005, 'CS'],
  ImageType: [0x00080008, 'CS'],
  SOPClassUID: [0x00080016, 'UI'],
  SOPInstanceUID: [0x00080018, 'UI'],
  StudyDate: [0x00080020, 'DA'],
  StudyTime: [0x00080030, 'TM'],
  AccessionNumber: [0x00080050, 'SH'],
  Modality: [0x00080060, 'CS'],
  Manufacturer: [0x00080070, 'LO'],
  InstitutionName: [0x00080080, 'LO'],
  ReferringPhysicianName: [0x00080090, 'PN'],
  StudyDescription: [0x00081030, 'LO'],
  SeriesDescription: [0x0008103e, 'LO'],
  PatientName: [0x00100010, 'PN'],
  PatientID: [0x00100020, 'LO'],
  IssuerOfPatientID: [0x00100021, 'LO'],
  PatientBirthDate: [0x00100030, 'DA'],
  PatientSex: [0x00100040, 'CS'],
  BodyPartExamined: [0x00180015, 'CS'],
  StudyInstanceUID: [0x0020000d, 'UI'],
  SeriesInstanceUID: [0x0020000e, 'UI'],
  StudyID: [0x00200010, 'SH'],
  SeriesNumber: [0x00200011, 'IS'],
  InstanceNumber: [0x00200013, 'IS'],
  PhotometricInterpretation: [0x00280004, 'CS'],
  NumberOfFrames: [0x00280008, 'IS'],
} as const satisfies Record<string, readonly [number, string]>;

export type InstanceTags = Partial<Record<keyof typeof DICTIONARY, string | null>>;

export interface InstanceOptions extends InstanceTags {
  /** Pixel data: so many bytes of a pattern that differs from instance to instance, or these. 8,192 by default. */
  pixelBytes?: number | Buffer;
  /** Further encoded elements by tag, made with `element` or `sequence`; put where they belong, as they are. */
  elements?: Readonly<Record<number, Buffer>>;
  /** What the file meta information claims. The encoding stays Explicit VR Little Endian. */
  transferSyntaxUid?: string;
}

export const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';
export const MR_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.4';
export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

const DEFAULTS: InstanceTags = {
  SpecificCharacterSet: 'ISO_IR 192',
  ImageType: 'ORIGINAL\\PRIMARY\\AXIAL',
  SOPClassUID: CT_IMAGE_STORAGE,
  StudyDate: '20260102',
  StudyTime: '101112',
  AccessionNumber: 'ACC-0001',
  Modality: 'CT',
  Manufacturer: 'Testgeräte',
  InstitutionName: 'Klinik Süd',
  ReferringPhysicianName: 'Testärztin^Änne',
  StudyDescription: 'Thorax',
  SeriesDescription: 'Thorax 1.0',
  PatientName: 'Testperson^Erika',
  PatientID: 'TEST-0001',
  PatientBirthDate: '19700101',
  PatientSex: 'F',
  BodyPartExamined: 'CHEST',
  StudyID: '1',
  SeriesNumber: '1',
  InstanceNumber: '1',
  PhotometricInterpretation: 'MONOCHROME2',
};

const LONG_VRS = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT']);

/** A new UID under 2.25 (PS3.5 §B.2). */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomBytes(15).toString('hex')}`)}`;
}

/** A whole DICOM file. SOP, Series and Study Instance UIDs are new unless given. */
export function buildInstance(options: InstanceOptions = {}): Buffer {
  const tags = { ...DEFAULTS, SOPInstanceUID: newUid(), ...options };
  const syntax = options.transferSyntaxUid ?? EXPLICIT_LITTLE_ENDIAN;
  return Buffer.concat([fileHead(tags.SOPClassUID ?? '', tags.SOPInstanceUID ?? '', syntax), buildDataSet(tags)]);
}

/** A data set alone, as it travels in a C-STORE. */
export function buildDataSet(options: InstanceOptions = {}): Buffer {
  const uids = { SOPInstanceUID: newUid(), StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
  const tags: InstanceOptions = { ...DEFAULTS, ...uids, ...options };
  const elements = new Map<number, Buffer>();
  for (const [keyword, [tag, vr]] of Object.entries(DICTIONARY)) {
    const value = tags[keyword as keyof InstanceTags];
    if (typeof value === 'string') elements.set(tag, element(tag, vr, value));
  }
  const pixels = pixelData(options.pixelBytes ?? 8_192);
  if (pixels.length > 0) {
    for (const [tag, value] of imageSize(pixels.length)) elements.set(tag, element(tag, 'US', us(value)));
    elements.set(0x7fe00010, element(0x7fe00010, 'OW', pixels));
  }
  for (const [tag, bytes] of Object.entries(options.elements ?? {})) elements.set(Number(tag), bytes);
  return Buffer.concat([...elements].sort(([one], [other]) => one - other).map(([, bytes]) => bytes));
}

/** One element in Explicit VR Little Endian. Text is written as UTF-8 and padded to even length. */
export function element(tag: number, vr: string, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  const pad = bytes.length % 2 === 0 ? Buffer.alloc(0) : Buffer.from(vr === 'UI' || LONG_VRS.has(vr) ? '\0' : ' ');
  return Buffer.concat([elementHead(tag, vr, bytes.length + pad.length), bytes, pad]);
}

/** A sequence of items, each the encoded elements it holds; of undefined length unless said otherwise. */
export function sequence(
  tag: number,
  items: readonly Buffer[],
  length: 'undefined' | 'explicit' = 'undefined',
): Buffer {
  const content = Buffer.concat(
    items.flatMap((item) =>
      length === 'explicit' ? [mark(0xe000, item.length), item] : [mark(0xe000, 0xffffffff), item, mark(0xe00d, 0)],
    ),
  );
  if (length === 'explicit') return Buffer.concat([elementHead(tag, 'SQ', content.length), content]);
  return Buffer.concat([elementHead(tag, 'SQ', 0xffffffff), content, mark(0xe0dd, 0)]);
}

/** Tag, VR and length of an element, which may claim more than follows. */
export function elementHead(tag: number, vr: string, length: number): Buffer {
  const head = Buffer.alloc(LONG_VRS.has(vr) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (LONG_VRS.has(vr)) head.writeUInt32LE(length, 8);
  else head.writeUInt16LE(length, 6);
  return head;
}

function fileHead(sopClassUid: string, sopInstanceUid: string, transferSyntaxUid: string): Buffer {
  const meta = Buffer.concat([
    element(0x00020001, 'OB', Buffer.from([0, 1])),
    element(0x00020002, 'UI', sopClassUid),
    element(0x00020003, 'UI', sopInstanceUid),
    element(0x00020010, 'UI', transferSyntaxUid),
    element(0x00020012, 'UI', '2.25.1'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x00020000, 'UL', length), meta]);
}

/** An item, item end or sequence end: group FFFE has no VR. */
function mark(element: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(0xfffe, 0);
  bytes.writeUInt16LE(element, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

function pixelData(pixels: number | Buffer): Buffer {
  if (typeof pixels !== 'number') return pixels;
  return Buffer.alloc(pixels + (pixels % 2), randomBytes(251));
}

/** Image attributes that fit so many bytes of 16-bit grey values, as square as it goes. */
function imageSize(bytes: number): [tag: number, value: number][] {
  const values = bytes / 2;
  let columns = Math.min(65_534, Math.floor(Math.sqrt(values)));
  while (columns > 1 && values % columns !== 0) columns--;
  const rows = Math.min(65_534, values / columns);
  const fixed: [number, number][] = [
    [0x00280002, 1],
    [0x00280100, 16],
    [0x00280101, 16],
    [0x00280102, 15],
    [0x00280103, 0],
  ];
  return [[0x00280010, rows], [0x00280011, columns], ...fixed];
}

function us(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
