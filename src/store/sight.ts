import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import { storeLimits } from '../core/limits.ts';
import { LEDGER_FILE } from './database.ts';
import { type Alarm, alarmTable } from './desk/alarms.ts';
import { DESK_FILE } from './desk.ts';

/** Looks into databases from beside: nothing is written, no schema is changed, nobody waits for long. */

/** What the screen, the self-test and `rohrpost status` read of the desk. */
export interface DeskSight {
  /** What is remembered under a name (`SetupTable`). */
  readonly setup: { get(name: string): string | undefined };
  /** How many accounts there are; the box has an owner if there is one. */
  readonly accounts: number;
  /** The alarms that stand, the oldest first. */
  alarms(): Alarm[];
}

/** The desk knows alarms from this version on. */
const WITH_ALARMS = 2;

/** @returns null where there is no desk (yet). @throws RohrpostError store-corrupt, disk-error */
export function sightOfDesk<T>(folder: string, look: (desk: DeskSight) => T): T | null {
  return sight(join(folder, DESK_FILE), (db) => {
    // A desk that is being made has no tables yet.
    const version = db.pragma('user_version', { simple: true }) as number;
    if (version === 0) return null;
    const value = db.prepare('SELECT value FROM setup WHERE name = ?').pluck();
    return look({
      setup: { get: (name) => value.get(name) as string | undefined },
      accounts: db.prepare('SELECT count(*) FROM account').pluck().get() as number,
      alarms: () => (version < WITH_ALARMS ? [] : alarmTable(db).standing()),
    });
  });
}

/** Searches the desk for damage. @throws RohrpostError store-corrupt, disk-error */
export function expectSoundDesk(folder: string): void {
  sight(join(folder, DESK_FILE), expectSound);
}

/**
 * Searches the ledger for damage: one of ordinary size whole, a larger one where its newest rows and its states are.
 * @throws RohrpostError store-corrupt, disk-error
 */
export function expectSoundLedger(folder: string): void {
  const path = join(folder, LEDGER_FILE);
  sight(path, (db) => {
    if (statSync(path).size <= storeLimits.check_always_bytes) return expectSound(db);
    db.prepare('SELECT * FROM state').all();
    for (const table of ['study', 'item', 'part', 'mail', 'history']) {
      db.prepare(`SELECT * FROM ${table} ORDER BY rowid DESC LIMIT 100`).all();
    }
  });
}

function expectSound(db: Database): void {
  const found = db.pragma('quick_check(1)', { simple: true }) as string;
  if (found !== 'ok') throw new RohrpostError('store-corrupt', { details: { reason: found } });
}

function sight<T>(path: string, look: (db: Database) => T): T | null {
  if (!existsSync(path)) return null;
  let db: Database | null = null;
  try {
    db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 2_000 });
    return look(db);
  } catch (thrown) {
    if (thrown instanceof Sqlite.SqliteError && /SQLITE_(CORRUPT|NOTADB)/.test(thrown.code)) {
      throw new RohrpostError('store-corrupt', { cause: thrown, details: { reason: reasonOf(thrown) } });
    }
    throw asRohrpostError(thrown, 'disk-error');
  } finally {
    db?.close();
  }
}
