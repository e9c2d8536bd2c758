import { open, readFile, stat } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import { configLimits } from '../core/limits.ts';

/**
 * Runs `work` while no other process (the box, a command, a second command) does the same for this lock file.
 * A lock left behind by a process that has died is taken over; so is one older than any work takes, because after a
 * restart another process may have got the number of the dead one.
 * @throws RohrpostError `config-busy` when the lock stays taken
 */
export async function withLock<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const until = clock.steady() + configLimits.lock_ms;
  while (!(await take(path))) {
    if ((await ownerIsDead(path)) || (await isStale(path, clock))) await removeFile(path);
    else if (clock.steady() > until) throw new RohrpostError('config-busy');
    else await clock.sleep(20);
  }
  try {
    return await work();
  } finally {
    await removeFile(path);
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(`${process.pid}\n`).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function ownerIsDead(path: string): Promise<boolean> {
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10);
  // An empty file belongs to someone who is just writing its number into it.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function isStale(path: string, clock: Clock): Promise<boolean> {
  const made_ms = await stat(path).then(
    (found) => found.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return clock.now() - made_ms > configLimits.lock_stale_ms;
}
