import type { Database } from 'better-sqlite3';
import { RohrpostError } from '../core/errors.ts';
import { spine } from './migrations/0001-spine.ts';
import { tags } from './migrations/0002-tags.ts';
import { hours } from './migrations/0003-hours.ts';
import { traffic } from './migrations/0004-traffic.ts';
import { mailHashes } from './migrations/0005-mail-hashes.ts';

/** Every migration, oldest first; the database's `user_version` counts those it has had. Add at the end, never edit one. */
export const migrations: readonly string[] = [spine, tags, hours, traffic, mailHashes];

/** How many migrations a database has had; 0: it is new. */
export function versionOf(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Brings the schema of a database up to date by its list of migrations, each migration in a transaction of its own.
 * @throws RohrpostError store-too-new when a newer version of the program wrote this database
 */
export function migrate(db: Database, list: readonly string[] = migrations): void {
  const version = versionOf(db);
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

/**
 * For who looks at a database beside the box: only the box itself changes a schema, when its time has come.
 * @throws RohrpostError store-too-new, store-too-old
 */
export function expectCurrent(db: Database, list: readonly string[] = migrations): void {
  const found = versionOf(db);
  if (found === list.length) return;
  throw new RohrpostError(found > list.length ? 'store-too-new' : 'store-too-old', {
    details: { found, known: list.length },
  });
}
