import type { Database } from 'better-sqlite3';
import { RohrpostError } from '../core/errors.ts';
import { spine } from './migrations/0001-spine.ts';
import { tags } from './migrations/0002-tags.ts';
import { hours } from './migrations/0003-hours.ts';
import { traffic } from './migrations/0004-traffic.ts';

/** Every migration, oldest first; the database's `user_version` counts those it has had. Add at the end, never edit one. */
const migrations: readonly string[] = [spine, tags, hours, traffic];

/**
 * Brings the schema of a database up to date by its list of migrations, each migration in a transaction of its own.
 * @throws RohrpostError store-too-new when a newer version of the program wrote this database
 */
export function migrate(db: Database, list: readonly string[] = migrations): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > list.length) {
    throw new RohrpostError('store-too-new', { details: { found: version, known: list.length } });
  }
  for (let next = version; next < list.length; next++) {
    db.transaction(() => {
      db.exec(list[next]!);
      db.pragma(`user_version = ${next + 1}`);
    }).exclusive();
  }
}
