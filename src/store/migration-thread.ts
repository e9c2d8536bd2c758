import { mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite, { type Database } from 'better-sqlite3';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import { diskError, isOfDisk, syncFolderNow } from '../core/files.ts';
import { programLimits } from '../core/program-limits.ts';
import { closeDatabase, LEDGER_FILE, type MoveTables, openDatabase } from './database.ts';
import type { MigrationAnswer, MigrationTask } from './migration.ts';
import { openStore } from './store.ts';

/** Runs in a thread of its own (`migration.ts`): a large ledger takes minutes, and the page must answer meanwhile. */

/** Holds the copy; whatever is left of one that was broken off is removed first. */
const FOLDER = 'rehearsal';
/** What no migration may lose a row of. */
const ENTITIES = ['study', 'item', 'consignment', 'part', 'mail', 'inbound_set', 'delivery', 'receipt'] as const;

async function rehearse(folder: string, moves: MoveTables): Promise<void> {
  const place = join(folder, FOLDER);
  rmSync(place, { recursive: true, force: true });
  expectRoom(folder);
  mkdirSync(place, { mode: 0o700 });
  try {
    await copyLedger(folder, place);
    const before = counted(place);
    // As the box will open it: migrated, searched for damage, every statement prepared.
    openStore(place, moves, 'inspector').close();
    const after = counted(place);
    for (const entity of ENTITIES) {
      if (after.get(entity) !== before.get(entity)) throw new Error(`rows of ${entity} were lost`);
    }
    expectReferences(place);
  } finally {
    rmSync(place, { recursive: true, force: true });
    syncFolderNow(folder);
  }
}

/** Each migration is a transaction: after a power cut the ledger has had it, or has not. */
function migrateLedger(folder: string, moves: MoveTables): void {
  rmSync(join(folder, FOLDER), { recursive: true, force: true });
  // As the keeper, which looks for damage first where the last box died at work.
  const db = openDatabase(folder, moves, 'keeper');
  closeDatabase(db, 'keeper');
}

/** @throws RohrpostError migration-no-room */
function expectRoom(folder: string): void {
  const size_bytes = [LEDGER_FILE, `${LEDGER_FILE}-wal`]
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
  const needed_bytes = size_bytes * (1 + programLimits.rehearsal_growth) + programLimits.rehearsal_reserve_bytes;
  const { bavail, bsize } = statfsSync(folder);
  const free_bytes = bavail * bsize;
  if (free_bytes < needed_bytes)
    throw new RohrpostError('migration-no-room', { details: { free_bytes, needed_bytes } });
}

/** SQLite's own online backup: the pages as they are at one moment, its log included. */
async function copyLedger(folder: string, place: string): Promise<void> {
  const ledger = new Sqlite(join(folder, LEDGER_FILE), { fileMustExist: true });
  try {
    await ledger.backup(join(place, LEDGER_FILE));
  } finally {
    ledger.close();
  }
}

function looked<T>(place: string, look: (db: Database) => T): T {
  const db = new Sqlite(join(place, LEDGER_FILE), { fileMustExist: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}

const counted = (place: string) =>
  looked(
    place,
    (db) => new Map(ENTITIES.map((name) => [name, db.prepare(`SELECT count(*) FROM ${name}`).pluck().get()])),
  );

function expectReferences(place: string): void {
  const broken = looked(place, (db) => db.pragma('foreign_key_check') as { table: string }[]);
  if (broken.length > 0) throw new Error(`${broken.length} rows of ${broken[0]!.table} refer to nothing`);
}

/** What a schema change fails of is SQLite's own words (names of tables and columns), never what stands in a row. */
function failureOf(thrown: unknown): RohrpostError {
  if (thrown instanceof RohrpostError) return thrown;
  if (isOfDisk(thrown)) return diskError(thrown);
  return asRohrpostError(thrown, 'migration-failed', { reason: reasonOf(thrown) });
}

async function answer({ act, folder, moves }: MigrationTask): Promise<MigrationAnswer> {
  try {
    if (act === 'rehearse') await rehearse(folder, moves);
    else migrateLedger(folder, moves);
    return { ok: true };
  } catch (thrown) {
    const { code, details } = failureOf(thrown);
    return { ok: false, code, details };
  }
}

parentPort!.postMessage(await answer(workerData as MigrationTask));
