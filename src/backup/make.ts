import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { LAST_GOOD_FILE, SETTINGS_FILE } from '../config/load.ts';
import { filesNamedBy } from '../config/named-files.ts';
import { readSettings } from '../config/read.ts';
import type { Settings } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { ifThere, makeFolder } from '../core/files.ts';
import { backupLimits } from '../core/limits.ts';
import { version } from '../core/version.ts';
import { sealWithPassphrase } from '../pgp/passphrase.ts';
import { DESK_FILE, type Desk } from '../store/desk.ts';
import { type ArchiveEntry, writeArchive } from './archive.ts';
import { FILES_FOLDER, KEY_FILES, PARTNER_KEYS, WEB_FILES, WORK_FOLDER } from './places.ts';

/**
 * One file with everything that a box cannot get back by itself: settings, passwords, keys, accounts and audit, the certificates
 * that the settings name. Not in it: studies, mails, and the ledger of what was sent and received.
 * @throws RohrpostError backup-passphrase-short, config-missing, secret-…, disk-error
 */
export async function makeBackup(
  folder: string,
  o: { passphrase: string; secrets: Secrets; desk: Desk; clock: Clock },
): Promise<AsyncGenerator<Buffer>> {
  expectPassphrase(o.passphrase);
  // Whatever cannot be read is found before the first byte goes out.
  const { text, settings } = await settingsInUse(folder);
  const passwords = await Promise.all(
    (await o.secrets.names()).map(async (name) => ({ secret: name, value: await o.secrets.get(name) })),
  );
  const head = {
    program: version,
    made_ms: o.clock.now(),
    site: settings.site.name,
    address: settings.mail.address,
    host: hostname(),
  };
  return sealWithPassphrase(writeArchive(head, entries()), o.passphrase);

  async function* entries(): AsyncGenerator<ArchiveEntry> {
    yield { place: SETTINGS_FILE, source: Buffer.from(text) };
    yield* passwords;
    for (const place of [...KEY_FILES, ...(await partnerKeys(folder)), ...WEB_FILES]) {
      const path = join(folder, place);
      if (existsSync(path)) yield { place, source: path };
    }
    yield* namedFiles(folder, settings);
    yield* deskCopy(folder, o.desk);
  }
}

/** @throws RohrpostError backup-passphrase-short */
export function expectPassphrase(passphrase: string): void {
  const minimum = backupLimits.passphrase_characters;
  if ([...passphrase].length < minimum) throw new RohrpostError('backup-passphrase-short', { details: { minimum } });
}

/** The settings file, or, where it cannot be used, the last version that could: as the box itself has it. */
async function settingsInUse(folder: string): Promise<{ text: string; settings: Settings }> {
  let reason: unknown = new RohrpostError('config-missing');
  for (const name of [SETTINGS_FILE, LAST_GOOD_FILE]) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => null);
    if (text === null) continue;
    try {
      return { text, settings: readSettings(text).settings };
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

async function partnerKeys(folder: string): Promise<string[]> {
  const names = await ifThere(readdir(join(folder, PARTNER_KEYS)));
  return (names ?? []).filter((name) => /^[0-9A-F]{40}\.asc$/.test(name)).map((name) => join(PARTNER_KEYS, name));
}

/** Keys and certificates that the settings name, from wherever they are; what is missing here is told at the restoring. */
async function* namedFiles(folder: string, settings: Settings): AsyncGenerator<ArchiveEntry> {
  for (const [index, named] of filesNamedBy(settings).entries()) {
    const path = resolve(folder, named);
    const found = await ifThere(stat(path));
    if (!found?.isFile() || found.size > backupLimits.small_file_bytes) continue;
    const bytes = await ifThere(readFile(path));
    if (bytes === null) continue;
    const name = basename(named)
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .slice(-60);
    yield { place: join(FILES_FOLDER, `${index + 1}-${name}`), source: bytes, named };
  }
}

async function* deskCopy(folder: string, desk: Desk): AsyncGenerator<ArchiveEntry> {
  await makeFolder(join(folder, WORK_FOLDER));
  const temporary = await mkdtemp(join(folder, WORK_FOLDER, 'copy-'));
  try {
    const path = join(temporary, DESK_FILE);
    await desk.copyTo(path);
    yield { place: DESK_FILE, source: path };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
