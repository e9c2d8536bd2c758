import * as openpgp from 'openpgp';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { ownKeyConfig, strictConfig } from './policy.ts';
import { describeKey, inspectParts, type KeyInfo, type KeyPart, type KeyUse, usablePart } from './usability.ts';

export type { KeyInfo } from './usability.ts';

/** Somebody's public key, read and inspected. Other folders look at `info` only. */
export class PublicKey {
  readonly info: KeyInfo;
  readonly armored: string;
  readonly parts: readonly [KeyPart, ...KeyPart[]];
  readonly packets: openpgp.Key;

  constructor(packets: openpgp.Key, parts: readonly [KeyPart, ...KeyPart[]]) {
    this.packets = packets;
    this.parts = parts;
    this.info = describeKey(packets, parts);
    this.armored = packets.armor(strictConfig);
  }
}

/** The box's own key with its private part unlocked. Other folders look at `info` and `publicKey` only. */
export class OwnKey {
  readonly publicKey: PublicKey;
  readonly packets: openpgp.PrivateKey;

  constructor(packets: openpgp.PrivateKey, parts: readonly [KeyPart, ...KeyPart[]]) {
    this.packets = packets;
    this.publicKey = new PublicKey(packets.toPublic(), parts);
  }

  get info(): KeyInfo {
    return this.publicKey.info;
  }
}

/** Makes the box's own key: version 4, signing primary key and encryption subkey, locked with the passphrase. */
export async function generateKey(o: {
  readonly name: string;
  readonly email: string;
  readonly algorithm?: 'curve25519' | 'rsa3072';
  readonly passphrase: string;
  readonly nowMs: number;
}): Promise<{ privateArmored: string; publicArmored: string; fingerprint: string }> {
  const kind =
    o.algorithm === 'rsa3072'
      ? { type: 'rsa' as const, rsaBits: 3072 }
      : { type: 'ecc' as const, curve: 'curve25519Legacy' as const };
  const pair = await openpgp.generateKey({
    ...kind,
    userIDs: { name: o.name, email: o.email },
    passphrase: o.passphrase,
    date: new Date(o.nowMs),
    format: 'object',
    config: ownKeyConfig,
  });
  return {
    privateArmored: pair.privateKey.armor(strictConfig),
    publicArmored: pair.publicKey.armor(strictConfig),
    fingerprint: pair.publicKey.getFingerprint().toUpperCase(),
  };
}

/**
 * Reads exactly one armored public key.
 * @throws RohrpostError `pgp-key-malformed`, `pgp-key-several`, `pgp-key-is-private` (nothing of it is kept or repeated)
 */
export async function readPublicKey(armored: string): Promise<PublicKey> {
  if (armored.includes('PRIVATE KEY BLOCK')) throw new RohrpostError('pgp-key-is-private');
  const key = await readOneKey(armored);
  if (key.isPrivate()) throw new RohrpostError('pgp-key-is-private');
  return new PublicKey(key, await inspectParts(key));
}

/**
 * Reads every public key of a file, an answer of a server or a text: armored, one or more blocks, or binary.
 * @throws RohrpostError `pgp-key-malformed`, `pgp-key-several` (more than `pgpLimits.keys`), `pgp-key-is-private`
 */
export async function readPublicKeys(data: Uint8Array): Promise<PublicKey[]> {
  // The first bit of a binary key is set (RFC 9580 §4.2), that of a text never.
  const isBinary = ((data[0] ?? 0) & 0x80) !== 0;
  const blocks = isBinary ? [data] : armoredBlocks(Buffer.from(data).toString('utf8'));
  const keys = (await Promise.all(blocks.map(readKeys))).flat();
  if (keys.length > pgpLimits.keys) throw new RohrpostError('pgp-key-several');
  if (keys.some((key) => key.isPrivate())) throw new RohrpostError('pgp-key-is-private');
  return Promise.all(keys.map(async (key) => new PublicKey(key, await inspectParts(key))));
}

function armoredBlocks(text: string): string[] {
  if (text.includes('PRIVATE KEY BLOCK')) throw new RohrpostError('pgp-key-is-private');
  const blocks = text.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g) ?? [];
  if (blocks.length > pgpLimits.keys) throw new RohrpostError('pgp-key-several');
  return blocks.length > 0 ? blocks : [text];
}

async function readKeys(data: string | Uint8Array): Promise<openpgp.Key[]> {
  if (data.length > pgpLimits.key_characters) throw malformed(`longer than ${pgpLimits.key_characters} characters`);
  const config = strictConfig;
  const reading =
    typeof data === 'string'
      ? openpgp.readKeys({ armoredKeys: data, config })
      : openpgp.readKeys({ binaryKeys: data, config });
  const keys = await reading.catch((cause) => {
    throw malformed(reasonOf(cause), cause);
  });
  if (keys.length === 0) throw malformed('no key in it');
  return keys;
}

/**
 * Reads the box's own key and unlocks it.
 * @throws RohrpostError `pgp-passphrase-wrong`, `pgp-key-malformed`, `pgp-key-several`
 */
export async function unlockOwnKey(privateArmored: string, passphrase: string): Promise<OwnKey> {
  const key = await readOneKey(privateArmored);
  if (!key.isPrivate()) throw malformed('no private key');
  // A later version could sign, but half of the partners' programs could not verify.
  if (key.keyPacket.version !== 4) throw malformed(`key version ${key.keyPacket.version}, expected 4`);
  const unlocked = await unlock(key, passphrase);
  return new OwnKey(unlocked, await inspectParts(unlocked));
}

/**
 * The private key locked with another passphrase: for its way out of and into the box.
 * @throws RohrpostError `pgp-passphrase-wrong`, `pgp-key-malformed`, `pgp-key-several`
 */
export async function changePassphrase(
  privateArmored: string,
  passphrase: string,
  newPassphrase: string,
): Promise<string> {
  const { packets } = await unlockOwnKey(privateArmored, passphrase);
  const locked = await openpgp.encryptKey({ privateKey: packets, passphrase: newPassphrase, config: ownKeyConfig });
  return locked.armor(strictConfig);
}

/**
 * Says whether a key may be used at `nowMs`; `legacy` is the partner's switch for old, weak keys.
 * @throws RohrpostError `pgp-key-revoked`, `pgp-key-expired`, `pgp-key-weak`, `pgp-key-unusable`
 */
export function checkUsable(key: PublicKey, use: KeyUse, nowMs: number, legacy: boolean): void {
  usablePart(key, use, nowMs, legacy);
}

async function readOneKey(armored: string): Promise<openpgp.Key> {
  if (armored.split('-----BEGIN PGP').length > 2) throw new RohrpostError('pgp-key-several');
  const keys = await readKeys(armored);
  if (keys.length > 1) throw new RohrpostError('pgp-key-several');
  return keys[0] as openpgp.Key;
}

async function unlock(key: openpgp.PrivateKey, passphrase: string): Promise<openpgp.PrivateKey> {
  const isOpen = key.getKeys().every((part) => part.keyPacket.isDecrypted());
  if (isOpen) return key;
  return openpgp.decryptKey({ privateKey: key, passphrase, config: strictConfig }).catch((cause) => {
    throw new RohrpostError('pgp-passphrase-wrong', { cause });
  });
}

function malformed(reason: string, cause?: unknown): RohrpostError {
  return new RohrpostError('pgp-key-malformed', { cause, details: { reason } });
}
