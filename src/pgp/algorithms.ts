import { RohrpostError } from '../core/errors.ts';

// OpenPGP algorithm ids (RFC 9580 §9) and their names in node:crypto, and which of them we still trust.

interface HashAlgorithm {
  readonly name: string;
  readonly node: string;
  /** Broken for signatures: taken only from a partner that the operator has marked as legacy. */
  readonly weak?: true;
}

const hashes: Readonly<Record<number, HashAlgorithm>> = {
  2: { name: 'SHA-1', node: 'sha1', weak: true },
  3: { name: 'RIPEMD-160', node: 'ripemd160', weak: true },
  8: { name: 'SHA-256', node: 'sha256' },
  9: { name: 'SHA-384', node: 'sha384' },
  10: { name: 'SHA-512', node: 'sha512' },
  11: { name: 'SHA-224', node: 'sha224' },
  12: { name: 'SHA3-256', node: 'sha3-256' },
  14: { name: 'SHA3-512', node: 'sha3-512' },
};

export const SHA512 = 10;
const MD5 = 1;

/**
 * The node:crypto name of a signature's hash algorithm. MD5 is refused from everybody.
 * @throws RohrpostError `pgp-weak`, `pgp-unsupported`
 */
export function hashName(id: number, legacy: boolean): string {
  if (id === MD5) throw new RohrpostError('pgp-weak', { details: { what: 'MD5' } });
  const hash = hashes[id];
  if (hash === undefined) throw new RohrpostError('pgp-unsupported', { details: { what: `hash ${id}` } });
  if (hash.weak && !legacy) throw new RohrpostError('pgp-weak', { details: { what: hash.name } });
  return hash.node;
}

export interface Cipher {
  readonly id: number;
  /** node:crypto name without the mode. */
  readonly node: string;
  readonly key_bytes: number;
  readonly block_bytes: number;
  readonly weak?: true;
}

const ciphers: readonly Cipher[] = [
  { id: 2, node: 'des-ede3', key_bytes: 24, block_bytes: 8, weak: true },
  { id: 7, node: 'aes-128', key_bytes: 16, block_bytes: 16 },
  { id: 8, node: 'aes-192', key_bytes: 24, block_bytes: 16 },
  { id: 9, node: 'aes-256', key_bytes: 32, block_bytes: 16 },
];

export const AES256: Cipher = ciphers[3]!;

/**
 * The symmetric cipher of a message. 64-bit blocks are for legacy partners only.
 * @throws RohrpostError `pgp-weak`, `pgp-unsupported`
 */
export function cipherById(id: number, legacy: boolean): Cipher {
  const cipher = ciphers.find((known) => known.id === id);
  if (cipher === undefined) throw new RohrpostError('pgp-unsupported', { details: { what: `cipher ${id}` } });
  if (cipher.weak && !legacy) throw new RohrpostError('pgp-weak', { details: { what: 'TripleDES' } });
  return cipher;
}

export interface AeadMode {
  readonly id: number;
  readonly node: 'ocb' | 'gcm';
  readonly nonce_bytes: number;
}

export const OCB: AeadMode = { id: 2, node: 'ocb', nonce_bytes: 15 };
export const GCM: AeadMode = { id: 3, node: 'gcm', nonce_bytes: 12 };

/**
 * The authenticated mode of a version 2 encrypted packet. node:crypto has no EAX, and no one has to send it.
 * @throws RohrpostError `pgp-unsupported`
 */
export function aeadById(id: number): AeadMode {
  if (id === OCB.id) return OCB;
  if (id === GCM.id) return GCM;
  throw new RohrpostError('pgp-unsupported', { details: { what: id === 1 ? 'EAX' : `AEAD mode ${id}` } });
}
