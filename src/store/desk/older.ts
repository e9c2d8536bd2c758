import { closeSync, existsSync, linkSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { syncFolderNow } from '../../core/files.ts';
import { versionOf } from '../migrations.ts';

/**
 * While an image is on trial, the program of the other slot may have to go on. Its page needs the desk as it knows it, so the
 * desk is copied before its schema changes; the copy is taken back after falling back, and goes once the image has proved itself.
 * What the desk learned during the trial (minutes) goes with it, and is kept aside.
 */
const copyName = (file: string, version: number) => `${file}.v${version}`;
/** The desk of the image that was given up. */
const NEWER = '.newer';

/** Copies a desk that is older than `known`, unless that was done already. It must not be in use. */
export function keepOldDesk(folder: string, file: string, known: number): void {
  const path = join(folder, file);
  if (!existsSync(path)) return;
  const db = new Sqlite(path);
  try {
    const version = versionOf(db);
    const copy = join(folder, copyName(file, version));
    if (version === 0 || version >= known || existsSync(copy)) return;
    const half = `${copy}.tmp`;
    rmSync(half, { force: true });
    // SQLite would make it readable for all. It flushes what it makes.
    closeSync(openSync(half, 'wx', 0o600));
    db.prepare('VACUUM INTO ?').run(half);
    renameSync(half, copy);
    syncFolderNow(folder);
  } finally {
    db.close();
  }
}

/** Where the desk is newer than `known` and there is a copy from before: takes that; says whether it did. */
export function takeOldDesk(folder: string, file: string, known: number): boolean {
  const path = join(folder, file);
  const copy = join(folder, copyName(file, known));
  if (!existsSync(path) || !existsSync(copy)) return false;
  const db = new Sqlite(path);
  try {
    if (versionOf(db) <= known) return false;
    // Its log must be empty, or it would be read into the copy that takes its name.
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.pragma('journal_mode = DELETE');
  } finally {
    db.close();
  }
  const aside = join(folder, file + NEWER);
  rmSync(aside, { force: true });
  linkSync(path, aside);
  renameSync(copy, path);
  syncFolderNow(folder);
  return true;
}

/** The image has proved itself: nobody needs the desk as it was, and an old password must not come back with it. */
export function dropOldDesks(folder: string, file: string): void {
  const old = readdirSync(folder).filter((name) => name.startsWith(`${file}.v`));
  for (const name of old) rmSync(join(folder, name), { force: true });
  if (old.length > 0) syncFolderNow(folder);
}
