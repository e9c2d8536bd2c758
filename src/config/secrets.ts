import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import { diskError, ifThere, makeFolder, writeDurably } from '../core/files.ts';
import { repeat } from '../core/repeat.ts';
import { withLock } from './lock.ts';

export const SECRETS_FILE = 'secrets.json';
const KEY_FILE = 'master.key';
const LOCK_FILE = 'secrets.lock';
/** The name under which systemd hands the master key over (LoadCredential=, systemd.exec(5)). */
const CREDENTIAL = 'rohrpost-master-key';
const KEY_BYTES = 32;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const REFERENCE = /^secret:(.+)$/;

/** Entries that are the box's own: the passphrase of its key, and second factors. No setting refers to them. */
export const isOwnSecret = (name: string): boolean => name === 'own-key' || isAccountSecret(name);
/** A second factor, which belongs to an account of the page and stays or goes with it. */
export const isAccountSecret = (name: string): boolean => name.startsWith('totp-');

/**
 * Passwords and passphrases, each AES-256-GCM encrypted under the box's master key (the entry's name is authenticated
 * with it, so that entries cannot be swapped). The master key comes from systemd's credentials where they hold it, else
 * from `master.key` beside the store.
 */
export interface Secrets {
  /**
   * The value of a secret, by name or as settings refer to it (`secret:NAME`).
   * @throws `secret-unknown`, `secret-master-key` (another key, or altered), `secret-store-broken`, `disk-error`, `disk-full`
   */
  get(name: string): Promise<string>;
  /** The same, or null where none is stored. @throws `secret-master-key`, `secret-store-broken`, `disk-error`, `disk-full` */
  find(name: string): Promise<string | null>;
  /** @throws `secret-name`, `disk-error`, `config-busy` */
  set(name: string, value: string): Promise<void>;
  /** Many at once. @throws `secret-name`, `disk-error`, `config-busy` */
  setAll(values: ReadonlyMap<string, string>): Promise<void>;
  /** Forgets a secret; one that is not there is fine. */
  delete(name: string): Promise<void>;
  names(): Promise<string[]>;
  /** Calls `listener` after each change of the store, whoever made it; needs `watch_ms`. */
  onChange(listener: () => void): void;
  /** Ends the watching of the store. */
  close(): Promise<void>;
}

interface Entry {
  readonly nonce: string;
  readonly tag: string;
  readonly data: string;
}
type Store = Record<string, Entry>;

/**
 * Opens the secrets of a folder; makes the folder and the master key at first use.
 * @throws `secret-master-key` where the key is missing although there are secrets, or has the wrong length
 */
export async function openSecrets(
  folder: string,
  options: {
    clock?: Clock;
    credentialsFolder?: string | undefined;
    /** Look at the store this often, in ms; 0 (the default): never. */
    watch_ms?: number;
    /** Where the master key lies, if not beside the store. */
    keyFolder?: string;
  } = {},
): Promise<Secrets> {
  const clock = options.clock ?? systemClock();
  const storeFile = join(folder, SECRETS_FILE);
  await makeFolder(folder);
  const locked = <T>(work: () => Promise<T>) => withLock(join(folder, LOCK_FILE), clock, work);
  const credentials = options.credentialsFolder ?? process.env.CREDENTIALS_DIRECTORY;
  const key = await locked(async () => masterKey(options.keyFolder ?? folder, credentials, await readStore(storeFile)));

  async function change(edit: (store: Store) => void): Promise<void> {
    await locked(async () => {
      const store = await readStore(storeFile);
      edit(store);
      await writeDurably(storeFile, `${JSON.stringify({ version: 1, secrets: store }, null, 2)}\n`).catch((error) => {
        throw asRohrpostError(error, 'disk-error');
      });
    });
  }

  async function setAll(values: ReadonlyMap<string, string>): Promise<void> {
    for (const name of values.keys()) if (!NAME.test(name)) throw new RohrpostError('secret-name');
    await change((store) => {
      for (const [name, value] of values) store[name] = encrypt(key, name, value);
    });
  }

  const listeners = new Set<() => void>();
  let seen = await revisionOf(storeFile);
  const look = async () => {
    const found = await revisionOf(storeFile);
    if (found === seen) return;
    seen = found;
    for (const listener of listeners) listener();
  };
  const watching = options.watch_ms ? repeat(look, { clock, pause_ms: options.watch_ms }) : null;

  const find = async (reference: string) => {
    const name = nameOf(reference);
    const store = await readStore(storeFile);
    return Object.hasOwn(store, name) ? decrypt(key, name, store[name]!) : null;
  };

  return {
    onChange: (listener) => void listeners.add(listener),
    close: async () => {
      await watching?.stop();
    },
    find,
    get: async (reference) => {
      const value = await find(reference);
      if (value === null) throw new RohrpostError('secret-unknown', { details: { name: nameOf(reference) } });
      return value;
    },
    set: (name, value) => setAll(new Map([[name, value]])),
    setAll,
    delete: (name) =>
      change((store) => {
        delete store[name];
      }),
    names: async () => Object.keys(await readStore(storeFile)).sort(),
  };
}

const nameOf = (reference: string) => REFERENCE.exec(reference)?.[1] ?? reference;

async function masterKey(folder: string, credentials: string | undefined, store: Store): Promise<Buffer> {
  if (credentials !== undefined) {
    const given = await readKey(join(credentials, CREDENTIAL));
    if (given !== null) return given;
  }
  const own = await readKey(join(folder, KEY_FILE));
  if (own !== null) return own;
  if (Object.keys(store).length > 0) throw new RohrpostError('secret-master-key', { details: { reason: KEY_FILE } });
  const made = randomBytes(KEY_BYTES);
  await writeDurably(join(folder, KEY_FILE), `${made.toString('hex')}\n`);
  return made;
}

async function readKey(path: string): Promise<Buffer | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new RohrpostError('secret-master-key', { cause: error, details: { reason: reasonOf(error) } });
  });
  if (bytes === null || bytes.length === KEY_BYTES) return bytes;
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  throw new RohrpostError('secret-master-key', { details: { reason: `${bytes.length} bytes` } });
}

/** Another one after each save, which puts a new file in the place of the old. */
async function revisionOf(path: string): Promise<string> {
  return stat(path).then(
    ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
    () => 'none',
  );
}

async function readStore(path: string): Promise<Store> {
  const text = await ifThere(readFile(path, 'utf8')).catch((error) => {
    throw diskError(error);
  });
  if (text === null) return {};
  try {
    const content = JSON.parse(text) as { version: number; secrets: Store };
    if (content.version !== 1 || typeof content.secrets !== 'object') throw new Error('unknown format');
    return content.secrets;
  } catch (error) {
    throw storeBroken(error);
  }
}

function storeBroken(cause: unknown): RohrpostError {
  // The parser's words could quote what it read.
  const reason = cause instanceof SyntaxError ? `${SECRETS_FILE} is no JSON` : reasonOf(cause);
  return new RohrpostError('secret-store-broken', { details: { reason } });
}

function encrypt(key: Buffer, name: string, value: string): Entry {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name));
  const data = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return {
    nonce: nonce.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  };
}

function decrypt(key: Buffer, name: string, entry: Entry): string {
  try {
    const options = { authTagLength: 16 };
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(entry.nonce, 'base64'), options);
    decipher.setAAD(Buffer.from(name)).setAuthTag(Buffer.from(entry.tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(entry.data, 'base64')), decipher.final()]).toString('utf8');
  } catch (error) {
    throw new RohrpostError('secret-master-key', { details: { reason: reasonOf(error) } });
  }
}
