import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createDeflate, createInflate, createInflateRaw, type Zlib } from 'node:zlib';
import { RohrpostError } from '../core/errors.ts';
import { ByteReader, type ByteSource, drain } from './bytes.ts';

// The compressed data packet, RFC 9580 §5.6.

const ZIP = 1;
const ZLIB = 2;
const NAMES: Readonly<Record<number, string>> = { 0: 'no compression', 3: 'BZip2' };

/** Large output pieces: each costs a turn of the event loop. */
const PIECE_BYTES = 256 * 1024;

/** The body of a compressed data packet at zlib `level` (1 to 9). */
export async function* compress(plain: AsyncIterable<Buffer>, level: number): AsyncGenerator<Buffer> {
  yield Buffer.from([ZLIB]);
  yield* through(plain, createDeflate({ level, chunkSize: PIECE_BYTES }));
}

/**
 * The content of a compressed data packet. The caller bounds what comes out.
 * @throws RohrpostError `pgp-unsupported` (BZip2), `pgp-malformed`
 */
export async function* decompress(packed: ByteSource): AsyncGenerator<Buffer> {
  const reader = new ByteReader(packed);
  const algorithm = await reader.byte();
  if (algorithm !== ZIP && algorithm !== ZLIB) {
    const what = NAMES[algorithm] ?? `compression ${algorithm}`;
    throw new RohrpostError('pgp-unsupported', { details: { what } });
  }
  const options = { chunkSize: PIECE_BYTES };
  const inflate = algorithm === ZIP ? createInflateRaw(options) : createInflate(options);
  try {
    yield* through(reader.rest(), inflate);
  } catch (error) {
    if (!isZlibError(error)) throw error;
    throw new RohrpostError('pgp-malformed', { cause: error, details: { reason: 'compressed data' } });
  }
  // Sequoia hides the size of its messages by bytes after the end of the compressed stream.
  await drain(reader.rest());
}

/** Sends a source through a zlib stream; source, stream and pipeline end together however the consumer stops. */
async function* through(source: ByteSource, transform: Zlib & NodeJS.ReadWriteStream): AsyncGenerator<Buffer> {
  // The loop sees every error that counts; the pipeline also complains when the stream ends before its source does.
  pipeline(Readable.from(source, { objectMode: false }), transform).catch(() => {});
  for await (const piece of transform) yield piece as Buffer;
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
