import { opendir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { supportLimits } from '../core/limits.ts';
import type { Premises } from './premises.ts';

/** How much lies below a folder. `whole`: everything was looked at; else there is at least so much. */
interface SpoolSize {
  files: number;
  size_bytes: number;
  whole: boolean;
}

/** The disk under the data folder, and what the box keeps there. */
export async function storageOf({ folder, clock, box }: Pick<Premises, 'folder' | 'clock' | 'box'>) {
  const settings = box()?.settings.current();
  const disk = await statfs(folder);
  const database = await Promise.all(
    ['rohrpost.sqlite', 'rohrpost.sqlite-wal'].map((name) => sizeOf(join(folder, name))),
  );
  return {
    size_bytes: disk.blocks * disk.bsize,
    free_bytes: disk.bavail * disk.bsize,
    refuse_below_bytes: settings?.disk.refuse_below_bytes ?? null,
    database_bytes: database.reduce((sum, size) => sum + size, 0),
    spool: await spoolSize(join(folder, 'spool'), clock, supportLimits.spool_ms),
    done_days: settings?.retention.done_days ?? null,
    quarantine_days: settings?.retention.quarantine_days ?? null,
  };
}

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Adds up what lies below a folder, for so long as `within_ms` allows: a full spool has millions of files. */
async function spoolSize(folder: string, clock: Clock, within_ms: number): Promise<SpoolSize> {
  const until_ms = clock.steady() + within_ms;
  const size: SpoolSize = { files: 0, size_bytes: 0, whole: true };
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const entries = await opendir(next).catch(() => null);
    if (!entries) continue;
    for await (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (!entry.isFile()) continue;
      if (size.files > 0 && clock.steady() > until_ms) return { ...size, whole: false };
      const found = await stat(path).catch(() => null);
      if (!found) continue;
      size.files++;
      size.size_bytes += found.size;
    }
  }
  return size;
}
