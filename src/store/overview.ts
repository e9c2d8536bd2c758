import type { Database } from 'better-sqlite3';
import type { StudyRow } from './studies.ts';

/** How many rows of a table are in a state, and how long the oldest of them has been there. */
export interface StateCount {
  entity: string;
  state: string;
  count: number;
  oldest_ms: number;
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

/** A study as a list shows it, with how far it got. */
export interface StudyLine extends StudyRow {
  items: number;
  size_bytes: number;
  /** Outbound: parts in all, accepted by the mail server, confirmed. */
  parts: number;
  parts_sent: number;
  parts_confirmed: number;
  /** Inbound: deliveries in all and done. */
  deliveries: number;
  deliveries_done: number;
}

/** Read-only questions that people ask, over all tables. */
export interface Overview {
  counts(): StateCount[];
  troubles(limit: number): Trouble[];
  studies(o: { limit: number }): StudyLine[];
  /** The line of one study. */
  study(id: string): StudyLine | undefined;
  /**
   * When the database was last written to, by the wall clock of then; 0 when it is new. Not the latest time in it: an hour
   * that the clock spent in 2038 must not count for ever (F67).
   */
  latestMs(): number;
  /** Every file path the database still needs, relative to the data folder. */
  paths(): Set<string>;
}

const TABLES = ['study', 'consignment', 'part', 'mail', 'inbound_set', 'delivery', 'receipt'];

const STUDY_LINE = `
  SELECT study.*,
    (SELECT count(*) FROM item WHERE study_id = study.id AND state IN ('stored', 'removed')) AS items,
    (SELECT coalesce(sum(size_bytes), 0) FROM item WHERE study_id = study.id AND state IN ('stored', 'removed')) AS size_bytes,
    (SELECT count(*) FROM part JOIN consignment c ON c.id = consignment_id WHERE c.study_id = study.id) AS parts,
    (SELECT count(*) FROM part JOIN consignment c ON c.id = consignment_id
       WHERE c.study_id = study.id AND part.state IN ('sent', 'confirmed', 'refused')) AS parts_sent,
    (SELECT count(*) FROM part JOIN consignment c ON c.id = consignment_id
       WHERE c.study_id = study.id AND part.state = 'confirmed') AS parts_confirmed,
    (SELECT count(*) FROM delivery WHERE study_id = study.id) AS deliveries,
    (SELECT count(*) FROM delivery WHERE study_id = study.id AND state = 'delivered') AS deliveries_done
  FROM study`;

export function overview(db: Database): Overview {
  const counts = db.prepare(
    TABLES.map(
      (t) => `SELECT '${t}' AS entity, state, count(*) AS count, min(moved_ms) AS oldest_ms FROM ${t} GROUP BY state`,
    ).join(' UNION ALL '),
  );
  const troubles = db.prepare(
    `${TABLES.map(
      (t) =>
        `SELECT '${t}' AS entity, id, state, code, reason, moved_ms FROM ${t} WHERE state IN ('held', 'quarantined', 'refused', 'unconfirmed')`,
    ).join(' UNION ALL ')} ORDER BY moved_ms DESC LIMIT ?`,
  );
  const studies = db.prepare(`${STUDY_LINE} ORDER BY last_ms DESC LIMIT ?`);
  const study = db.prepare(`${STUDY_LINE} WHERE id = ?`);
  const latest = db.prepare('SELECT coalesce((SELECT at_ms FROM history ORDER BY id DESC LIMIT 1), 0) AS ms');
  const paths = db.prepare(
    `SELECT path FROM item WHERE state NOT IN ('duplicate', 'discarded', 'removed')
     UNION ALL SELECT path FROM mail WHERE state IN ('collected', 'fragment', 'opened', 'quarantined')
     UNION ALL SELECT opened_path FROM mail WHERE state = 'opened' AND opened_path IS NOT NULL
     UNION ALL SELECT value FROM part, json_each(part.mail_paths) WHERE part.state IN ('sealed', 'held')`,
  );
  return {
    counts: () => counts.all() as StateCount[],
    troubles: (limit) => troubles.all(limit) as Trouble[],
    studies: ({ limit }) => studies.all(limit) as StudyLine[],
    study: (id) => study.get(id) as StudyLine | undefined,
    latestMs: () => (latest.get() as { ms: number }).ms,
    paths: () => new Set(paths.pluck().all() as string[]),
  };
}
