import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import type { Log } from '../core/log.ts';
import { repeat } from '../core/repeat.ts';
import { OLDEST, type Place } from '../store/removals.ts';
import type { Store } from '../store/store.ts';
import { unclaimedFiles } from './spool.ts';

const EVERY_MS = 3_600_000;
/** What a person has discarded goes soon: it may have been discarded because it must not be here. */
const GIVEN_UP_EVERY_MS = 60_000;
/** Rows of one transaction: short enough that a modality does not wait for it. */
const BATCH = 500;
const DAY_MS = 86_400_000;

interface RetentionParts {
  store: Store;
  settings(): Settings;
  folder: string;
  clock: Clock;
  clockTrusted(): boolean;
  log: Log;
}

/**
 * Takes away, every hour, the files of what has been done for as long as the settings say, and every minute those of what was
 * discarded. The row goes first, then the file: a crash in between leaves an orphan for the sweep, never a row without its
 * file.
 */
export function startRetention(o: RetentionParts): { stop(): Promise<void> } {
  const sweeping = (pause_ms: number, sweep: () => Promise<unknown>) => {
    const told = (error: unknown) =>
      o.log.error('retention failed', { code: asRohrpostError(error, 'disk-error').code });
    return repeat(() => sweep().catch(told), { clock: o.clock, pause_ms, atOnce: true });
  };
  const both = [
    sweeping(GIVEN_UP_EVERY_MS, () => sweepGivenUp(o)),
    // By a wrong clock everything is old.
    sweeping(EVERY_MS, async () => o.clockTrusted() && (await sweepDone(o))),
  ];
  return { stop: async () => void (await Promise.all(both.map(({ stop }) => stop()))) };
}

/** Removes the files of discarded rows, which stay and then name none any more. */
export async function sweepGivenUp(o: Pick<RetentionParts, 'store' | 'folder' | 'log'>): Promise<number> {
  let removed = 0;
  for (;;) {
    const rows = o.store.removals.givenUp(BATCH);
    for (const path of rows.flatMap(({ paths }) => paths)) await removeFile(join(o.folder, path));
    o.store.transaction(() => {
      for (const row of rows) o.store.removals.forgetFiles(row);
    });
    removed += rows.length;
    if (rows.length < BATCH) break;
  }
  if (removed > 0) o.log.info('files of what was discarded', { files: removed });
  return removed;
}

/** Files that nobody could say whose they are, as long as what is quarantined: the change time is when they were put there. */
async function sweepUnclaimed(folder: string, before_ms: number): Promise<number> {
  let removed = 0;
  for (const path of await unclaimedFiles(folder)) {
    if ((await stat(path)).ctimeMs >= before_ms) continue;
    await removeFile(path);
    removed++;
  }
  return removed;
}

/** One round: everything that may go now, in batches. */
export async function sweepDone(o: Omit<RetentionParts, 'clockTrusted'>): Promise<number> {
  const { store, clock } = o;
  const { done_days, quarantine_days } = o.settings().retention;
  const doneBefore_ms = clock.now() - done_days * DAY_MS;
  const troubleBefore_ms = clock.now() - quarantine_days * DAY_MS;
  const items = (after: Place) => {
    const look = store.removals.items({ doneBefore_ms, troubleBefore_ms, after, limit: BATCH });
    for (const { id } of look.items) store.items.setState(id, 'removed', clock.now());
    return look;
  };
  const mails = () => {
    const gone = store.removals.mails({ before_ms: troubleBefore_ms, limit: BATCH });
    const error = new RohrpostError('retention-quarantine-ended', { details: { days: quarantine_days } });
    const to = { state: 'discarded', code: error.code, reason: error.message };
    for (const { id } of gone) store.mails.move(id, to, clock.now());
    return gone;
  };
  let removed = 0;
  for (let place: Place | null = OLDEST; place !== null; ) {
    const from: Place = place;
    const { items: gone, next } = store.transaction(() => items(from));
    for (const { path } of gone) await removeFile(join(o.folder, path));
    removed += gone.length;
    place = next;
    // Modalities may be waiting.
    await setImmediate();
  }
  while (store.transaction(mails).length > 0);
  removed += await sweepUnclaimed(o.folder, troubleBefore_ms);
  removed += await sweepGivenUp(o);
  if (removed > 0) o.log.info('retention', { files: removed });
  return removed;
}
