import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openKeyring } from '../box/keyring.ts';
import { SETTINGS_FILE } from '../config/load.ts';
import { filesNamedBy, secretsNamedBy, withFilesAt } from '../config/named-files.ts';
import { problemText, SettingsError } from '../config/problems.ts';
import { readSettings } from '../config/read.ts';
import type { Settings } from '../config/schema.ts';
import { openSecrets } from '../config/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { type Details, type ErrorCode, errorText, RohrpostError, reasonOf } from '../core/errors.ts';
import { hashFile, writeDurably } from '../core/files.ts';
import { DESK_FILE, openDesk } from '../store/desk.ts';
import type { ArchiveHead } from './archive.ts';
import { WEB_FILES } from './places.ts';
import type { Stage } from './stage.ts';

/** What is wrong with a backup, or will be otherwise than people may think. */
export interface LookFinding {
  readonly code: ErrorCode;
  readonly details: Details;
  /** The backup cannot be restored like this. */
  readonly blocks: boolean;
}

/** What is in a backup, before anything is touched. */
export interface Look {
  readonly id: string;
  readonly head: ArchiveHead;
  readonly partners: number;
  readonly targets: number;
  readonly passwords: number;
  /** Fingerprint of the box's own key; null where it cannot be used. */
  readonly fingerprint: string | null;
  /** The names of those who could log in; null where they cannot be used. */
  readonly accounts: readonly string[] | null;
  /** Whether it holds a certificate of the page. */
  readonly certificate: boolean;
  readonly findings: readonly LookFinding[];
}

/** Looks at everything in a backup that was unpacked, and makes its settings name the files where they will be. */
export async function examineStage(folder: string, stage: Stage, o: { clock: Clock; port?: number }): Promise<Look> {
  const findings: LookFinding[] = [];
  const add = (code: ErrorCode, details: Details = {}, blocks = false) => void findings.push({ code, details, blocks });
  const settings = await settingsOf(stage, add);
  const secrets = await openSecrets(stage.folder, { clock: o.clock, keyFolder: folder });
  const names = await secrets.names();
  const keyring = openKeyring(stage.folder, secrets);
  const own = await keyring.ownKey().catch((error) => void add('backup-key', inWords(error), true));
  if (settings) {
    for (const partner of settings.partners) {
      const { id } = partner;
      await keyring.encryptionKey(partner, o.clock.now()).catch(() => add('backup-partner-key', { partner: id }));
    }
    for (const name of secretsNamedBy(settings)) if (!names.includes(name)) add('backup-secret', { name });
    for (const target of settings.targets) {
      if (target.kind !== 'folder' || existsSync(target.path)) continue;
      add('backup-folder-missing', { file: target.path, target: target.id });
    }
    await placeFiles(folder, stage, settings, add);
    const { port } = settings.web;
    if (o.port !== undefined && o.port !== port) add('backup-port-other', { port });
  }
  return {
    id: stage.id,
    head: stage.head,
    partners: settings?.partners.length ?? 0,
    targets: settings?.targets.length ?? 0,
    passwords: names.length,
    fingerprint: own?.info.fingerprint ?? null,
    accounts: accountsOf(stage, add),
    certificate: WEB_FILES.some((place) => existsSync(join(stage.folder, place))),
    findings,
  };
}

type Add = (code: ErrorCode, details?: Details, blocks?: boolean) => void;

async function settingsOf(stage: Stage, add: Add): Promise<Settings | null> {
  const text = await readFile(join(stage.folder, SETTINGS_FILE), 'utf8').catch(() => null);
  if (text === null) {
    add('backup-no-settings', {}, true);
    return null;
  }
  try {
    return readSettings(text).settings;
  } catch (error) {
    if (error instanceof SettingsError) {
      for (const problem of error.problems.slice(0, 50)) {
        add('backup-setting', { problem: problemText(problem, 'en'), problem_de: problemText(problem, 'de') }, true);
      }
      return null;
    }
    if (!(error instanceof RohrpostError)) throw error;
    add('backup-newer', { program: stage.head.program }, true);
    return null;
  }
}

/** A file that is here under its path with the same content stays where it is; else the one of the backup is used. */
async function placeFiles(folder: string, stage: Stage, settings: Settings, add: Add): Promise<void> {
  const moved = new Map<string, string>();
  for (const file of filesNamedBy(settings)) {
    const here = await hashFile(resolve(folder, file)).catch(() => null);
    const brought = stage.named.get(file);
    if (brought === undefined) {
      if (here === null) add('backup-file-missing', { file });
      continue;
    }
    if (here === (await hashFile(join(stage.folder, brought)))) continue;
    moved.set(file, join(folder, brought));
    add('backup-file-moved', { file });
  }
  if (moved.size === 0) return;
  const path = join(stage.folder, SETTINGS_FILE);
  await writeDurably(path, withFilesAt(await readFile(path, 'utf8'), moved));
}

/** Opened as the box will open it: brought up to date, checked, with somebody who may set it up. */
function accountsOf(stage: Stage, add: Add): string[] | null {
  if (!existsSync(join(stage.folder, DESK_FILE))) return null;
  try {
    const desk = openDesk(stage.folder);
    try {
      const accounts = desk.accounts.all().filter(({ disabled }) => disabled === 0);
      if (accounts.some(({ role }) => role === 'admin')) return accounts.map(({ name }) => name);
      add('backup-accounts', { reason: 'no admin', reason_de: 'kein Administrator' });
    } finally {
      desk.close();
    }
  } catch (error) {
    add('backup-accounts', inWords(error));
  }
  return null;
}

function inWords(error: unknown): Details {
  if (!(error instanceof RohrpostError)) return { reason: reasonOf(error) };
  const { code, details } = error;
  return { reason: errorText(code, 'en', details), reason_de: errorText(code, 'de', details) };
}
