import { RohrpostError } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { Base64Decoder, encodeLines, LINE_BYTES } from './base64.ts';
import { ByteReader, type ByteSource } from './bytes.ts';
import { checksumLine, crc24, INITIAL_CRC } from './crc24.ts';

// ASCII armor of a message, RFC 9580 §6.2: base64 between a begin and an end line.

const BEGIN = '-----BEGIN PGP MESSAGE-----';
const END = '-----END PGP MESSAGE-----';
const TAIL = /^(={0,2})[ \t\r\n]*(=[A-Za-z0-9+/]{4})?[ \t\r\n]*-----END PGP MESSAGE-----\s*$/;

const EQUALS = 0x3d;
const DASH = 0x2d;
const LF = 0x0a;

/**
 * Armors a binary message: 64 columns, CRLF, and the checksum. RFC 9580 §6.1 would do without, but GnuPG 2.2 reads the last
 * line as base64 when neither padding nor checksum comes before it.
 */
export async function* armorStream(source: ByteSource): AsyncGenerator<Buffer> {
  yield Buffer.from(`${BEGIN}\r\n\r\n`);
  let crc = INITIAL_CRC;
  let begun = Buffer.alloc(0);
  for await (const chunk of source) {
    // The line that an earlier chunk began is completed on its own, so that the bulk of this one need not be copied.
    const missing_bytes = begun.length === 0 ? 0 : LINE_BYTES - begun.length;
    const line = Buffer.concat([begun, chunk.subarray(0, missing_bytes)]);
    const bulk = chunk.subarray(missing_bytes);
    const whole_bytes = bulk.length - (bulk.length % LINE_BYTES);
    const isLineWhole = line.length === LINE_BYTES;
    begun = isLineWhole || line.length === 0 ? Buffer.from(bulk.subarray(whole_bytes)) : line;
    for (const lines of [isLineWhole ? line : Buffer.alloc(0), bulk.subarray(0, whole_bytes)]) {
      if (lines.length === 0) continue;
      const encoded = encodeLines(lines, crc);
      crc = encoded.crc;
      yield encoded.text;
    }
  }
  const last = begun.length > 0 ? `${begun.toString('base64')}\r\n` : '';
  yield Buffer.from(`${last}${checksumLine(crc24(crc, begun))}\r\n${END}\r\n`);
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
    let crc = INITIAL_CRC;
    for await (const chunk of reader.rest()) {
      const end = endOfBase64(chunk);
      for (const bytes of decoder.decode(chunk.subarray(0, end))) {
        crc = crc24(crc, bytes);
        if (bytes.length > 0) yield bytes;
      }
      if (end === chunk.length) continue;
      const { padding, checksum } = parseTail(await readTail(chunk.subarray(end), reader));
      const last = decoder.finish(padding);
      if (checksum !== undefined && checksum !== checksumLine(crc24(crc, last))) {
        throw new RohrpostError('pgp-crc-mismatch');
      }
      if (last.length > 0) yield last;
      return;
    }
    throw new RohrpostError('pgp-armor-truncated');
  } finally {
    await reader.close();
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
    if (line.at(-1) !== LF) throw isInside ? new RohrpostError('pgp-armor-truncated') : malformed(`no ${BEGIN}`);
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

/** Padding, checksum, last line. */
function parseTail(tail: string): { padding: string; checksum: string | undefined } {
  const match = TAIL.exec(tail);
  if (match === null) throw tail.includes(END) ? malformed('its end') : new RohrpostError('pgp-armor-truncated');
  return { padding: match[1]!, checksum: match[2] };
}

/** Where the padding, the checksum or the last line begins; the chunk's length if nowhere. */
function endOfBase64(chunk: Buffer): number {
  const equals = chunk.indexOf(EQUALS);
  const dash = chunk.subarray(0, equals < 0 ? chunk.length : equals).indexOf(DASH);
  return dash >= 0 ? dash : equals >= 0 ? equals : chunk.length;
}

function malformed(reason: string): RohrpostError {
  return new RohrpostError('pgp-armor-malformed', { details: { reason } });
}
