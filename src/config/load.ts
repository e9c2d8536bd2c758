import { copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import { asRohrpostError, errorText, RohrpostError, reasonOf } from '../core/errors.ts';
import { ifThere, writeDurably } from '../core/files.ts';
import { sha256 } from '../core/ids.ts';
import { configLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import type { Migration } from './migrations.ts';
import { type Problem, problemsText, SettingsError } from './problems.ts';
import { type ReadSettings, readSettings } from './read.ts';
import { SETTINGS_VERSION, type Settings } from './schema.ts';

export const SETTINGS_FILE = 'settings.yaml';
export const LAST_GOOD_FILE = 'settings.last-good.yaml';
/** A file that was replaced while it could not be used: someone's half-done work. */
const BROKEN_FILE = 'settings.broken.yaml';
const migratedFile = (version: number) => `settings.v${version}.yaml`;

/** What a data folder says: its settings file, or, where that cannot be used, the last version that could. */
export interface Loaded {
  readonly settings: Settings;
  readonly document: Document;
  /** Of the file as it is on disk, usable or not. */
  readonly revision: string;
  readonly problems: readonly Problem[];
  /** `config-last-good-used`, or null where the file itself is in use. */
  readonly alarm: RohrpostError | null;
}

/**
 * Reads the settings of a folder, brings an older format up to date (a copy stays), and keeps a copy of what was valid.
 * @throws `config-missing`, `config-invalid`, `config-newer`, `config-unreadable` where no earlier valid version is there
 */
export async function load(folder: string, steps: readonly Migration[], log: Log): Promise<Loaded> {
  let text: string | null = null;
  try {
    text = await readText(join(folder, SETTINGS_FILE));
    if (text === null) throw new RohrpostError('config-missing');
    const read = readSettings(text, steps);
    const inUse = read.migratedFrom === null ? text : await storeMigrated(folder, text, read, log);
    await keepLastGood(folder, inUse, log);
    return { ...read, revision: revisionOf(inUse), problems: [], alarm: null };
  } catch (thrown) {
    const error = asRohrpostError(thrown, 'config-unreadable');
    const lastGood = await readLastGood(folder, steps);
    if (lastGood === null) throw error;
    return {
      ...lastGood,
      revision: revisionOf(text),
      problems: error instanceof SettingsError ? error.problems : [],
      alarm: lastGoodUsed(error),
    };
  }
}

/** The revision of the settings file on disk, usable or not. */
export async function revisionOnDisk(folder: string): Promise<string> {
  return revisionOf(await readText(join(folder, SETTINGS_FILE)).catch(() => null));
}

/** SHA-256 of a file's text; `none` for one that is missing or cannot be read. */
function revisionOf(text: string | null): string {
  return text === null ? 'none' : sha256(text);
}

/**
 * Writes a document as the settings file, having made sure that it says exactly `settings`.
 * @throws `disk-error`
 */
export async function writeSettings(folder: string, document: Document, settings: Settings): Promise<void> {
  const text = document.toString({ lineWidth: 0 });
  if (!isDeepStrictEqual(readSettings(text).settings, settings))
    throw new Error('the file would not say these settings');
  try {
    await writeDurably(join(folder, SETTINGS_FILE), text);
  } catch (error) {
    throw asRohrpostError(error, 'disk-error');
  }
}

/** Puts a file that cannot be used aside before it is replaced. */
export async function keepBroken(folder: string): Promise<void> {
  await ifThere(copyFile(join(folder, SETTINGS_FILE), join(folder, BROKEN_FILE)));
}

async function storeMigrated(folder: string, old: string, read: ReadSettings, log: Log): Promise<string> {
  const migrated = read.document.toString({ lineWidth: 0 });
  await writeDurably(join(folder, migratedFile(read.migratedFrom!)), old);
  await writeDurably(join(folder, SETTINGS_FILE), migrated);
  log.info('settings brought up to date', { from: read.migratedFrom, to: SETTINGS_VERSION });
  return migrated;
}

/** The box works without this copy; it is missed only when the file breaks. */
async function keepLastGood(folder: string, text: string, log: Log): Promise<void> {
  const path = join(folder, LAST_GOOD_FILE);
  try {
    if ((await readText(path)) !== text) await writeDurably(path, text);
  } catch (error) {
    log.warn('no copy of the valid settings could be kept', { reason: reasonOf(error) });
  }
}

/** The last valid version; after a downgrade, the copy that was made before the newer program changed the format. */
async function readLastGood(folder: string, steps: readonly Migration[]): Promise<ReadSettings | null> {
  for (const name of [LAST_GOOD_FILE, migratedFile(SETTINGS_VERSION)]) {
    const text = await readText(join(folder, name)).catch(() => null);
    if (text === null) continue;
    try {
      return readSettings(text, steps);
    } catch {
      // Not usable either: look at the next.
    }
  }
  return null;
}

function lastGoodUsed(error: RohrpostError): RohrpostError {
  const problems = error instanceof SettingsError ? error.problems : null;
  const words = (language: 'de' | 'en') =>
    problems ? problemsText(problems, language) : errorText(error.code, language, error.details);
  const details = { problems: words('en'), problems_de: words('de') };
  return new RohrpostError('config-last-good-used', { cause: error, details });
}

async function readText(path: string): Promise<string | null> {
  const size_bytes = (await ifThere(stat(path)))?.size ?? null;
  if (size_bytes === null) return null;
  if (size_bytes <= configLimits.file_bytes) return ifThere(readFile(path, 'utf8'));
  throw new RohrpostError('config-unreadable', { details: { reason: `${size_bytes} bytes long` } });
}
