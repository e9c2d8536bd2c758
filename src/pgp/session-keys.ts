import * as openpgp from 'openpgp';
import { RohrpostError } from '../core/errors.ts';
import type { AeadMode } from './algorithms.ts';
import type { OwnKey, PublicKey } from './keys.ts';
import { packet, tags } from './packets.ts';
import { ANY_TIME, legacyConfig } from './policy.ts';

// Public-key encrypted session key packets, RFC 9580 §5.1.

/** The key id by which a packet hides for whom it is. */
const HIDDEN_RECIPIENT = '0'.repeat(16);

export interface SessionKey {
  readonly key: Buffer;
  /** Cipher id, or null where the encrypted data itself names it (version 2). */
  readonly cipherId: number | null;
}

/** The packet that holds an AES-256 session key for one part of a public key: version 6 for authenticated data, else 3. */
export async function sealSessionKey(
  sessionKey: Buffer,
  to: PublicKey,
  keyId: string,
  mode: AeadMode | null,
): Promise<Buffer> {
  const bytes = await openpgp.encryptSessionKey({
    data: sessionKey,
    algorithm: 'aes256',
    ...(mode === null ? {} : { aeadAlgorithm: mode.node }),
    encryptionKeys: to.packets as openpgp.PublicKey,
    encryptionKeyIDs: to.packets.getKeyIDs().filter((id) => id.toHex().toUpperCase() === keyId),
    date: ANY_TIME,
    format: 'binary',
    config: legacyConfig,
  });
  return Buffer.from(bytes);
}

/**
 * The session key from the packets (bodies) before the encrypted data.
 * @throws RohrpostError `pgp-not-for-us`; `pgp-integrity-failed` where one names our key and cannot be decrypted
 */
export async function openSessionKey(packets: readonly Buffer[], own: readonly OwnKey[]): Promise<SessionKey> {
  const ourIds = own.flatMap((key) => key.info.keyIds);
  const ids = packets.map(recipientKeyId);
  const ours = packets.filter((_, i) => ids[i] === HIDDEN_RECIPIENT || ourIds.includes(ids[i]!));
  const notForUs = new RohrpostError('pgp-not-for-us', { details: { key_ids: ids.join(', ') } });
  if (ours.length === 0) throw notForUs;
  try {
    const message = await openpgp.readMessage({
      binaryMessage: Buffer.concat(ours.map((body) => packet(tags.publicKeySessionKey, body))),
      config: legacyConfig,
    });
    const decryptionKeys = own.map((key) => key.packets);
    const [found] = await openpgp.decryptSessionKeys({ message, decryptionKeys, config: legacyConfig });
    const { data, algorithm } = found!;
    return { key: Buffer.from(data), cipherId: algorithm === null ? null : openpgp.enums.symmetric[algorithm] };
  } catch (cause) {
    // Padding, checksum or parameters: all the same to a stranger, who must not learn which.
    if (ids.some((id) => ourIds.includes(id))) throw new RohrpostError('pgp-integrity-failed', { cause });
    throw notForUs;
  }
}

/** For whom a session key packet (its body) is: upper-case hex key id, zeros where hidden. RFC 9580 §5.1.1 and §5.1.2. */
export function recipientKeyId(body: Buffer): string {
  const version = body[0];
  if (version === 3 && body.length > 9) return hex(body.subarray(1, 9));
  if (version === 6 && body.length > 2) {
    const length = body[1]!;
    if (length === 0) return HIDDEN_RECIPIENT;
    const fingerprint = body.subarray(3, 2 + length);
    return hex(body[2] === 4 ? fingerprint.subarray(-8) : fingerprint.subarray(0, 8));
  }
  throw new RohrpostError('pgp-malformed', { details: { reason: 'session key packet' } });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
