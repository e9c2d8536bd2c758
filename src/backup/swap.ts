import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LAST_GOOD_FILE, SETTINGS_FILE } from '../config/load.ts';
import { isAccountSecret, openSecrets, SECRETS_FILE } from '../config/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { ifThere, makeFolder, removeFile, syncFolder, writeDurably } from '../core/files.ts';
import { DESK_FILE, type Desk } from '../store/desk.ts';
import type { Look } from './examine.ts';
import { ASIDE_FOLDER, RESTORED_FOLDER, WORK_FOLDER } from './places.ts';
import { LOOK_FILE, stageFolder } from './stage.ts';

/**
 * A restore changes many files, and a crash must leave all of the old or all of the new. So what comes lies ready, whole and
 * flushed; then a journal is written, which is the moment at which the restore counts; and at the next start, before anything of
 * the data is opened, `finishRestore` carries out what the journal says, as often as it takes.
 *
 *   nothing yet ──(journal written)──▶ decided ──(each unit: old aside, new in)──▶ moved ──(journal gone)──▶ done
 *      crash: the old box                 crash: finished at the next start: the new box
 */
interface Journal {
  readonly id: string;
  /** Files and folders of the data folder that are replaced, and whether there is something in their place. */
  readonly units: readonly { readonly name: string; readonly comes: boolean }[];
  readonly restored: Restored;
}

/** What was restored, for the audit. */
export interface Restored {
  readonly by: string;
  readonly site: string;
  readonly host: string;
  readonly made_ms: number;
  readonly accounts: boolean;
}

export interface RestoreChoice {
  /** Accounts and audit of the backup; else those of this box stay. */
  readonly accounts: boolean;
  /** The page's certificate of the backup; else the one of this box stays. */
  readonly certificate: boolean;
}

const JOURNAL = 'journal.json';
const journalPath = (folder: string) => join(folder, WORK_FOLDER, JOURNAL);

/**
 * Decides for what was looked at. Nothing is replaced before the next start.
 * @throws RohrpostError backup-gone, backup-refused, disk-error
 */
export async function commitRestore(
  folder: string,
  id: string,
  o: RestoreChoice & { by: string; clock: Clock },
): Promise<void> {
  const root = stageFolder(folder, id);
  const look = await readLook(root);
  refuseBlocked(look, o);
  const staged = join(root, 'new');
  if (!o.accounts) await keepPasswords(folder, staged, o.clock);
  const names = [
    ...[SETTINGS_FILE, LAST_GOOD_FILE, SECRETS_FILE, 'keys', join(RESTORED_FOLDER, id)],
    ...(o.accounts ? [DESK_FILE, `${DESK_FILE}-wal`, `${DESK_FILE}-shm`] : []),
    ...(o.certificate && look.certificate ? ['web'] : []),
  ];
  const units = names.map((name) => ({ name, comes: existsSync(join(staged, name)) }));
  const { site, host, made_ms } = look.head;
  await syncAll(staged);
  const journal: Journal = { id, units, restored: { by: o.by, site, host, made_ms, accounts: o.accounts } };
  await writeDurably(journalPath(folder), JSON.stringify(journal));
}

/**
 * Carries out a restore that was decided, and clears away what was uploaded and not used. To be called with the data folder
 * locked, before anything in it is opened.
 * @returns what was restored; null where nothing was to be done
 * @throws what the file system gives
 */
export async function finishRestore(folder: string): Promise<Restored | null> {
  const text = await ifThere(readFile(journalPath(folder), 'utf8'));
  if (text === null) {
    await rm(join(folder, WORK_FOLDER), { recursive: true, force: true });
    return null;
  }
  const { id, units, restored } = JSON.parse(text) as Journal;
  const from = join(stageFolder(folder, id), 'new');
  const aside = join(stageFolder(folder, id), 'old');
  for (const { name, comes } of units) {
    const [old, next] = [join(folder, name), join(from, name)];
    // What should have come and is not there any more has come already, before a crash.
    if (comes && !existsSync(next)) continue;
    if (existsSync(old)) await move(old, join(aside, name));
    if (comes) await move(next, old);
  }
  if (existsSync(aside)) {
    await rm(join(folder, ASIDE_FOLDER), { recursive: true, force: true });
    await move(aside, join(folder, ASIDE_FOLDER));
  }
  await removeFile(journalPath(folder));
  await syncFolder(join(folder, WORK_FOLDER));
  await rm(join(folder, WORK_FOLDER), { recursive: true, force: true });
  return restored;
}

/** Writes a restore that was carried out into the audit, whosever that is now. */
export function auditRestore(desk: Desk, { by, site, ...details }: Restored, now_ms: number): void {
  desk.audit.add({ by, act: 'restore', subject: site, details, now_ms });
}

async function move(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncFolder(dirname(to));
  await syncFolder(dirname(from));
}

async function readLook(root: string): Promise<Look> {
  const text = await ifThere(readFile(join(root, LOOK_FILE), 'utf8'));
  if (text === null) throw new RohrpostError('backup-gone');
  return JSON.parse(text) as Look;
}

function refuseBlocked(look: Look, choice: RestoreChoice): void {
  const problems = look.findings.filter(({ blocks }) => blocks).map(({ code }) => code);
  if (choice.accounts && look.accounts === null) problems.push('backup-accounts');
  if (problems.length === 0) return;
  throw new RohrpostError('backup-refused', { details: { problems: problems.join(', ') } });
}

/** The accounts of this box stay, and with them the second factors that are theirs, whatever theirs were in the backup. */
async function keepPasswords(folder: string, staged: string, clock: Clock): Promise<void> {
  const here = await openSecrets(folder, { clock });
  const coming = await openSecrets(staged, { clock, keyFolder: folder });
  const known = new Set(await coming.names());
  const kept = new Map<string, string>();
  for (const name of await here.names()) {
    if (!known.has(name) || isAccountSecret(name)) kept.set(name, await here.get(name));
  }
  await coming.setAll(kept);
}

/** Makes the entries of a folder and of all below it durable. */
async function syncAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await syncAll(join(folder, entry.name));
  }
  await syncFolder(folder);
}
