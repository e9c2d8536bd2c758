import { RohrpostError } from '../core/errors.ts';
import type { Entity } from './entity.ts';

/** Undoes a content transfer encoding, chunk by chunk. */
export interface TransferDecoder {
  push(chunk: Buffer): Buffer;
  /** What was still waiting. */
  end(): Buffer;
}

/**
 * The decoder for an entity's Content-Transfer-Encoding (RFC 2045 §6).
 *
 * @throws mail-encoding-unknown here, mail-base64-broken from `push` and `end`
 */
export function openTransferDecoder(entity: Entity): TransferDecoder {
  const encoding = (entity.headers.get('content-transfer-encoding') ?? '7bit').toLowerCase();
  const [name] = encoding.split(/[\s;(]/, 1);
  if (name === '7bit' || name === '8bit' || name === 'binary') return { push: (chunk) => chunk, end: () => NOTHING };
  if (name === 'base64') return base64Decoder(entity.path);
  if (name === 'quoted-printable') return quotedPrintableDecoder();
  throw new RohrpostError('mail-encoding-unknown', { details: { part: entity.path } });
}

const NOTHING = Buffer.alloc(0);
/** Strings under 128 KiB are young garbage; larger ones stay until the memory of a whole mail has piled up. */
const PIECE_BYTES = 64 * 1024;
const WHITE_SPACE = /[\t\n\f\r ]+/g;

/**
 * Strict base64: a byte that is neither of the alphabet nor white space, missing padding, and anything behind the padding
 * are damage. (Buffer.from would pass over all three in silence; atob is strict and as fast.)
 */
function base64Decoder(part: string): TransferDecoder {
  let waiting = '';
  let padded = false;

  /** Null when the text is not base64, or does not hold whole groups of four characters. */
  function decodeGroups(text: string): Buffer | null {
    if (padded) return text.replace(WHITE_SPACE, '') === '' ? NOTHING : null;
    try {
      const decoded = Buffer.from(atob(text), 'latin1');
      if (decoded.length % 3 === 0) return decoded;
      padded = text.includes('=');
      return padded ? decoded : null;
    } catch {
      return null;
    }
  }

  function damaged(): RohrpostError {
    return new RohrpostError('mail-base64-broken', { details: { part } });
  }

  function decodePiece(piece: Buffer): Buffer {
    const text = waiting + piece.toString('latin1');
    // Lines nearly always hold whole groups, and pieces nearly never end with a line.
    const end = text.lastIndexOf('\n') + 1 || text.length;
    waiting = text.slice(end);
    const decoded = decodeGroups(text.slice(0, end));
    if (decoded !== null) return decoded;
    const packed = text.slice(0, end).replace(WHITE_SPACE, '');
    const whole = packed.length - (packed.length % 4);
    waiting = packed.slice(whole) + waiting;
    const regrouped = decodeGroups(packed.slice(0, whole));
    if (regrouped === null) throw damaged();
    return regrouped;
  }

  return {
    push(chunk) {
      const decoded: Buffer[] = [];
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        decoded.push(decodePiece(chunk.subarray(at, at + PIECE_BYTES)));
      return decoded.length === 1 ? decoded[0]! : Buffer.concat(decoded);
    },
    end() {
      const decoded = decodeGroups(waiting);
      if (decoded === null) throw damaged();
      return decoded;
    },
  };
}

const EQUALS = 0x3d;
const CR = 0x0d;
const LF = 0x0a;

/** Quoted-printable. An equals sign that escapes nothing stays as it is (RFC 2045 §6.7 leaves that to us). */
function quotedPrintableDecoder(): TransferDecoder {
  let waiting = NOTHING;

  function decode(data: Buffer, final: boolean): Buffer {
    const out = Buffer.allocUnsafe(data.length);
    let length = 0;
    let at = 0;
    for (; at < data.length; at++) {
      const byte = data[at]!;
      if (byte !== EQUALS) out[length++] = byte;
      else if (at + 2 >= data.length && !final) break;
      else if (data[at + 1] === LF) at += 1;
      else if (data[at + 1] === CR && data[at + 2] === LF) at += 2;
      else {
        const high = hexValue(data[at + 1]);
        const low = hexValue(data[at + 2]);
        const escaped = high >= 0 && low >= 0;
        out[length++] = escaped ? high * 16 + low : byte;
        if (escaped) at += 2;
      }
    }
    waiting = Buffer.from(data.subarray(at));
    return out.subarray(0, length);
  }

  return {
    push: (chunk) => decode(waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]), false),
    end: () => decode(waiting, true),
  };
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte & 0xdf;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x41 + 10 : -1;
}
