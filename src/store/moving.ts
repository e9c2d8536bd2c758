import type { Database } from 'better-sqlite3';
import { isConflict, isIncomplete, isOpen } from './open.ts';

/** One thing that is under way: a study that arrives, goes to a partner, comes from one, or is delivered to a target. */
export interface Movement {
  kind: 'arriving' | 'sending' | 'incoming' | 'delivering';
  /** None yet while parts of a set are missing. */
  study_id: string | null;
  patient_name: string;
  modality: string;
  /** Calling AE title, partner or target. */
  peer: string;
  /** Objects so far (arriving), mails, deliveries. */
  done: number;
  /** Of how many; null where nobody knows yet. */
  total: number | null;
  since_ms: number;
  /** Why it is being tried again, if it is: a code and its sentence. */
  code: string | null;
  reason: string | null;
}

/** How many rows of a kind wait for a person. */
export interface Attention {
  entity: string;
  state: string;
  count: number;
}

export interface Moving {
  /** What is under way, at most `limit` of each kind, the urgent and the oldest first. */
  now(limit: number): Movement[];
  attention(): Attention[];
}

/** Without parts: what waits of them holds their consignment. */
const TRAVELLING = ['study', 'consignment', 'mail', 'inbound_set', 'delivery', 'receipt'] as const;
const STUCK = ['held', 'quarantined', 'refused', 'unconfirmed'];
/** A look at this many deliveries that are due tells which studies are being delivered. */
const DELIVERIES = 500;

/**
 * Rows that have not come to rest have a small index in every table (open.ts). Every question here goes through it, so that
 * its cost follows what is under way and not what ever was.
 */
const travelling = (table: keyof typeof isOpen, states: string) =>
  `SELECT * FROM ${table} WHERE ${isOpen[table]} AND state IN (${states}) ORDER BY urgent DESC, moved_ms LIMIT @limit`;

/** The first of a consignment's parts that is tried again, in the order of their numbers, speaks for it. */
const TRIED = `coalesce(c.COLUMN,
        (SELECT COLUMN FROM part WHERE consignment_id = c.id AND attempts > 0 AND code IS NOT NULL ORDER BY number LIMIT 1)) AS COLUMN`;

export function moving(db: Database): Moving {
  const arriving = db.prepare(`
    SELECT 'arriving' AS kind, id AS study_id, patient_name, modality, calling_ae AS peer, first_ms AS since_ms, NULL AS code, NULL AS reason,
      (SELECT count(*) FROM item WHERE study_id = s.id) AS done, NULL AS total
    FROM (${travelling('study', "'arriving'")}) AS s ORDER BY urgent DESC, first_ms LIMIT @limit`);
  const sending = db.prepare(`
    SELECT 'sending' AS kind, c.study_id, patient_name, modality, c.partner_id AS peer, created_ms AS since_ms,
      ${TRIED.replaceAll('COLUMN', 'code')}, ${TRIED.replaceAll('COLUMN', 'reason')},
      (SELECT count(*) FROM part WHERE consignment_id = c.id AND state IN ('sent', 'confirmed')) AS done,
      (SELECT nullif(count(*), 0) FROM part WHERE consignment_id = c.id) AS total
    FROM (${travelling('consignment', "'routed', 'packed'")}) AS c JOIN study ON study.id = c.study_id
    ORDER BY c.urgent DESC, created_ms LIMIT @limit`);
  const incoming = db.prepare(`
    SELECT 'incoming' AS kind, NULL AS study_id, '' AS patient_name, '' AS modality, partner_id AS peer, first_ms AS since_ms, code, reason,
      (SELECT count(*) FROM inbound_part WHERE set_row = s.id) AS done, total
    FROM (${travelling('inbound_set', "'waiting', 'ready'")}) AS s ORDER BY urgent DESC, first_ms LIMIT @limit`);
  const delivering = db.prepare(`
    SELECT 'delivering' AS kind, d.study_id, patient_name, modality, d.target_id AS peer, d.since_ms, d.code, d.reason,
      (SELECT count(*) FROM delivery WHERE study_id = d.study_id AND target_id = d.target_id AND state = 'delivered') AS done,
      (SELECT count(*) FROM delivery WHERE study_id = d.study_id AND target_id = d.target_id) AS total
    FROM (SELECT study_id, target_id, min(moved_ms) AS since_ms, max(code) AS code, max(reason) AS reason, max(urgent) AS urgent FROM
        (SELECT * FROM delivery WHERE ${isOpen.delivery} AND state = 'due' LIMIT ${DELIVERIES})
      GROUP BY study_id, target_id ORDER BY max(urgent) DESC, min(moved_ms) LIMIT @limit) AS d
    JOIN study ON study.id = d.study_id`);
  const stuck = STUCK.map((state) => `'${state}'`).join(', ');
  const counted = (table: string, which: string) =>
    `SELECT '${table}' AS entity, state, count(*) AS count FROM ${table} WHERE ${which} GROUP BY state`;
  const attention = db.prepare(
    [
      ...TRAVELLING.map((table) => counted(table, `${isOpen[table]} AND state IN (${stuck})`)),
      counted('inbound_set', isIncomplete),
      counted('item', isConflict),
    ].join(' UNION ALL '),
  );
  return {
    now: (limit) =>
      [arriving, sending, incoming, delivering].flatMap((question) => question.all({ limit }) as Movement[]),
    attention: () => attention.all() as Attention[],
  };
}
