import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Partner } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { diskError, ifThere, isDiskError, isOfDisk, makeFolder, removeFile, writeDurably } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import {
  changePassphrase,
  generateKey,
  type OwnKey,
  type PublicKey,
  readPublicKey,
  unlockOwnKey,
} from '../pgp/keys.ts';
import { usablePart } from '../pgp/usability.ts';
import type { Correspondent } from '../workers/open.ts';

/**
 * The keys of the box: its own pair, the private half encrypted at rest under a passphrase that lies among the secrets, and
 * the partners' public keys by fingerprint. Which fingerprint counts for whom, the settings say: a key file alone gives no
 * trust.
 */
export interface Keyring {
  /** Makes the box's own key if it never had one. One that was lost is not made good by another: partners know the old one (F28). */
  ensureOwnKey(o: { name: string; email: string; algorithm?: 'curve25519' | 'rsa3072'; nowMs: number }): Promise<void>;
  /** @throws RohrpostError own-key-missing */
  ownKey(): Promise<OwnKey>;
  /** The own key as a worker thread needs it. @throws RohrpostError own-key-missing */
  ownArmored(): Promise<{ armored: string; passphrase: string }>;
  /** Our public key, armored, to be given to partners. @throws RohrpostError own-key-missing */
  ownPublic(): Promise<string>;
  /** The private key under a passphrase of the operator's choice. */
  exportPrivate(passphrase: string): Promise<string>;
  /** Takes a private key in; the passphrase is the one it is locked with. @throws RohrpostError pgp-… */
  importPrivate(armored: string, passphrase: string): Promise<string>;
  /** Takes a partner's public key in and tells its fingerprint; the settings must name it before it counts. */
  importPublic(armored: string): Promise<PublicKey>;
  /** The key to encrypt to: the first pinned one that is there and usable. @throws RohrpostError partner-key-missing, pgp-key-… */
  encryptionKey(partner: Partner, nowMs: number): Promise<PublicKey>;
  /** All pinned keys of partners that are there. */
  correspondents(partners: readonly Partner[]): Promise<Correspondent[]>;
}

const PASSPHRASE = 'own-key';

export function openKeyring(folder: string, secrets: Secrets): Keyring {
  const privatePath = join(folder, 'keys', 'own.private.asc');
  const publicPath = join(folder, 'keys', 'own.public.asc');
  const partnerFolder = join(folder, 'keys', 'partners');
  /** Unlocking costs a deliberate second of key stretching; the file's text tells when to do it again. */
  let unlocked: { armored: string; key: OwnKey } | undefined;
  const read = new Map<string, { armored: string; key: PublicKey }>();

  const ownArmored = async () => {
    try {
      return { armored: await readFile(privatePath, 'utf8'), passphrase: await secrets.get(PASSPHRASE) };
    } catch (error) {
      throw notRead(error);
    }
  };

  const keep = async (privateArmored: string, publicArmored: string) => {
    await makeFolder(partnerFolder);
    // In this order: a public key alone says that its private one was lost, a private one alone is brought to its end.
    await removeFile(publicPath);
    await writeDurably(privatePath, privateArmored);
    await writeDurably(publicPath, publicArmored, 0o644);
  };

  const partnerKey = async (fingerprint: string): Promise<PublicKey | null> => {
    const armored = await ifThere(readFile(join(partnerFolder, `${fingerprint}.asc`), 'utf8')).catch(diskFailed);
    if (armored === null) return null;
    const known = read.get(fingerprint);
    if (known?.armored === armored) return known.key;
    const key = await readPublicKey(armored);
    // The file's name is a promise of nothing; the key itself must have the pinned fingerprint.
    if (key.info.fingerprint !== fingerprint) return null;
    read.set(fingerprint, { armored, key });
    return key;
  };

  return {
    ensureOwnKey: async (o) => {
      if (existsSync(publicPath)) return;
      if (existsSync(privatePath)) {
        // The first start was cut short between the two.
        const { armored, passphrase } = await ownArmored();
        const { publicKey } = await unlockOwnKey(armored, passphrase);
        await writeDurably(publicPath, publicKey.armored, 0o644);
        return;
      }
      const passphrase = newId() + newId();
      const made = await generateKey({ ...o, passphrase });
      await secrets.set(PASSPHRASE, passphrase);
      await keep(made.privateArmored, made.publicArmored);
    },
    ownArmored,
    ownKey: async () => {
      const { armored, passphrase } = await ownArmored();
      if (unlocked?.armored !== armored) unlocked = { armored, key: await unlockOwnKey(armored, passphrase) };
      return unlocked.key;
    },
    ownPublic: () =>
      readFile(publicPath, 'utf8').catch((error) => {
        throw notRead(error);
      }),
    exportPrivate: async (passphrase) => {
      const own = await ownArmored();
      return changePassphrase(own.armored, own.passphrase, passphrase);
    },
    importPrivate: async (armored, given) => {
      const key = await unlockOwnKey(armored, given);
      // The passphrase stays: with another one the old key were locked for ever if the power went before the new one is there.
      const stored = await secrets.find(PASSPHRASE);
      const passphrase = stored ?? newId() + newId();
      const locked = await changePassphrase(armored, given, passphrase);
      if (stored === null) await secrets.set(PASSPHRASE, passphrase);
      await keep(locked, key.publicKey.armored);
      return key.publicKey.info.fingerprint;
    },
    importPublic: async (armored) => {
      const key = await readPublicKey(armored);
      await makeFolder(partnerFolder);
      await writeDurably(join(partnerFolder, `${key.info.fingerprint}.asc`), key.armored, 0o644);
      return key;
    },
    encryptionKey: async (partner, nowMs) => {
      let reason = new RohrpostError('partner-key-missing', { details: { partner: partner.id } });
      for (const fingerprint of partner.fingerprints) {
        const key = await partnerKey(fingerprint);
        if (!key) continue;
        try {
          usablePart(key, 'encrypt', nowMs, partner.legacy_crypto);
          return key;
        } catch (error) {
          reason = asRohrpostError(error, 'partner-key-missing', { partner: partner.id });
        }
      }
      throw reason;
    },
    correspondents: async (partners) => {
      const there = new Set(await ifThere(readdir(partnerFolder)).catch(diskFailed));
      return Promise.all(
        partners.map(async (partner) => {
          const pinned = partner.fingerprints.filter((fingerprint) => there.has(`${fingerprint}.asc`));
          const keys = await Promise.all(pinned.map(partnerKey));
          return {
            id: partner.id,
            address: partner.address,
            keys: keys.flatMap((key) => (key ? [key.armored] : [])),
            legacy: partner.legacy_crypto,
            acceptUnsigned: partner.receipts.accept_unsigned,
          };
        }),
      );
    },
  };
}

/** A key that the disk does not give is not one that is missing: nobody is refused for that. */
function diskFailed(thrown: unknown): never {
  throw diskError(thrown);
}

/** Why our own key could not be read: it is not there for us, or it is and the disk fails. */
function notRead(thrown: unknown): RohrpostError {
  if (thrown instanceof RohrpostError && isDiskError(thrown)) return thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  if (isOfDisk(thrown) && !['ENOENT', 'EACCES', 'EPERM'].includes(code ?? '')) return diskError(thrown);
  return new RohrpostError('own-key-missing', { cause: thrown });
}
