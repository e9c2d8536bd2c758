import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A new random identifier: 20 characters of Crockford's base32 (100 bits), safe in file names, header fields
 * (wire format: `a-z A-Z 0-9 _ - . ,`), URLs and Message-IDs.
 */
export function newId(): string {
  let id = '';
  for (const byte of randomBytes(20)) id += ALPHABET[byte & 31];
  return id;
}

/** Lower-case hex SHA-256 of a short text or buffer. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
