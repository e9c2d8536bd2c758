import { existsSync, statSync } from 'node:fs';
import type { Keyring } from '../box/keyring.ts';
import type { Settings } from '../config/schema.ts';
import { openSecrets, type Secrets } from '../config/secrets.ts';
import { type OpenSettings, openSettings } from '../config/settings.ts';
import { errorText } from '../core/errors.ts';
import { silentLog } from '../core/log.ts';
import { moves } from '../line/states.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Console } from './console.ts';

/** What a command opens of a data folder, beside a running box or without one. */
export interface Data {
  settings: OpenSettings;
  store: Store;
}

/**
 * Runs `work` with the settings of the box. A settings file that cannot be used is told beside the output.
 * @throws RohrpostError config-…
 */
export async function withSettings<T>(c: Console, work: (settings: OpenSettings) => Promise<T> | T): Promise<T> {
  becomeOwner(c.folder);
  const settings = await openSettings(c.folder, { log: silentLog, clock: c.clock });
  try {
    const alarm = settings.alarm();
    if (alarm) c.aside(errorText(alarm.code, c.language, alarm.details));
    return await work(settings);
  } finally {
    await settings.close();
  }
}

/** Runs `work` with settings and database. @throws RohrpostError config-…, store-… */
export function withStore<T>(c: Console, work: (data: Data) => Promise<T> | T): Promise<T> {
  return withSettings(c, async (settings) => {
    const store = openStore(c.folder, moves, 'visitor');
    try {
      return await work({ settings, store });
    } finally {
      store.close();
    }
  });
}

/** The secrets and keys of the box. @throws RohrpostError secret-… */
export async function openKeys(c: Console): Promise<{ secrets: Secrets; keyring: Keyring }> {
  // Loaded when needed: OpenPGP is a third of the start-up time of a command.
  const { openKeyring } = await import('../box/keyring.ts');
  const secrets = await openSecrets(c.folder, { clock: c.clock });
  return { secrets, keyring: openKeyring(c.folder, secrets) };
}

/** The settings as they are now. @throws RohrpostError config-… */
export async function readOnce(c: Console): Promise<Settings> {
  const settings = await openSettings(c.folder, { log: silentLog, clock: c.clock });
  await settings.close();
  return settings.current();
}

/**
 * Changes the settings. A broken settings file is not written over: whoever broke it wants to mend it.
 * @throws RohrpostError config-…
 */
export async function change(settings: OpenSettings, edit: (draft: Settings) => void): Promise<void> {
  const alarm = settings.alarm();
  if (alarm) throw alarm;
  await settings.save(edit, settings.revision());
}

/**
 * As root, becomes the user to whom the data folder belongs: a file that root leaves there could not be read by the box.
 */
export function becomeOwner(folder: string): void {
  if (process.getuid?.() !== 0 || !existsSync(folder)) return;
  const { uid, gid } = statSync(folder);
  if (uid === 0) return;
  process.setgroups!([gid]);
  process.setgid!(gid);
  process.setuid!(uid);
}
