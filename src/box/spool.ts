import { statfsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { makeFolder, removeFile } from '../core/files.ts';
import type { Log } from '../core/log.ts';

const FOLDERS = ['instances', 'outbox', 'inbox', 'work'];

/** Makes the folders of the spool. */
export async function makeSpool(folder: string): Promise<void> {
  for (const name of FOLDERS) await makeFolder(join(folder, 'spool', name));
}

/**
 * Removes every file of these folders that no row names: half-received instances, sealed mails whose row was never written,
 * decrypted content of an open that a crash cut short. Run before anything else writes there. What is being uploaded is none
 * of its business: no row names that yet (outbound/upload-shelf.ts).
 */
export async function sweepSpool(folder: string, needed: ReadonlySet<string>, log: Log): Promise<void> {
  let removed = 0;
  const root = join(folder, 'spool');
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !FOLDERS.includes(relative(root, entry.parentPath).split(sep)[0]!)) continue;
    const path = join(entry.parentPath, entry.name);
    if (needed.has(relative(folder, path))) continue;
    await removeFile(path);
    removed++;
  }
  if (removed > 0) log.info('orphans removed from the spool', { files: removed });
}

/** How often the free space is asked for; a gigabit line fills 60 MB in this time, the reserve is larger. */
const ASK_EVERY_MS = 500;

/** Tells how many bytes may be accepted before free space falls below `keepFree()`; negative when it has. */
export function roomWatch(folder: string, keepFree: () => number, now: () => number): () => number {
  let asked_ms = Number.NEGATIVE_INFINITY;
  let free = 0;
  return () => {
    if (now() - asked_ms >= ASK_EVERY_MS) {
      const stat = statfsSync(folder);
      free = stat.bavail * stat.bsize;
      asked_ms = now();
    }
    return free - keepFree();
  };
}
