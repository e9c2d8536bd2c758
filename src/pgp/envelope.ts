import { RohrpostError } from '../core/errors.ts';
import { openAead } from './aead.ts';
import { type Cipher, cipherById } from './algorithms.ts';
import { ByteReader, drain, readAll } from './bytes.ts';
import { openCfb, openCfbWithoutIntegrity } from './cfb.ts';
import type { OpenLimits } from './content.ts';
import { isIgnorable, type Packet, readPacket, tags } from './packets.ts';
import type { SessionKey } from './session-keys.ts';

// The outside of an encrypted message, RFC 9580 §10.3: session key packets, then one encrypted data packet.

export type Integrity = 'mdc' | 'aead' | 'none';

export interface Head {
  readonly sessionKeys: readonly Buffer[];
  readonly hasPassword: boolean;
  /** The encrypted data packet, its body not yet read. */
  readonly data: Packet;
}

/**
 * Reads up to the encrypted data.
 * @throws RohrpostError `pgp-not-encrypted`, `pgp-malformed`, `pgp-truncated`
 */
export async function readHead(wire: ByteReader, limits: OpenLimits): Promise<Head> {
  const sessionKeys: Buffer[] = [];
  let hasPassword = false;
  for (;;) {
    const packet = await readPacket(wire);
    if (packet === null) throw sessionKeys.length > 0 ? new RohrpostError('pgp-truncated') : notEncrypted();
    if (packet.tag === tags.publicKeySessionKey) {
      if (sessionKeys.length === limits.recipients) throw malformed(`more than ${limits.recipients} recipients`);
      sessionKeys.push(await readAll(packet.body, limits.packet_bytes));
    } else if (packet.tag === tags.passwordSessionKey) {
      hasPassword = true;
      await drain(packet.body);
    } else if (isIgnorable(packet.tag)) {
      await drain(packet.body);
    } else if (sessionKeys.length === 0) {
      throw notEncrypted();
    } else {
      return { sessionKeys, hasPassword, data: packet };
    }
  }
}

export interface Decrypted {
  /** Reading it to its end checks the integrity. */
  readonly plain: ByteReader;
  readonly integrity: Integrity;
  /** Whether the end was reached and the integrity found right. */
  isWhole(): boolean;
}

/**
 * The plaintext of the encrypted data.
 * @throws RohrpostError `pgp-weak`, `pgp-unsupported`, `pgp-malformed`
 */
export async function decrypt(data: Packet, sessionKey: SessionKey, legacy: boolean): Promise<Decrypted> {
  const [plain, integrity] = await openData(data, sessionKey, legacy);
  let isWhole = false;
  async function* toTheEnd(): AsyncGenerator<Buffer> {
    yield* plain;
    isWhole = true;
  }
  return { plain: new ByteReader(toTheEnd()), integrity, isWhole: () => isWhole };
}

async function openData(
  data: Packet,
  sessionKey: SessionKey,
  legacy: boolean,
): Promise<[AsyncGenerator<Buffer>, Integrity]> {
  if (data.tag === tags.gnupgAead) throw new RohrpostError('pgp-unsupported', { details: { what: 'LibrePGP OCB' } });
  if (data.tag === tags.encryptedWithoutIntegrity) {
    if (!legacy) throw new RohrpostError('pgp-weak', { details: { what: 'encryption without integrity protection' } });
    return [openCfbWithoutIntegrity(data.body, cipherOf(sessionKey, legacy), sessionKey.key), 'none'];
  }
  if (data.tag !== tags.encrypted) throw malformed(`packet ${data.tag} after the session keys`);
  const sealed = new ByteReader(data.body);
  const version = await sealed.byte();
  if (version === 1) return [openCfb(sealed.rest(), cipherOf(sessionKey, legacy), sessionKey.key), 'mdc'];
  // A version 2 packet names its cipher itself; a session key that names one too was moved here from another message.
  if (version === 2 && sessionKey.cipherId === null) return [openAead(sealed.rest(), sessionKey.key), 'aead'];
  throw malformed(`encrypted data of version ${version}`);
}

function cipherOf(sessionKey: SessionKey, legacy: boolean): Cipher {
  if (sessionKey.cipherId === null) throw malformed('session key without a cipher');
  return cipherById(sessionKey.cipherId, legacy);
}

function notEncrypted(): RohrpostError {
  return new RohrpostError('pgp-not-encrypted');
}

function malformed(reason: string): RohrpostError {
  return new RohrpostError('pgp-malformed', { details: { reason } });
}
