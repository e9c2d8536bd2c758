import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { asRohrpostError, type Details, type ErrorCode, RohrpostError } from '../core/errors.ts';
import { programLimits } from '../core/program-limits.ts';
import type { MoveTables } from './database.ts';

export interface MigrationTask {
  act: 'rehearse' | 'migrate';
  folder: string;
  moves: MoveTables;
}

export type MigrationAnswer = { ok: true } | { ok: false; code: ErrorCode; details: Details };

/**
 * Copies the ledger of a data folder (SQLite's online backup), brings the copy up to date, looks at it and deletes it again. The
 * ledger itself is not touched. Call it while no box works on the folder.
 * @throws RohrpostError migration-no-room, migration-failed, store-corrupt, store-too-new, disk-…, stopped, timed-out
 */
export function rehearseMigration(folder: string, moves: MoveTables, signal: AbortSignal): Promise<void> {
  return inThread({ act: 'rehearse', folder, moves }, signal);
}

/**
 * Brings the ledger of a data folder up to date. Ended at any moment, it has had each migration whole or not at all.
 * @throws RohrpostError migration-failed, store-corrupt, store-too-new, disk-…, stopped, timed-out
 */
export function migrateLedger(folder: string, moves: MoveTables, signal: AbortSignal): Promise<void> {
  return inThread({ act: 'migrate', folder, moves }, signal);
}

/** SQLite works at one go: in the main thread the page would not answer meanwhile. */
async function inThread(task: MigrationTask, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(programLimits.migration_ms);
  const either = AbortSignal.any([signal, late]);
  const thread = new Worker(new URL('./migration-thread.ts', import.meta.url), { workerData: task, execArgv: [] });
  try {
    const ended = once(thread, 'exit', { signal: either }).then((): never => {
      throw new RohrpostError('worker-died', { details: { reason: 'no answer' } });
    });
    const told = once(thread, 'message', { signal: either }) as Promise<[MigrationAnswer]>;
    const [answer] = await Promise.race([told, ended]);
    if (!answer.ok) throw new RohrpostError(answer.code, { details: answer.details });
  } catch (thrown) {
    if (signal.aborted) throw new RohrpostError('stopped', { cause: thrown });
    if (late.aborted) {
      const details = { timeout_ms: programLimits.migration_ms, what: task.act };
      throw new RohrpostError('timed-out', { cause: thrown, details });
    }
    throw asRohrpostError(thrown, 'migration-failed');
  } finally {
    await thread.terminate();
  }
}
