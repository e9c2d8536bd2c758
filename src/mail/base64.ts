/** RFC 2045 §6.8: lines of at most 76 characters, which hold 57 bytes. */
const COLUMNS = 76;
const LINE_BYTES = 57;
/** Given out at a time: whole lines, about a megabyte of text. */
const BLOCK_BYTES = LINE_BYTES * 14_000;

/** Whole lines too. Strings under 128 KiB are young garbage, soon gone; larger ones pile up. */
const PIECE_BYTES = LINE_BYTES * 1_000;

const CR = 0x0d;
const LF = 0x0a;

/** Bytes of the base64 text of so many bytes, in lines of 76 columns with CRLF between them and none at the end. */
export function base64Size(sizeBytes: number): number {
  const characters = 4 * Math.ceil(sizeBytes / 3);
  return characters + 2 * Math.max(0, Math.ceil(characters / COLUMNS) - 1);
}

/** The base64 text of a stream of bytes, in lines of 76 columns with CRLF between them and none at the end. */
export async function* base64Lines(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  let first = true;
  for await (const chunk of source) {
    waiting = Buffer.concat([waiting, chunk]);
    // One byte at least stays, so that the last line is known as the last.
    while (waiting.length > BLOCK_BYTES) {
      yield encodeLines(waiting.subarray(0, BLOCK_BYTES), first);
      waiting = waiting.subarray(BLOCK_BYTES);
      first = false;
    }
  }
  if (waiting.length > 0) yield encodeLines(waiting, first);
}

/** Whole lines, with CRLF between them. Unless they are the `first`, they follow a line that has no line end yet. */
export function encodeLines(bytes: Buffer, first = true): Buffer {
  const out = Buffer.allocUnsafe(base64Size(bytes.length) + 2);
  let length = 0;
  for (let piece = 0; piece < bytes.length; piece += PIECE_BYTES) {
    const text = Buffer.from(bytes.toString('base64', piece, piece + PIECE_BYTES), 'latin1');
    for (let at = 0; at < text.length; at += COLUMNS) {
      if (length > 0 || !first) {
        out[length++] = CR;
        out[length++] = LF;
      }
      length += text.copy(out, length, at, at + COLUMNS);
    }
  }
  return out.subarray(0, length);
}
