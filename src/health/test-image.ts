import { randomUUID } from 'node:crypto';
import { part10Header } from '../dicom/part10.ts';
import { IMPLICIT_LITTLE } from '../dicom/uids.ts';

/** PS3.4 §B.5: Secondary Capture, which every PACS takes. */
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const SIDE = 128;

/** The image's patient, whom nobody can take for a person. */
export const TEST_PATIENT = { name: 'Rohrpost^Testbild', id: 'ROHRPOST-TEST' } as const;

export interface TestImage {
  /** A Part-10 file (PS3.10 §7). */
  readonly bytes: Buffer;
  readonly sopInstanceUid: string;
}

/** A small grey image of nobody, which says in its pixels and in its header that it is a test. */
export function testImage(now_ms: number): TestImage {
  const sopInstanceUid = newUid();
  const [date, time] = new Date(now_ms).toISOString().replace(/[-:]/g, '').slice(0, 15).split('T') as [string, string];
  // In the one transfer syntax that every DICOM program must know (PS3.5 §10.1).
  const head = part10Header({ sopClassUid: SECONDARY_CAPTURE, sopInstanceUid, transferSyntaxUid: IMPLICIT_LITTLE });
  const bytes = Buffer.concat([
    head,
    text(0x0008, 0x0005, 'ISO_IR 100'),
    text(0x0008, 0x0008, 'DERIVED\\SECONDARY'),
    text(0x0008, 0x0016, SECONDARY_CAPTURE, '\0'),
    text(0x0008, 0x0018, sopInstanceUid, '\0'),
    text(0x0008, 0x0020, date),
    text(0x0008, 0x0030, time),
    text(0x0008, 0x0050, ''),
    text(0x0008, 0x0060, 'OT'),
    text(0x0008, 0x0064, 'WSD'),
    text(0x0008, 0x0090, ''),
    text(0x0008, 0x1030, 'Testbild / test image'),
    text(0x0008, 0x103e, 'Rohrpost'),
    text(0x0010, 0x0010, TEST_PATIENT.name),
    text(0x0010, 0x0020, TEST_PATIENT.id),
    text(0x0010, 0x0030, ''),
    text(0x0010, 0x0040, 'O'),
    text(0x0020, 0x000d, newUid(), '\0'),
    text(0x0020, 0x000e, newUid(), '\0'),
    text(0x0020, 0x0010, 'TEST'),
    text(0x0020, 0x0011, '1'),
    text(0x0020, 0x0013, '1'),
    short(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, 'MONOCHROME2'),
    short(0x0028, 0x0010, SIDE),
    short(0x0028, 0x0011, SIDE),
    short(0x0028, 0x0100, 8),
    short(0x0028, 0x0101, 8),
    short(0x0028, 0x0102, 7),
    short(0x0028, 0x0103, 0),
    element(0x7fe0, 0x0010, pixels()),
  ]);
  return { bytes, sopInstanceUid };
}

/** A UID derived from a UUID: PS3.5 §B.2. */
const newUid = () => `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;

function element(group: number, tag: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(tag, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

const text = (group: number, tag: number, value: string, pad = ' ') => element(group, tag, padded(value, pad));
const padded = (value: string, pad: string) => Buffer.from(value.length % 2 === 0 ? value : value + pad, 'latin1');

function short(group: number, tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return element(group, tag, bytes);
}

/** "TEST" in letters of five by seven, each dot a square. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  T: [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
  E: [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
  S: [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110],
};
const DOT = 5;
const LETTER_WIDTH = 6 * DOT;

function pixels(): Buffer {
  const image = Buffer.alloc(SIDE * SIDE);
  // A wedge of greys behind the letters, so that window and level can be seen to work.
  for (let at = 0; at < image.length; at++) image[at] = at % SIDE;
  const [left, top] = [(SIDE - 4 * LETTER_WIDTH + DOT) >> 1, (SIDE - 7 * DOT) >> 1];
  [...'TEST'].forEach((letter, index) => {
    LETTERS[letter]!.forEach((bits, row) => {
      for (let column = 0; column < 5; column++) {
        if (bits & (0b10000 >> column)) fillDot(image, left + index * LETTER_WIDTH + column * DOT, top + row * DOT);
      }
    });
  });
  return image;
}

function fillDot(image: Buffer, left: number, top: number): void {
  for (let row = top; row < top + DOT; row++) image.fill(255, row * SIDE + left, row * SIDE + left + DOT);
}
