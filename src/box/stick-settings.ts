import { existsSync } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SETTINGS_FILE } from '../config/load.ts';
import { problemText, SettingsError } from '../config/problems.ts';
import { readSettings } from '../config/read.ts';
import type { Settings } from '../config/schema.ts';
import { createSettings } from '../config/settings.ts';
import type { Clock } from '../core/clock.ts';
import { errorText, RohrpostError } from '../core/errors.ts';
import { removeFile, syncFolder } from '../core/files.ts';
import { configLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import type { Desk } from '../store/desk.ts';
import { remember } from '../web/setup.ts';
import { rememberStick, type StickNote } from '../web/stick-note.ts';
import { isClaimed } from '../web/who.ts';

/** Where the caretaker leaves what a stick brought. */
const FOLDER = 'stick';
const FILE = 'settings.yaml';
/** Problems that are told; whoever mends these looks again. */
const PROBLEMS = 10;

/**
 * Takes settings that a stick brought, but only into a box that has neither an owner nor settings: everybody else decides on the page.
 * They are checked as everywhere, and passwords do not belong there: the schema knows none. What cannot be used is told on the screen
 * and in the wizard, and the file goes; on a box with an owner it is left aside, and the audit says so.
 * @throws RohrpostError disk-…
 */
export async function takeStickSettings(folder: string, o: { desk: Desk; log: Log; clock: Clock }): Promise<void> {
  const path = join(folder, FOLDER, FILE);
  if (!existsSync(path)) return;
  const { desk, log, clock } = o;
  const tell = (outcome: StickNote['outcome'], problems: StickNote['problems'] = []) => {
    rememberStick(desk, { outcome, problems, at_ms: clock.now() });
    const act = { taken: 'stick-taken', unusable: 'stick-unusable', refused: 'stick-refused' } as const;
    desk.audit.add({ by: 'box', act: act[outcome], now_ms: clock.now() });
    log.info('settings from a stick', { outcome });
  };
  const hasSettings = existsSync(join(folder, SETTINGS_FILE));
  // The power may have gone after they were taken, before the file did.
  if (isClaimed(desk) || (hasSettings && !(await isInUse(folder, path)))) {
    await rename(path, `${path}.refused`);
    await syncFolder(join(folder, FOLDER));
    return tell('refused');
  }
  if (!hasSettings) {
    try {
      await createSettings(folder, await readStick(path));
      // The wizard goes on behind what the stick has told: passwords are still to come.
      remember(desk, { steps: { site: 'done' } });
      tell('taken');
    } catch (thrown) {
      if (!(thrown instanceof RohrpostError)) throw thrown;
      tell('unusable', problemsOf(thrown));
    }
  }
  await removeFile(path);
  await syncFolder(join(folder, FOLDER));
}

/** @throws SettingsError, RohrpostError config-unreadable, config-newer */
async function readStick(path: string): Promise<Settings> {
  const { size } = await stat(path);
  if (size > configLimits.file_bytes) {
    throw new RohrpostError('config-unreadable', { details: { reason: `${size} bytes` } });
  }
  return readSettings(await readFile(path, 'utf8')).settings;
}

/** Whether the settings of the box are those of the stick. */
async function isInUse(folder: string, path: string): Promise<boolean> {
  try {
    const { settings } = readSettings(await readFile(join(folder, SETTINGS_FILE), 'utf8'));
    return isDeepStrictEqual(settings, await readStick(path));
  } catch {
    return false;
  }
}

/** In both languages, for nobody has chosen one yet. What a YAML parser says may quote a password that somebody wrote there. */
function problemsOf(error: RohrpostError): StickNote['problems'] {
  if (!(error instanceof SettingsError)) {
    return [{ de: errorText(error.code, 'de', error.details), en: errorText(error.code, 'en', error.details) }];
  }
  return error.problems.slice(0, PROBLEMS).map((problem) => {
    const told = problem.code === 'setting-yaml' ? { ...problem, details: { reason: 'YAML' } } : problem;
    return { de: problemText(told, 'de'), en: problemText(told, 'en') };
  });
}
