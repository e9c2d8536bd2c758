import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { RohrpostError } from '../core/errors.ts';
import { AES256, type Cipher } from './algorithms.ts';
import { ByteReader, type ByteSource } from './bytes.ts';

// Version 1 encrypted data: OpenPGP's cipher feedback mode with a modification detection code, RFC 9580 §5.13.1, and
// its ancestor without any integrity, §5.7.

/** Header of the modification detection code packet; its 20 bytes of SHA-1 follow. */
const MDC_HEADER = Buffer.from([0xd3, 0x14]);
const MDC_BYTES = MDC_HEADER.length + 20;

/** The body of a version 1 encrypted packet: AES-256, zero vector, random prefix, data, modification detection code. */
export async function* sealCfb(plain: AsyncIterable<Buffer>, sessionKey: Buffer): AsyncGenerator<Buffer> {
  const { block_bytes } = AES256;
  const cipher = createCipheriv('aes-256-cfb', sessionKey, Buffer.alloc(block_bytes));
  const mdc = createHash('sha1');
  const random = randomBytes(block_bytes);
  const prefix = Buffer.concat([random, random.subarray(-2)]);
  yield Buffer.from([1]);
  mdc.update(prefix);
  yield cipher.update(prefix);
  for await (const chunk of plain) {
    mdc.update(chunk);
    yield cipher.update(chunk);
  }
  mdc.update(MDC_HEADER);
  yield cipher.update(Buffer.concat([MDC_HEADER, mdc.digest()]));
}

/**
 * Decrypts what follows the version octet of a version 1 encrypted packet. The plaintext comes before its integrity is
 * known: it counts only once the generator has ended.
 * @throws RohrpostError `pgp-integrity-failed`
 */
export async function* openCfb(sealed: ByteSource, cipher: Cipher, sessionKey: Buffer): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv(`${cipher.node}-cfb`, sessionKey, Buffer.alloc(cipher.block_bytes));
  const mdc = createHash('sha1');
  // The repeated two octets of the prefix are not checked: the code below covers them, and a check is an oracle.
  let prefix_bytes = cipher.block_bytes + 2;
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of sealed) {
    const plain = decipher.update(chunk);
    const [known, latest] = splitEnd(held, plain);
    held = latest;
    for (const piece of known) {
      mdc.update(piece);
      const data = piece.subarray(prefix_bytes);
      prefix_bytes = Math.max(0, prefix_bytes - piece.length);
      if (data.length > 0) yield data;
    }
  }
  mdc.update(MDC_HEADER);
  const isWhole = held.length === MDC_BYTES && prefix_bytes === 0;
  if (!isWhole || !timingSafeEqual(held, Buffer.concat([MDC_HEADER, mdc.digest()]))) {
    throw new RohrpostError('pgp-integrity-failed');
  }
}

/** Parts what may be the modification detection code from what cannot be, without copying the bulk. */
function splitEnd(held: Buffer, plain: Buffer): [known: Buffer[], held: Buffer] {
  if (plain.length >= MDC_BYTES) {
    return [[held, plain.subarray(0, -MDC_BYTES)], Buffer.from(plain.subarray(-MDC_BYTES))];
  }
  const both = Buffer.concat([held, plain]);
  const known_bytes = Math.max(0, both.length - MDC_BYTES);
  return [[both.subarray(0, known_bytes)], both.subarray(known_bytes)];
}

/** Decrypts a packet without integrity protection: the vector is taken anew from the ciphertext after the prefix. */
export async function* openCfbWithoutIntegrity(
  sealed: ByteSource,
  cipher: Cipher,
  sessionKey: Buffer,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(sealed);
  const prefix = await reader.exact(cipher.block_bytes + 2);
  const decipher = createDecipheriv(`${cipher.node}-cfb`, sessionKey, prefix.subarray(2));
  for await (const chunk of reader.rest()) yield decipher.update(chunk);
}
