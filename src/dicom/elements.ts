/**
 * Walks the data elements of an encoded data set (PS3.5 §7) and picks a few short values out of it. Sequences and all
 * other values are stepped over, never decoded. Nothing recurses and nothing is copied, so a hostile header costs no
 * more than its own length.
 */
import { RohrpostError } from '../core/errors.ts';
import type { DicomLimits } from '../core/limits.ts';

export interface Encoding {
  readonly implicit: boolean;
  readonly bigEndian: boolean;
}

export interface Walk {
  /** The wanted values found, as they stand (padding included), by tag: group × 65536 + element. */
  readonly values: ReadonlyMap<number, Buffer>;
  /** Where the first element past the last wanted tag begins, or the end of the data. */
  readonly end: number;
  /** False when the data ended inside an element before the last wanted tag was passed. */
  readonly whole: boolean;
  /** Whether an element past the last wanted tag was seen: if not, and the data is only a beginning, more may follow. */
  readonly passed: boolean;
}

export interface ElementHead {
  readonly tag: number;
  readonly vr: number;
  readonly length: number;
  readonly valueAt: number;
}

const ITEM = 0xfffee000;
export const ITEM_END = 0xfffee00d;
export const SEQUENCE_END = 0xfffee0dd;
export const UNDEFINED_LENGTH = 0xffffffff;

/** A value representation as the number its two characters make: compared for every element, so never a string. */
const vrCode = (name: string): number => name.charCodeAt(0) * 256 + name.charCodeAt(1);
const NO_VR = 0;
const UN = vrCode('UN');

/** Value representations whose length is written in 16 bits; all others, those of tomorrow too, have 32 (PS3.5 §7.1.2). */
const SHORT_VRS: ReadonlySet<number> = new Set(
  'AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' ').map(vrCode),
);

/** Whether an element that begins at `at` shows a value representation: what tells explicit from implicit encoding. */
export function showsVr(data: Buffer, at: number): boolean {
  const isLetter = (byte: number | undefined) => byte !== undefined && byte >= 0x41 && byte <= 0x5a;
  return isLetter(data[at + 4]) && isLetter(data[at + 5]);
}

/**
 * Walks from `start` until a tag greater than `last`, and keeps the values of the `wanted` tags.
 * @throws dicom-header-malformed for impossible encodings, dicom-header-too-long for values or nesting past the limits
 */
export function walkElements(
  data: Buffer,
  encoding: Encoding,
  options: { start: number; last: number; wanted: ReadonlySet<number>; limits: DicomLimits },
): Walk {
  const { last, wanted, limits } = options;
  const values = new Map<number, Buffer>();
  let at = options.start;
  while (at < data.length) {
    // The tag alone decides first: what follows File Meta Information may be encoded in another way.
    if (at + 4 <= data.length && readTag(data, at, encoding) > last) {
      return { values, end: at, whole: true, passed: true };
    }
    const head = readHead(data, at, encoding);
    if (head === null) return { values, end: at, whole: false, passed: false };
    if (head.length === UNDEFINED_LENGTH) {
      const end = skipSequence(data, head, encoding, limits);
      if (end === null) return { values, end: at, whole: false, passed: false };
      at = end;
      continue;
    }
    const end = head.valueAt + head.length;
    if (end > data.length) return { values, end: at, whole: false, passed: false };
    if (wanted.has(head.tag)) {
      if (head.length > limits.header_value_bytes) throw tooLong(limits.header_value_bytes, tagName(head.tag));
      const value = data.subarray(head.valueAt, end);
      // Readers differ on which of two they believe, so two that differ are nobody's.
      if (values.get(head.tag)?.equals(value) === false) throw malformed(`element ${tagName(head.tag)} stands twice`);
      values.set(head.tag, value);
    }
    at = end;
  }
  return { values, end: at, whole: true, passed: false };
}

/** The head of the element at `at`, or null when the data ends inside it. */
export function readHead(data: Buffer, at: number, encoding: Encoding): ElementHead | null {
  if (at + 8 > data.length) return null;
  const tag = readTag(data, at, encoding);
  if (encoding.implicit || tag >>> 16 === 0xfffe) {
    return { tag, vr: NO_VR, length: readLength(data, at + 4, encoding), valueAt: at + 8 };
  }
  const vr = data.readUInt16BE(at + 4);
  if (SHORT_VRS.has(vr)) {
    const length = encoding.bigEndian ? data.readUInt16BE(at + 6) : data.readUInt16LE(at + 6);
    return { tag, vr, length, valueAt: at + 8 };
  }
  if (!showsVr(data, at)) throw malformed(`element ${tagName(tag)} has no value representation`);
  if (at + 12 > data.length) return null;
  return { tag, vr, length: readLength(data, at + 8, encoding), valueAt: at + 12 };
}

/** Steps over a sequence (or fragments) of undefined length: the position behind it, or null when the data ends before. */
function skipSequence(data: Buffer, sequence: ElementHead, outer: Encoding, limits: DicomLimits): number | null {
  // What is open, innermost last. UN of undefined length holds an implicit sequence whatever surrounds it (PS3.5 §6.2.2).
  const open: { isItem: boolean; encoding: Encoding }[] = [{ isItem: false, encoding: inside(sequence, outer) }];
  let at = sequence.valueAt;
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const head = readHead(data, at, top.encoding);
    if (head === null) return null;
    at = head.valueAt;
    if (head.tag === (top.isItem ? ITEM_END : SEQUENCE_END)) {
      open.pop();
    } else if (head.tag === ITEM ? top.isItem : !top.isItem || head.tag >>> 16 === 0xfffe) {
      throw malformed(`${tagName(head.tag)} stands where a sequence cannot hold it`);
    } else if (head.length !== UNDEFINED_LENGTH) {
      at += head.length;
    } else {
      open.push({ isItem: !top.isItem, encoding: inside(head, top.encoding) });
      if (open.length > 2 * limits.header_depth) throw tooLong(limits.header_depth, 'nested sequences');
    }
  }
  return at;
}

export function inside(head: ElementHead, outer: Encoding): Encoding {
  return head.vr === UN ? { implicit: true, bigEndian: false } : outer;
}

function readTag(data: Buffer, at: number, { bigEndian }: Encoding): number {
  if (bigEndian) return data.readUInt32BE(at);
  return data.readUInt16LE(at) * 0x10000 + data.readUInt16LE(at + 2);
}

function readLength(data: Buffer, at: number, { bigEndian }: Encoding): number {
  return bigEndian ? data.readUInt32BE(at) : data.readUInt32LE(at);
}

function tagName(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

function malformed(what: string): RohrpostError {
  return new RohrpostError('dicom-header-malformed', { details: { what } });
}

function tooLong(limit: number, what: string): RohrpostError {
  return new RohrpostError('dicom-header-too-long', { details: { limit, what } });
}
