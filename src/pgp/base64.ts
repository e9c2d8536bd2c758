import { RohrpostError } from '../core/errors.ts';
import { highBits, lowBits } from './crc24.ts';

// Base64 as armor has it: written in lines of 64 characters, read in lines of any length.

/** 48 bytes make a line of 64 characters and CRLF: 33 pairs of characters. */
export const LINE_BYTES = 48;
const LINE_PAIRS = 33;
const CRLF_PAIR = 0x0a0d;

/** For 12 bits the two base64 characters, first one low, as a 16-bit store lays them down on x86 and ARM. */
const pairs = makePairs();

const CR = 0x0d;
const LF = 0x0a;

/** Whole lines of 48 bytes as base64 lines with CRLF, and the checksum continued over the bytes: one loop for both. */
export function encodeLines(bytes: Uint8Array, crc: number): { text: Buffer; crc: number } {
  const lines = bytes.length / LINE_BYTES;
  const out = new Uint16Array(lines * LINE_PAIRS);
  let next = crc;
  let from = 0;
  let to = 0;
  for (let line = 0; line < lines; line++) {
    for (let group = 0; group < LINE_BYTES / 3; group++) {
      const bits = (bytes[from]! << 16) | (bytes[from + 1]! << 8) | bytes[from + 2]!;
      from += 3;
      out[to++] = pairs[bits >> 12]!;
      out[to++] = pairs[bits & 0xfff]!;
      next = highBits[(next ^ bits) >> 12]! ^ lowBits[(next ^ bits) & 0xfff]!;
    }
    out[to++] = CRLF_PAIR;
  }
  return { text: Buffer.from(out.buffer), crc: next };
}

/**
 * Decodes base64 in pieces of any size. Characters that do not fill a group of four wait for the next piece.
 * Throws `pgp-armor-malformed`.
 */
export class Base64Decoder {
  #waiting = '';

  /** The bytes of the groups that are complete by now. */
  decode(piece: Buffer): Buffer[] {
    const used = this.#completeGroup(piece);
    if (this.#waiting !== '' && this.#waiting.length < 4) return [];
    const group = Buffer.from(this.#waiting, 'base64');
    this.#waiting = '';
    return [group, this.#decodeGroups(piece.subarray(used))];
  }

  /** The bytes of the last group, given its padding. */
  finish(padding: string): Buffer {
    const group = this.#waiting + padding;
    if (group.length % 4 !== 0) throw malformed('incomplete base64');
    return Buffer.from(group, 'base64');
  }

  /** Fills the waiting group from the front of a piece; gives how much of the piece that took. */
  #completeGroup(piece: Buffer): number {
    if (this.#waiting === '') return 0;
    let used = 0;
    for (; used < piece.length && this.#waiting.length < 4; used++) {
      this.#waiting += significantOf(String.fromCharCode(piece[used]!));
    }
    return used;
  }

  #decodeGroups(piece: Buffer): Buffer {
    const text = piece.toString('latin1');
    const count = text.length - countLineEnds(piece);
    const over = count % 4;
    // Buffer.from passes over what is not base64; its result then is shorter than the count of characters demands. One
    // character over makes no byte and would not be missed, so it gets company.
    const added = over === 1 ? 'A' : '';
    const bytes = Buffer.from(text + added, 'base64');
    if (bytes.length !== Math.floor(((count + added.length) * 3) / 4))
      return this.#decodeIrregular(significantOf(text));
    this.#waiting = lastSignificant(text, over);
    return bytes.subarray(0, ((count - over) / 4) * 3);
  }

  #decodeIrregular(significant: string): Buffer {
    const whole = significant.length - (significant.length % 4);
    this.#waiting = significant.slice(whole);
    return Buffer.from(significant.slice(0, whole), 'base64');
  }
}

/** A text without its blanks; anything else that is not base64 is refused. */
function significantOf(text: string): string {
  const significant = text.replace(/[ \t\r\n]+/g, '');
  if (!/^[A-Za-z0-9+/]*$/.test(significant)) throw malformed('characters that are not base64');
  return significant;
}

/** The last `count` characters that are no line ends. */
function lastSignificant(text: string, count: number): string {
  let found = '';
  for (let i = text.length - 1; found.length < count; i--) {
    const character = text.charAt(i);
    if (character !== '\r' && character !== '\n') found = character + found;
  }
  return found;
}

function countLineEnds(piece: Buffer): number {
  let count = piece.at(-1) === CR ? 1 : 0;
  for (let lf = piece.indexOf(LF); lf >= 0; lf = piece.indexOf(LF, lf + 1)) {
    count += lf > 0 && piece[lf - 1] === CR ? 2 : 1;
  }
  return count;
}

function makePairs(): Uint16Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return Uint16Array.from({ length: 4096 }, (_, i) => alphabet.charCodeAt(i >> 6) | (alphabet.charCodeAt(i & 63) << 8));
}

function malformed(reason: string): RohrpostError {
  return new RohrpostError('pgp-armor-malformed', { details: { reason } });
}
