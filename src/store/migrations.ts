import type { Database } from 'better-sqlite3';
import { RohrpostError } from '../core/errors.ts';
import { spine } from './migrations/0001-spine.ts';

/** Every migration, oldest first; the database's `user_version` counts those it has had. Add at the end, never edit one. */
const migrations: readonly string[] = [spine];

/**
 * Brings the schema up to date, each migration in a transaction of its own.
 * @throws RohrpostError store-too-new when a newer version of the program wrote this database
 */
export function migrate(db: Database): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length) {
    throw new RohrpostError('store-too-new', { details: { found: version, known: migrations.length } });
  }
  for (let next = version; next < migrations.length; next++) {
    db.transaction(() => {
      db.exec(migrations[next]!);
      db.pragma(`user_version = ${next + 1}`);
    }).exclusive();
  }
}
