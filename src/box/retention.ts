import { join } from 'node:path';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import type { Log } from '../core/log.ts';
import type { Store } from '../store/store.ts';

const EVERY_MS = 3_600_000;
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
 * Takes away, every hour, the files of what has been done for as long as the settings say. The row goes first, then the file:
 * a crash in between leaves an orphan for the sweep, never a row without its file.
 */
export function startRetention(o: RetentionParts): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        // By a wrong clock everything is old.
        if (o.clockTrusted()) await sweepDone(o);
      } catch (error) {
        o.log.error('retention failed', { code: asRohrpostError(error, 'disk-error').code });
      }
      await o.clock.sleep(EVERY_MS, stopping.signal).catch(() => {});
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** One round: everything that may go now, in batches. */
export async function sweepDone(o: Omit<RetentionParts, 'clockTrusted'>): Promise<number> {
  const { store, clock } = o;
  const { done_days, quarantine_days } = o.settings().retention;
  const doneBefore_ms = clock.now() - done_days * DAY_MS;
  const troubleBefore_ms = clock.now() - quarantine_days * DAY_MS;
  const rounds = [
    () => {
      const items = store.removals.items({ doneBefore_ms, troubleBefore_ms, limit: BATCH });
      for (const { id } of items) store.items.setState(id, 'removed', clock.now());
      return items;
    },
    () => {
      const mails = store.removals.mails({ before_ms: troubleBefore_ms, limit: BATCH });
      const error = new RohrpostError('retention-quarantine-ended', { details: { days: quarantine_days } });
      const to = { state: 'discarded', code: error.code, reason: error.message };
      for (const { id } of mails) store.mails.move(id, to, clock.now());
      return mails;
    },
  ];
  let removed = 0;
  for (const round of rounds) {
    for (;;) {
      const gone = store.transaction(round);
      if (gone.length === 0) break;
      for (const { path } of gone) await removeFile(join(o.folder, path));
      removed += gone.length;
    }
  }
  if (removed > 0) o.log.info('retention', { files: removed });
  return removed;
}
