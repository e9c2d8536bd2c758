import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { RohrpostError } from '../core/errors.ts';
import { AES256, type AeadMode, aeadById, type Cipher, cipherById } from './algorithms.ts';
import { ByteReader, type ByteSource } from './bytes.ts';

// Version 2 encrypted data: chunks, each with its own authentication tag, and a last tag over the total, RFC 9580 §5.13.2.

const TAG_BYTES = 16;
const SALT_BYTES = 32;
/** 256 KiB chunks: the tag costs nothing, a receiver buffers little. */
const CHUNK_EXPONENT = 12;
/** RFC 9580 §5.13.2: chunks of more than 4 MiB must not be used. */
const LARGEST_CHUNK_EXPONENT = 16;

interface ChunkKeys {
  readonly algorithm: string;
  readonly key: Buffer;
  readonly associated: Buffer;
  /** The nonce of chunk `index`. */
  nonce(index: number): Buffer;
}

/** The body of a version 2 encrypted packet with AES-256. */
export async function* sealAead(
  plain: AsyncIterable<Buffer>,
  sessionKey: Buffer,
  mode: AeadMode,
): AsyncGenerator<Buffer> {
  const header = Buffer.from([2, AES256.id, mode.id, CHUNK_EXPONENT]);
  const salt = randomBytes(SALT_BYTES);
  yield Buffer.concat([header, salt]);
  const keys = chunkKeys(header, salt, sessionKey, AES256, mode);
  const reader = new ByteReader(plain);
  const chunk_bytes = chunkBytes(CHUNK_EXPONENT);
  let index = 0;
  let total_bytes = 0;
  try {
    for (;;) {
      const chunk = await reader.upTo(chunk_bytes);
      if (chunk.length === 0) break;
      total_bytes += chunk.length;
      yield encrypt(keys, index++, keys.associated, chunk);
    }
  } finally {
    await reader.close();
  }
  yield encrypt(keys, index, withTotal(keys.associated, total_bytes), Buffer.alloc(0));
}

/**
 * Decrypts what follows the version octet of a version 2 encrypted packet. Every chunk that comes out is authentic,
 * but only the end of the generator says that none is missing.
 * @throws RohrpostError `pgp-integrity-failed`, `pgp-truncated`, `pgp-unsupported`, `pgp-malformed`
 */
export async function* openAead(sealed: ByteSource, sessionKey: Buffer): AsyncGenerator<Buffer> {
  const reader = new ByteReader(sealed);
  const suite = await reader.exact(3);
  const [cipherId, modeId, exponent] = [suite[0]!, suite[1]!, suite[2]!];
  const cipher = cipherById(cipherId, false);
  const mode = aeadById(modeId);
  if (exponent > LARGEST_CHUNK_EXPONENT || sessionKey.length !== cipher.key_bytes) {
    throw new RohrpostError('pgp-malformed', { details: { reason: 'chunk or key size of the encrypted data' } });
  }
  const salt = await reader.exact(SALT_BYTES);
  const keys = chunkKeys(Buffer.concat([Buffer.from([2]), suite]), salt, sessionKey, cipher, mode);
  const sealedChunk_bytes = chunkBytes(exponent) + TAG_BYTES;

  // The last tag looks like data until the source ends, so as many bytes are held back.
  let held = await reader.upTo(TAG_BYTES);
  let total_bytes = 0;
  for (let index = 0; ; index++) {
    const next = await reader.upTo(sealedChunk_bytes);
    const bytes = Buffer.concat([held, next]);
    const chunk = bytes.subarray(0, -TAG_BYTES);
    held = bytes.subarray(-TAG_BYTES);
    if (chunk.length > 0) {
      const plain = decrypt(keys, index, keys.associated, chunk);
      total_bytes += plain.length;
      if (plain.length > 0) yield plain;
    }
    if (next.length < sealedChunk_bytes) {
      decrypt(keys, chunk.length > 0 ? index + 1 : index, withTotal(keys.associated, total_bytes), held);
      return;
    }
  }
}

function encrypt(keys: ChunkKeys, index: number, associated: Buffer, plain: Buffer): Buffer {
  const options = { authTagLength: TAG_BYTES };
  const cipher = createCipheriv(keys.algorithm as 'aes-256-gcm', keys.key, keys.nonce(index), options);
  cipher.setAAD(associated);
  // In OCB mode the last partial block comes only from final().
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(keys: ChunkKeys, index: number, associated: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < TAG_BYTES) throw new RohrpostError('pgp-truncated');
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv(keys.algorithm as 'aes-256-gcm', keys.key, keys.nonce(index), options);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new RohrpostError('pgp-integrity-failed', { cause });
  }
}

function chunkKeys(header: Buffer, salt: Buffer, sessionKey: Buffer, cipher: Cipher, mode: AeadMode): ChunkKeys {
  const associated = Buffer.concat([Buffer.from([0xd2]), header]);
  const vector_bytes = mode.nonce_bytes - 8;
  const derived = Buffer.from(hkdfSync('sha256', sessionKey, salt, associated, cipher.key_bytes + vector_bytes));
  return {
    algorithm: `${cipher.node}-${mode.node}`,
    key: derived.subarray(0, cipher.key_bytes),
    associated,
    nonce(index) {
      const nonce = Buffer.alloc(mode.nonce_bytes);
      derived.copy(nonce, 0, cipher.key_bytes);
      nonce.writeBigUInt64BE(BigInt(index), vector_bytes);
      return nonce;
    },
  };
}

function withTotal(associated: Buffer, total_bytes: number): Buffer {
  const total = Buffer.alloc(8);
  total.writeBigUInt64BE(BigInt(total_bytes));
  return Buffer.concat([associated, total]);
}

function chunkBytes(exponent: number): number {
  return 2 ** (exponent + 6);
}
