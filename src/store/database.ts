import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import { migrate } from './migrations.ts';

const LOCK_FILE = 'lock.sqlite';

/** Tables of legal moves: entity → state → states it may move to. `line/states.ts` holds them. */
export type MoveTables = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Opens (or makes) the database: WAL, synchronous=FULL, foreign keys, schema brought up to date, the legal moves copied in.
 * SQLite compiled for better-sqlite3 reopens a WAL database with synchronous=NORMAL, which would turn a modality's
 * "success" into a hope; so FULL is set on every open and read back.
 * @throws RohrpostError store-too-new, store-corrupt
 */
export function openDatabase(folder: string, moves: MoveTables): Database {
  return openFile(join(folder, 'rohrpost.sqlite'), (db) => {
    migrate(db);
    copyMoves(db, moves);
  });
}

/**
 * Opens (or makes) a database file as every one of ours is opened, and lets `prepare` bring it up to date.
 * @throws RohrpostError store-corrupt; what `prepare` throws
 */
export function openFile(path: string, prepare: (db: Database) => void): Database {
  const db = new Sqlite(path);
  try {
    db.pragma('busy_timeout = 5000');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    expectSound(db);
    expectPragma(db, 'journal_mode', 'wal');
    expectPragma(db, 'synchronous', 2);
    expectPragma(db, 'foreign_keys', 1);
    prepare(db);
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Sqlite.SqliteError && /SQLITE_(CORRUPT|NOTADB)/.test(error.code)) {
      throw new RohrpostError('store-corrupt', { cause: error, details: { reason: reasonOf(error) } });
    }
    throw error;
  }
}

/**
 * Holds the data folder for one process: an exclusive lock that the kernel drops with the process, however it dies (F77).
 * @throws RohrpostError store-in-use, disk-error
 */
export function lockFolder(folder: string): { release(): void } {
  // Whoever only looks (isFolderLocked) is gone within this time.
  const db = new Sqlite(join(folder, LOCK_FILE), { timeout: 250 });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
    return { release: () => db.close() };
  } catch (error) {
    db.close();
    if (isBusy(error)) throw new RohrpostError('store-in-use', { cause: error });
    throw asRohrpostError(error, 'disk-error');
  }
}

/** Whether a box works on this data folder just now. */
export function isFolderLocked(folder: string): boolean {
  const path = join(folder, LOCK_FILE);
  if (!existsSync(path)) return false;
  const db = new Sqlite(path, { readonly: true, timeout: 0 });
  try {
    db.pragma('schema_version');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    db.close();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** Damage is to be found at the start, not in the middle of a night (F68). Reads every page: four seconds a gigabyte. */
function expectSound(db: Database): void {
  const found = db.pragma('quick_check(1)', { simple: true }) as string;
  if (found !== 'ok') throw new RohrpostError('store-corrupt', { details: { reason: found } });
}

function expectPragma(db: Database, name: string, value: string | number): void {
  const actual = db.pragma(name, { simple: true });
  if (actual !== value) throw new Error(`PRAGMA ${name} is ${String(actual)}, must be ${value}`);
}

function copyMoves(db: Database, moves: MoveTables): void {
  const state = db.prepare('INSERT OR IGNORE INTO state (entity, name) VALUES (?, ?)');
  const move = db.prepare('INSERT OR IGNORE INTO move (entity, from_state, to_state) VALUES (?, ?, ?)');
  db.transaction(() => {
    db.exec('DELETE FROM move; DELETE FROM state;');
    for (const [entity, states] of Object.entries(moves)) {
      for (const [from, targets] of Object.entries(states)) {
        state.run(entity, from);
        for (const to of targets) move.run(entity, from, to);
      }
    }
  })();
}
