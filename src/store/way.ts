import type { Database } from 'better-sqlite3';

/** Rows of one kind, for one peer, that came to a state: how many, the first and the last. */
export interface Reached {
  entity: string;
  /** The consignment (of it and its parts) or set (of it and its mails) that they belong to; else ''. */
  owner: string;
  /** Partner or target. */
  peer: string;
  state: string;
  count: number;
  first_ms: number;
  last_ms: number;
}

/** What happened for one reason: to how many rows of one kind, and one of them. */
export interface Happened extends Reached {
  id: string;
  code: string | null;
  reason: string | null;
  /** How often something failed, for what was tried again. */
  attempts: number;
}

/** What a consignment, or a target, amounts to. */
export interface Load {
  id: string;
  peer: string;
  sequence: number;
  created_ms: number;
  rows: number;
  size_bytes: number;
  words: string | null;
}

/** The way of one study, counted by the database: of a study of five thousand objects no more is read than of one. */
export interface Way {
  reached: Reached[];
  /** Moves that have a reason: held, refused, sent back; what persons did. */
  events: Happened[];
  /** What failed, was tried again and came to its next state. */
  overcome: Happened[];
  /** What is tried again just now. */
  trying: Happened[];
  consignments: Load[];
  /** Mails that brought it: how many, from when to when. */
  mails: { count: number; size_bytes: number; first_ms: number; last_ms: number; peer: string } | null;
  sets: { id: string; total: number }[];
  targets: { peer: string; rows: number }[];
}

export function wayOf(db: Database): (studyId: string) => Way {
  const all = (sql: string) => db.prepare(`WITH ${ROWS} ${sql}`);
  const moved = 'FROM line CROSS JOIN history ON row_id = line.id';
  const span = 'min(at_ms) AS first_ms, max(at_ms) AS last_ms';
  const reached = all(
    `SELECT kind AS entity, owner, peer, to_state AS state, count(DISTINCT row_id) AS count, ${span}
     ${moved} WHERE from_state <> to_state GROUP BY kind, owner, peer, to_state`,
  );
  const events = all(
    `SELECT kind AS entity, owner, peer, to_state AS state, count(DISTINCT row_id) AS count, min(row_id) AS id, 0 AS attempts,
       history.code, history.reason, ${span}
     ${moved} WHERE history.code IS NOT NULL GROUP BY kind, owner, peer, to_state, history.code, history.reason`,
  );
  // min() and max() both: which row the words are of is left open; the code they share says the same.
  const overcome = all(
    `SELECT kind AS entity, owner, peer, to_state AS state, count(DISTINCT row_id) AS count, min(row_id) AS id,
       sum(tries) AS attempts, tried_code AS code, tried_reason AS reason, min(at_ms) AS first_ms, max(at_ms) AS last_ms
     ${moved} WHERE tries IS NOT NULL GROUP BY kind, owner, peer, to_state, tried_code`,
  );
  const trying = all(
    `SELECT kind AS entity, owner, peer, now AS state, count(*) AS count, min(id) AS id, max(attempts) AS attempts, code, reason,
       min(moved_ms) AS first_ms, max(moved_ms) AS last_ms
     FROM line WHERE attempts > 0 GROUP BY kind, owner, peer, now, code, reason`,
  );
  const consignments = db.prepare(
    `SELECT c.id, c.partner_id AS peer, c.sequence, c.created_ms, count(part.id) AS rows, total(part.mail_bytes) AS size_bytes,
       (SELECT response FROM part WHERE consignment_id = c.id AND response IS NOT NULL ORDER BY number DESC LIMIT 1) AS words
     FROM consignment AS c LEFT JOIN part ON part.consignment_id = c.id WHERE c.study_id = @study
     GROUP BY c.id ORDER BY c.created_ms, c.id`,
  );
  const mails = db.prepare(
    `SELECT count(*) AS count, total(size_bytes) AS size_bytes, min(received_ms) AS first_ms, max(received_ms) AS last_ms,
       coalesce(min(partner_id), '') AS peer FROM mail WHERE id IN (${MAILS})`,
  );
  const targets = db.prepare(
    'SELECT target_id AS peer, count(*) AS rows FROM delivery WHERE study_id = @study GROUP BY target_id',
  );
  const setIds = db.prepare(SETS_OF_STUDY).pluck();
  const sets = db.prepare(`SELECT id, total FROM inbound_set WHERE id IN (${SETS})`);
  return (study) => {
    // Found through every object of the study, so once only.
    const about = { study, sets: JSON.stringify(setIds.all({ study })) };
    const came = mails.get(about) as Way['mails'];
    return {
      reached: reached.all(about) as Reached[],
      events: events.all(about) as Happened[],
      overcome: overcome.all(about) as Happened[],
      trying: trying.all(about) as Happened[],
      consignments: consignments.all({ study }) as Load[],
      mails: came?.count ? came : null,
      sets: sets.all(about) as Way['sets'],
      targets: targets.all({ study }) as Way['targets'],
    };
  };
}

/** The sets that hold something of a study, and the mails that brought them. */
export const SETS_OF_STUDY = `
  SELECT DISTINCT link.set_row FROM inbound_part_item AS link JOIN item ON item.id = link.item_id WHERE item.study_id = @study`;
export const MAILS_OF_STUDY = `SELECT mail_id FROM inbound_part WHERE set_row IN (${SETS_OF_STUDY})`;

/** The same, where the sets have been found already. */
const SETS = 'SELECT value FROM json_each(@sets)';
const MAILS = `SELECT mail_id FROM inbound_part WHERE set_row IN (${SETS})`;

/** Every row that travels, or travelled, for a study. */
const ROWS = `line (kind, id, owner, peer, now, attempts, code, reason, moved_ms) AS MATERIALIZED (
  SELECT 'study', id, '', '', state, attempts, code, reason, moved_ms FROM study WHERE id = @study
  UNION ALL SELECT 'consignment', id, id, partner_id, state, attempts, code, reason, moved_ms
    FROM consignment WHERE study_id = @study
  UNION ALL SELECT 'part', part.id, c.id, c.partner_id, part.state, part.attempts, part.code, part.reason, part.moved_ms
    FROM consignment AS c JOIN part ON part.consignment_id = c.id WHERE c.study_id = @study
  UNION ALL SELECT 'inbound_set', id, id, partner_id, state, attempts, code, reason, moved_ms
    FROM inbound_set WHERE id IN (${SETS})
  UNION ALL SELECT 'mail', id, '', coalesce(partner_id, ''), state, attempts, code, reason, moved_ms
    FROM mail WHERE id IN (${MAILS})
  UNION ALL SELECT 'receipt', id, '', partner_id, state, attempts, code, reason, moved_ms
    FROM receipt WHERE mail_id IN (${MAILS})
  UNION ALL SELECT 'delivery', id, '', target_id, state, attempts, code, reason, moved_ms
    FROM delivery WHERE study_id = @study
  UNION ALL SELECT 'item', id, '', '', state, 0, NULL, NULL, moved_ms
    FROM item WHERE study_id = @study AND state IN ('conflict', 'discarded'))`;
