import type { Database } from 'better-sqlite3';
import { isOpen } from './open.ts';
import { type StudyQuery, searchStudies } from './search.ts';
import type { StudyRow } from './studies.ts';

/** How many rows of a table are in a state. */
export interface StateCount {
  entity: string;
  state: string;
  count: number;
  /** Since when the oldest of them has been there; null where they have come to rest. */
  oldest_ms: number | null;
}

/** A row that only a person can help. */
export interface Trouble {
  entity: string;
  id: string;
  state: string;
  code: string | null;
  reason: string | null;
  moved_ms: number;
}

/** Read-only questions that people ask, over all tables. */
export interface Overview {
  counts(): StateCount[];
  troubles(limit: number): Trouble[];
  /** Studies, the latest first. */
  studies(query: StudyQuery): StudyRow[];
  /**
   * When the database was last written to, by the wall clock of then; 0 when it is new. Not the latest time in it: an hour
   * that the clock spent in 2038 must not count for ever (F67).
   */
  latestMs(): number;
  /** Every file path the database still needs, relative to the data folder. */
  paths(): Set<string>;
}

const TABLES = Object.keys(isOpen) as (keyof typeof isOpen)[];
const TROUBLED = ['held', 'quarantined', 'refused', 'unconfirmed'];

export function overview(db: Database): Overview {
  const counts = db.prepare('SELECT entity, name AS state, count FROM state WHERE count > 0 ORDER BY entity, name');
  const oldest = Object.fromEntries(
    TABLES.map((t) => [t, db.prepare(`SELECT min(moved_ms) FROM ${t} WHERE ${isOpen[t]} AND state = ?`).pluck()]),
  );
  const troubles = TABLES.map((t) =>
    db.prepare(
      `SELECT '${t}' AS entity, id, state, code, reason, moved_ms FROM ${t} WHERE ${isOpen[t]} AND state = ?
       ORDER BY moved_ms DESC LIMIT ?`,
    ),
  );
  const latest = db.prepare(
    'SELECT coalesce((SELECT at_ms FROM history WHERE id = (SELECT max(id) FROM history)), 0) AS ms',
  );
  const paths = db.prepare(
    `SELECT path FROM item WHERE state = 'stored'
     UNION ALL SELECT path FROM item WHERE state IN ('candidate', 'conflict')
     UNION ALL SELECT path FROM mail WHERE ${isOpen.mail}
     UNION ALL SELECT opened_path FROM mail WHERE ${isOpen.mail} AND state = 'opened' AND opened_path IS NOT NULL
     UNION ALL SELECT value FROM part, json_each(part.mail_paths) WHERE ${isOpen.part} AND state IN ('sealed', 'held')`,
  );
  return {
    counts: () =>
      (counts.all() as Omit<StateCount, 'oldest_ms'>[]).map((row) => ({
        ...row,
        oldest_ms: (oldest[row.entity]?.get(row.state) ?? null) as number | null,
      })),
    troubles: (limit) =>
      troubles
        .flatMap((statement) => TROUBLED.flatMap((state) => statement.all(state, limit) as Trouble[]))
        .sort((a, b) => b.moved_ms - a.moved_ms)
        .slice(0, limit),
    studies: (query) => searchStudies(db, query),
    latestMs: () => (latest.get() as { ms: number }).ms,
    paths: () => new Set(paths.pluck().all() as string[]),
  };
}
