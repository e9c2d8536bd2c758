import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import { makeFolder, syncFolder } from '../core/files.ts';
import { storeLimits } from '../core/limits.ts';
import { expectCurrent, migrate, versionOf } from './migrations.ts';

const LOCK_FILE = 'lock.sqlite';
/** The database of every row, the ledger, in a data folder. */
export const LEDGER_FILE = 'rohrpost.sqlite';

/** Tables of legal moves: entity → state → states it may move to. `line/states.ts` holds them. */
export type MoveTables = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Who opens the database:
 * - `keeper`: the box that works on it. Where the last one died at work, or the database is small, damage is looked for (F68)
 * - `visitor`: who looks or acts beside the box. It must not wait until gigabytes have been read, and leaves an older schema alone
 * - `inspector`: damage is looked for in any case
 */
export type Opener = 'keeper' | 'visitor' | 'inspector';

/**
 * Opens (or makes) the database: WAL, synchronous=FULL, foreign keys, schema brought up to date, the legal moves copied in.
 * SQLite compiled for better-sqlite3 reopens a WAL database with synchronous=NORMAL, which would turn a modality's
 * "success" into a hope; so FULL is set on every open and read back.
 * @throws RohrpostError store-too-new, store-too-old (a visitor), store-corrupt
 */
export function openDatabase(folder: string, moves: MoveTables, opener: Opener = 'inspector'): Database {
  const prepare = (db: Database) => {
    if (opener === 'visitor' && versionOf(db) > 0) expectCurrent(db);
    else migrate(db);
    copyMoves(db, moves);
    if (opener === 'keeper') db.exec('UPDATE keeper SET at_work = 1 WHERE at_work = 0');
  };
  return openFile(join(folder, LEDGER_FILE), prepare, (db) => isDoubtful(db, opener));
}

/** Closes what `opener` opened. A keeper that ends in order spares the next one the search for damage. */
export function closeDatabase(db: Database, opener: Opener): void {
  try {
    if (opener === 'keeper') db.exec('UPDATE keeper SET at_work = 0');
  } finally {
    db.close();
  }
}

function isDoubtful(db: Database, opener: Opener): boolean {
  if (opener !== 'keeper') return opener === 'inspector';
  const pages = db.pragma('page_count', { simple: true }) as number;
  const page_bytes = db.pragma('page_size', { simple: true }) as number;
  if (pages * page_bytes <= storeLimits.check_always_bytes) return true;
  return db.prepare('SELECT at_work FROM keeper').pluck().get() === 1;
}

/**
 * Opens (or makes) a database file as every one of ours is opened, looks for damage where it is doubtful, and lets `prepare`
 * bring it up to date.
 * @throws RohrpostError store-corrupt; what `prepare` throws
 */
export function openFile(
  path: string,
  prepare: (db: Database) => void,
  isDoubtful: (db: Database) => boolean = () => true,
): Database {
  const db = new Sqlite(path);
  try {
    db.pragma('busy_timeout = 5000');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.pragma('trusted_schema = OFF');
    if (isDoubtful(db)) expectSound(db);
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

/** Where a damaged ledger is put, in a folder for each time. */
const ASIDE_FOLDER = 'damaged';

/**
 * Puts a damaged database out of the way, with its log of changes: for people who can read what is left of it. Nobody may have it
 * open. Gives the folder where it lies now, relative to the data folder.
 * @throws what rename(2) and fsync(2) give
 */
export async function setAside(folder: string, now_ms: number): Promise<string> {
  const aside = join(ASIDE_FOLDER, new Date(now_ms).toISOString().replaceAll(':', ''));
  await makeFolder(join(folder, aside));
  // The log first: beside another database it would be taken for that one's.
  for (const ending of ['-wal', '-shm', '']) {
    const name = `${LEDGER_FILE}${ending}`;
    if (existsSync(join(folder, name))) await rename(join(folder, name), join(folder, aside, name));
  }
  for (const each of [join(folder, aside), folder]) await syncFolder(each);
  return aside;
}

/**
 * Holds the data folder for one process: an exclusive lock that the kernel drops with the process, however it dies (F77), and
 * that goes as well when nobody keeps what is given back.
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

/** Writes only where the tables of this version differ from those in the database: a look beside the box must not. */
function copyMoves(db: Database, tables: MoveTables): void {
  const states = Object.entries(tables).flatMap(([entity, from]) => Object.keys(from).map((name) => [entity, name]));
  const moves = Object.entries(tables).flatMap(([entity, from]) =>
    Object.entries(from).flatMap(([name, targets]) => targets.map((to) => [entity, name, to])),
  );
  const known = (select: string) => db.prepare(select).raw().all();
  const isSame = (found: unknown[], wanted: unknown[]) => {
    const sorted = (rows: unknown[]) => JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());
    return sorted(found) === sorted(wanted);
  };
  if (isSame(known('SELECT * FROM move'), moves) && isSame(known('SELECT entity, name FROM state'), states)) return;
  const addState = db.prepare('INSERT OR IGNORE INTO state (entity, name) VALUES (?, ?)');
  const addMove = db.prepare('INSERT INTO move (entity, from_state, to_state) VALUES (?, ?, ?)');
  db.transaction(() => {
    db.exec('DELETE FROM move; DELETE FROM state WHERE count = 0;');
    for (const row of states) addState.run(row);
    for (const row of moves) addMove.run(row);
  }).immediate();
}
