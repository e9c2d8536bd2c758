import { RohrpostError } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { ByteReader, type ByteSource } from './bytes.ts';
import { Crc24 } from './crc24.ts';

// ASCII armor of a message, RFC 9580 §6.2: base64 between a begin and an end line.

const BEGIN = '-----BEGIN PGP MESSAGE-----';
const END = '-----END PGP MESSAGE-----';

/** 48 bytes make a line of 64 characters and CRLF: 33 pairs of characters. */
const LINE_BYTES = 48;
const LINE_PAIRS = 33;
const CRLF_PAIR = 0x0a0d;

/** For 12 bits the two base64 characters, first one low, as a 16-bit store lays them down on x86 and ARM. */
const pairs = makePairs();

const EQUALS = 0x3d;
const DASH = 0x2d;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Armors a binary message: 64 columns, CRLF, without the checksum, which RFC 9580 §6.1 tells writers to leave out (GnuPG 1
 * and 2 and Sequoia read it so); `checksum` adds it for a partner's old program.
 */
export async function* armorStream(source: ByteSource, o: { checksum?: boolean } = {}): AsyncGenerator<Buffer> {
  const crc = o.checksum ? new Crc24() : null;
  yield Buffer.from(`${BEGIN}\r\n\r\n`);
  let rest = Buffer.alloc(0);
  for await (const chunk of source) {
    crc?.update(chunk);
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole_bytes = bytes.length - (bytes.length % LINE_BYTES);
    if (whole_bytes > 0) yield encodeLines(bytes.subarray(0, whole_bytes));
    rest = Buffer.from(bytes.subarray(whole_bytes));
  }
  const last = rest.length > 0 ? `${rest.toString('base64')}\r\n` : '';
  const sum = crc === null ? '' : `=${crc.toBase64()}\r\n`;
  yield Buffer.from(`${last}${sum}${END}\r\n`);
}

/**
 * The binary message out of its armor. Text before it, armor headers, any line length, CRLF or LF are taken; the
 * checksum is verified where there is one; after the last line only blanks may follow.
 * @throws RohrpostError `pgp-armor-truncated`, `pgp-armor-malformed`, `pgp-crc-mismatch`
 */
export async function* dearmorStream(source: ByteSource): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  try {
    await skipHead(reader);
    const decoder = new Base64Decoder();
    const crc = new Crc24();
    for await (const chunk of reader.rest()) {
      const end = endOfBase64(chunk);
      const bytes = decoder.decode(chunk.subarray(0, end));
      crc.update(bytes);
      if (bytes.length > 0) yield bytes;
      if (end < chunk.length) {
        const { last, checksum } = decoder.finish(await readTail(chunk.subarray(end), reader));
        crc.update(last);
        if (checksum !== null && checksum !== crc.toBase64()) throw new RohrpostError('pgp-crc-mismatch');
        if (last.length > 0) yield last;
        return;
      }
    }
    throw new RohrpostError('pgp-armor-truncated');
  } finally {
    await reader.close();
  }
}

/** Base64 in pieces of any size. Characters that do not fill a group of four wait for the next piece. */
class Base64Decoder {
  #waiting = '';

  decode(piece: Buffer): Buffer {
    const text = this.#waiting + piece.toString('latin1');
    const bytes = Buffer.from(text, 'base64');
    const significant = text.length - countLineEnds(piece);
    // Buffer.from passes over what is not base64; the count tells whether there was any.
    if (bytes.length !== Math.floor((significant * 3) / 4)) return this.#decodeStrictly(text);
    const over = significant % 4;
    this.#waiting = over === 0 ? '' : lastSignificant(text, over);
    return bytes.subarray(0, ((significant - over) / 4) * 3);
  }

  /** Takes what follows the base64: padding, checksum, last line. */
  finish(tail: string): { last: Buffer; checksum: string | null } {
    const match = /^(={0,2})[ \t\r\n]*(?:=([A-Za-z0-9+/]{4})[ \t\r\n]*)?-----END PGP MESSAGE-----\s*$/.exec(tail);
    if (match === null) throw tail.includes(END) ? malformed('its end') : new RohrpostError('pgp-armor-truncated');
    const group = this.#waiting + match[1];
    if (group.length % 4 !== 0) throw malformed('incomplete base64');
    return { last: Buffer.from(group, 'base64'), checksum: match[2] ?? null };
  }

  /** Blanks inside lines are taken, anything else is refused. */
  #decodeStrictly(text: string): Buffer {
    const significant = text.replace(/[ \t\r\n]+/g, '');
    if (!/^[A-Za-z0-9+/]*$/.test(significant)) throw malformed('characters that are not base64');
    const over = significant.length % 4;
    this.#waiting = significant.slice(significant.length - over);
    return Buffer.from(significant.slice(0, significant.length - over), 'base64');
  }
}

/** Reads up to the first line of base64. */
async function skipHead(reader: ByteReader): Promise<void> {
  let left_bytes: number = pgpLimits.armor_head_bytes;
  let isInside = false;
  for (;;) {
    const line = await reader.line(left_bytes);
    left_bytes -= line.length;
    const text = line.toString('latin1').trim();
    if (line.at(-1) !== LF && isInside) throw new RohrpostError('pgp-armor-truncated');
    if (line.at(-1) !== LF) throw malformed(`no ${BEGIN}`);
    if (!isInside) isInside = text === BEGIN;
    else if (text === '') return;
    else if (!/^[\w-]+:/.test(text)) throw malformed('no blank line after the headers');
  }
}

/** What comes after the base64, to the end of the source. */
async function readTail(first: Buffer, reader: ByteReader): Promise<string> {
  const more = await reader.upTo(pgpLimits.armor_tail_bytes);
  if (first.length + more.length > pgpLimits.armor_tail_bytes) throw malformed('text after the block');
  return first.toString('latin1') + more.toString('latin1');
}

/** Where the padding, the checksum or the last line begins; the chunk's length if nowhere. */
function endOfBase64(chunk: Buffer): number {
  const equals = chunk.indexOf(EQUALS);
  const dash = chunk.subarray(0, equals < 0 ? chunk.length : equals).indexOf(DASH);
  return dash >= 0 ? dash : equals >= 0 ? equals : chunk.length;
}

function countLineEnds(piece: Buffer): number {
  let count = 0;
  for (let lf = piece.indexOf(LF); lf >= 0; lf = piece.indexOf(LF, lf + 1)) {
    count += lf > 0 && piece[lf - 1] === CR ? 2 : 1;
  }
  return piece.at(-1) === CR ? count + 1 : count;
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

function encodeLines(bytes: Uint8Array): Buffer {
  const lines = bytes.length / LINE_BYTES;
  const out = new Uint16Array(lines * LINE_PAIRS);
  let from = 0;
  let to = 0;
  for (let line = 0; line < lines; line++) {
    for (let group = 0; group < LINE_BYTES / 3; group++) {
      const bits = (bytes[from]! << 16) | (bytes[from + 1]! << 8) | bytes[from + 2]!;
      from += 3;
      out[to++] = pairs[bits >> 12]!;
      out[to++] = pairs[bits & 0xfff]!;
    }
    out[to++] = CRLF_PAIR;
  }
  return Buffer.from(out.buffer);
}

function makePairs(): Uint16Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return Uint16Array.from({ length: 4096 }, (_, i) => alphabet.charCodeAt(i >> 6) | (alphabet.charCodeAt(i & 63) << 8));
}

function malformed(reason: string): RohrpostError {
  return new RohrpostError('pgp-armor-malformed', { details: { reason } });
}
