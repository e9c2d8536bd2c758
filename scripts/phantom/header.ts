import { randomBytes, randomUUID } from 'node:crypto';
import { PIXEL_PADDING, RESCALE_INTERCEPT } from './scan.ts';

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT_VR_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const IMPLEMENTATION = '2.25.226405377029817062842436098725904139041';

export interface Patient {
  name: string;
  id: string;
  /** YYYYMMDD */
  birthDate: string;
  sex: 'F' | 'M' | 'O';
}

/** What all images of one series have in common. */
export interface Series {
  patient: Patient;
  studyUid: string;
  seriesUid: string;
  frameOfReferenceUid: string;
  number: number;
  description: string;
  kernel: string;
  accession: string;
  /** When the study was made: YYYYMMDD and HHMMSS. */
  date: string;
  time: string;
  /** Rows and columns. */
  size: number;
}

/** A UID made of a fresh UUID, PS3.5 Annex B.2. */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
}

/** A Part-10 file (Explicit VR Little Endian) of one slice; `number` counts from 1, pixel values are stored ones. */
export function ctFile(series: Series, number: number, stored: Int16Array): Buffer {
  const sopUid = newUid();
  const meta = Buffer.concat([
    element(0x0002_0001, 'OB', Buffer.from([0, 1])),
    element(0x0002_0002, 'UI', CT_IMAGE_STORAGE),
    element(0x0002_0003, 'UI', sopUid),
    element(0x0002_0010, 'UI', EXPLICIT_VR_LITTLE_ENDIAN),
    element(0x0002_0012, 'UI', IMPLEMENTATION),
    element(0x0002_0013, 'SH', 'PHANTOM'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const elements = [...head(series, sopUid), ...geometry(series, number), ...image(series)];
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM', 'latin1'),
    element(0x0002_0000, 'UL', length),
    meta,
    ...elements.map(([tag, vr, value]) => element(tag, vr, value)),
    element(0x7fe0_0010, 'OW', Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)),
  ]);
}

type Element = readonly [tag: number, vr: string, value: string | number | Buffer];

function head({ patient, ...s }: Series, sopUid: string): Element[] {
  return [
    [0x0008_0005, 'CS', 'ISO_IR 100'],
    [0x0008_0008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
    [0x0008_0016, 'UI', CT_IMAGE_STORAGE],
    [0x0008_0018, 'UI', sopUid],
    [0x0008_0020, 'DA', s.date],
    [0x0008_0021, 'DA', s.date],
    [0x0008_0022, 'DA', s.date],
    [0x0008_0023, 'DA', s.date],
    [0x0008_0030, 'TM', s.time],
    [0x0008_0031, 'TM', s.time],
    [0x0008_0033, 'TM', s.time],
    [0x0008_0050, 'SH', s.accession],
    [0x0008_0060, 'CS', 'CT'],
    [0x0008_0070, 'LO', 'Rohrpost'],
    [0x0008_0080, 'LO', 'Übungsklinik Süd'],
    [0x0008_0090, 'PN', 'Beispiel^Jörg^^Dr.'],
    [0x0008_1010, 'SH', 'CT01'],
    [0x0008_1030, 'LO', 'Thorax mit Kontrastmittel, Übungsstudie'],
    [0x0008_103e, 'LO', s.description],
    [0x0008_1090, 'LO', 'Phantom'],
    [0x0010_0010, 'PN', patient.name],
    [0x0010_0020, 'LO', patient.id],
    [0x0010_0030, 'DA', patient.birthDate],
    [0x0010_0040, 'CS', patient.sex],
    [0x0018_0015, 'CS', 'CHEST'],
    [0x0018_0050, 'DS', '1'],
    [0x0018_0060, 'DS', '120'],
    [0x0018_0090, 'DS', '500'],
    [0x0018_1100, 'DS', '380'],
    [0x0018_1120, 'DS', '0'],
    [0x0018_1130, 'DS', '150'],
    [0x0018_1150, 'IS', '500'],
    [0x0018_1151, 'IS', '200'],
    [0x0018_1152, 'IS', '100'],
    [0x0018_1210, 'SH', s.kernel],
    [0x0018_5100, 'CS', 'HFS'],
  ];
}

function geometry(s: Series, number: number): Element[] {
  const z = String(1 - number);
  return [
    [0x0020_000d, 'UI', s.studyUid],
    [0x0020_000e, 'UI', s.seriesUid],
    [0x0020_0010, 'SH', '1'],
    [0x0020_0011, 'IS', String(s.number)],
    [0x0020_0012, 'IS', '1'],
    [0x0020_0013, 'IS', String(number)],
    [0x0020_0032, 'DS', `-190\\-190\\${z}`],
    [0x0020_0037, 'DS', '1\\0\\0\\0\\1\\0'],
    [0x0020_0052, 'UI', s.frameOfReferenceUid],
    [0x0020_1040, 'LO', ''],
    [0x0020_1041, 'DS', z],
  ];
}

function image(s: Series): Element[] {
  return [
    [0x0028_0002, 'US', 1],
    [0x0028_0004, 'CS', 'MONOCHROME2'],
    [0x0028_0010, 'US', s.size],
    [0x0028_0011, 'US', s.size],
    [0x0028_0030, 'DS', (380 / s.size).toFixed(6).concat('\\', (380 / s.size).toFixed(6))],
    [0x0028_0100, 'US', 16],
    [0x0028_0101, 'US', 16],
    [0x0028_0102, 'US', 15],
    [0x0028_0103, 'US', 1],
    [0x0028_0120, 'SS', PIXEL_PADDING],
    [0x0028_1050, 'DS', '40'],
    [0x0028_1051, 'DS', '400'],
    [0x0028_1052, 'DS', String(RESCALE_INTERCEPT)],
    [0x0028_1053, 'DS', '1'],
    [0x0028_1054, 'LO', 'HU'],
    // What scanners keep to themselves: a private block that must arrive as it left.
    [0x0029_0010, 'LO', 'ROHRPOST PHANTOM'],
    [0x0029_1008, 'CS', 'IMAGE NUM 4'],
    [0x0029_1010, 'OB', randomBytes(3_000)],
  ];
}

/** One data element, PS3.5 §7.1.2. Texts are ISO 8859-1, as (0008,0005) says. */
function element(tag: number, vr: string, value: string | number | Buffer): Buffer {
  const bytes = valueBytes(vr, value);
  const isLong = vr === 'OB' || vr === 'OW';
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function valueBytes(vr: string, value: string | number | Buffer): Buffer {
  if (typeof value === 'string') {
    const pad = value.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' ';
    return Buffer.from(value + pad, 'latin1');
  }
  if (typeof value !== 'number') return value;
  const bytes = Buffer.alloc(2);
  if (vr === 'SS') bytes.writeInt16LE(value);
  else bytes.writeUInt16LE(value);
  return bytes;
}
