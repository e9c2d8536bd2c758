import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Document } from 'yaml';
import { type Clock, systemClock } from '../core/clock.ts';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { makeFolder } from '../core/files.ts';
import type { Log } from '../core/log.ts';
import { repeat } from '../core/repeat.ts';
import { keepBroken, load, revisionOnDisk, SETTINGS_FILE, writeSettings } from './load.ts';
import { withLock } from './lock.ts';
import { type Migration, migrations } from './migrations.ts';
import type { Problem } from './problems.ts';
import { checkSettings } from './read.ts';
import { SETTINGS_VERSION, type Settings } from './schema.ts';
import { applyChanges, withoutDefaults } from './write.ts';

const LOCK_FILE = 'settings.lock';

/** What stands at the top of a new file. */
const HEAD = {
  de: ' Was hier nicht steht, hat seinen Standardwert: siehe „rohrpost settings show“.\n Nach Änderungen von Hand: „rohrpost settings check“.',
  en: ' What is not here has its default: see "rohrpost settings show".\n After changes by hand: "rohrpost settings check".',
} as const;

/**
 * The settings of a running box.
 *
 * INVARIANTS
 * - `current()` is always valid: what the file says, or the last version of it that was valid.
 * - The file on disk is whole at every moment; a version that is replaced while it is broken is kept aside.
 * - Nobody's change is overwritten unseen: a save names the revision it started from.
 */
export interface OpenSettings {
  current(): Settings;
  /** SHA-256 of the file as it is on disk; hand it back when saving. */
  revision(): string;
  /** What is wrong with the file on disk; empty when it is in use. */
  problems(): readonly Problem[];
  /** `config-last-good-used` while the file on disk is unusable; else null. */
  alarm(): RohrpostError | null;
  /** Reads the file again. It never throws for a bad file: that raises the alarm. */
  reload(): Promise<void>;
  /**
   * Saves new settings, or what a function makes of a copy of the current ones, and gives back the new revision.
   * @throws `config-invalid` (SettingsError), `config-stale`, `config-busy`, `disk-error`
   */
  save(change: object | ((draft: Settings) => void), expectedRevision: string): Promise<string>;
  /** Calls `listener` after each change of `current()` or `alarm()`; gives back what ends that. */
  onChange(listener: (settings: Settings) => void): () => void;
  /** Ends the watching of the file. */
  close(): Promise<void>;
}

export interface SettingsOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Look at the file this often, in ms; 0 (the default) looks only on `reload()`. */
  readonly watch_ms?: number;
  /** Steps from older formats; for tests. */
  readonly migrations?: readonly Migration[];
}

/**
 * Makes the settings file of a new box. Everything that is not given has its default.
 * @throws `config-exists`, `config-invalid` (SettingsError)
 */
export async function createSettings(folder: string, chosen: object): Promise<void> {
  const settings = checkSettings({ version: SETTINGS_VERSION, ...chosen });
  await makeFolder(folder);
  await withLock(join(folder, LOCK_FILE), systemClock(), async () => {
    if (existsSync(join(folder, SETTINGS_FILE))) throw new RohrpostError('config-exists');
    const document = new Document(withoutDefaults(settings));
    document.commentBefore = HEAD[settings.site.language];
    await writeSettings(folder, document, settings);
  });
}

/**
 * Opens the settings of a data folder.
 * @throws `config-missing` in a new folder; `config-invalid`, `config-newer`, `config-unreadable` where no earlier valid
 * version is there to go on with (never factory defaults in silence)
 */
export async function openSettings(folder: string, options: SettingsOptions): Promise<OpenSettings> {
  const { log, clock = systemClock(), migrations: steps = migrations } = options;
  const listeners = new Set<(settings: Settings) => void>();
  let state = await load(folder, steps, log);
  let queue: Promise<unknown> = Promise.resolve();

  async function reload(): Promise<void> {
    const before = state;
    state = await load(folder, steps, log);
    const newAlarm = state.alarm?.message !== before.alarm?.message;
    if (newAlarm && state.alarm) log.error('settings file cannot be used', { code: state.alarm.code });
    if (!newAlarm && isDeepStrictEqual(state.settings, before.settings)) return;
    for (const listener of listeners) listener(state.settings);
  }

  async function save(change: object, expectedRevision: string): Promise<string> {
    await withLock(join(folder, LOCK_FILE), clock, async () => {
      await reload();
      if (state.revision !== expectedRevision) throw new RohrpostError('config-stale');
      const draft = typeof change === 'function' ? structuredClone(state.settings) : change;
      if (typeof change === 'function') change(draft);
      const settings = checkSettings(draft);
      const document = state.document.clone() as Document;
      applyChanges(document, state.settings, settings);
      if (state.alarm) await keepBroken(folder);
      await writeSettings(folder, document, settings);
    });
    await reload();
    return state.revision;
  }

  async function look(): Promise<void> {
    if ((await revisionOnDisk(folder)) === state.revision) return;
    await inTurn(reload).catch((error) => log.error('settings not reloaded', { reason: reasonOf(error) }));
  }

  /** One thing at a time within the process; the lock file does the same between processes. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  }

  const watching = options.watch_ms ? repeat(look, { clock, pause_ms: options.watch_ms }) : null;
  return {
    current: () => state.settings,
    revision: () => state.revision,
    problems: () => state.problems,
    alarm: () => state.alarm,
    reload: () => inTurn(reload),
    save: (change, expectedRevision) => inTurn(() => save(change, expectedRevision)),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      await watching?.stop();
      await queue;
    },
  };
}
