import { statfsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { makeFolder, removeFile } from '../core/files.ts';
import type { Log } from '../core/log.ts';

/** Of what a ledger in doubt did not name, what could not be entered: kept for a while, for people. */
export const UNCLAIMED_FOLDER = join('spool', 'unclaimed');
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
  for (const path of await filesUnder(root)) {
    if (!FOLDERS.includes(relative(root, path).split(sep)[0]!)) continue;
    if (needed.has(relative(folder, path))) continue;
    await removeFile(path);
    removed++;
  }
  if (removed > 0) log.info('orphans removed from the spool', { files: removed });
}

/** Files of which a ledger that was lost, or is an older one, could not say whose they are (box/doubt.ts). */
export async function unclaimedFiles(folder: string): Promise<string[]> {
  return filesUnder(join(folder, UNCLAIMED_FOLDER));
}

/** Every file under a folder, however deep; none where there is no such folder. */
export async function filesUnder(folder: string): Promise<string[]> {
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = await readdir(folder, options).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
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
