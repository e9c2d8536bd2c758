import type { Database } from 'better-sqlite3';
import type { ConsignmentRow } from './consignments.ts';
import type { SetRow } from './sets.ts';
import { SETS_OF_STUDY } from './way.ts';

/** A consignment and how far it is. */
export interface ConsignmentLine extends ConsignmentRow {
  items: number;
  parts: number;
  parts_sent: number;
  parts_confirmed: number;
  /** Of its sealed mails. */
  size_bytes: number;
}

/** Deliveries of a study to one target that are in one state for one reason. */
export interface TargetLine {
  target_id: string;
  state: string;
  count: number;
  code: string | null;
  reason: string | null;
  /** The latest move of them. */
  moved_ms: number;
}

/** What hangs on a study, counted by the database; each list is short, however many objects the study has. */
export interface Hanging {
  consignments(studyId: string): ConsignmentLine[];
  /** The sets that brought something of it, with how many of their mails came. */
  sets(studyId: string): (SetRow & { came: number })[];
  targets(studyId: string): TargetLine[];
}

/** Reasons of one target: where there are more, the rest would tell nobody anything. */
const REASONS = 50;

export function hanging(db: Database): Hanging {
  const consignments = db.prepare(
    `SELECT c.*, (SELECT count(*) FROM consignment_item WHERE consignment_id = c.id) AS items,
       count(part.id) AS parts, total(part.state IN ('sent', 'confirmed', 'refused')) AS parts_sent,
       total(part.state = 'confirmed') AS parts_confirmed, total(part.mail_bytes) AS size_bytes
     FROM consignment AS c LEFT JOIN part ON part.consignment_id = c.id AND part.state <> 'discarded'
     WHERE c.study_id = ? GROUP BY c.id ORDER BY c.created_ms, c.id`,
  );
  const sets = db.prepare(
    `SELECT inbound_set.*, (SELECT count(*) FROM inbound_part WHERE set_row = inbound_set.id) AS came
     FROM inbound_set WHERE id IN (${SETS_OF_STUDY}) ORDER BY first_ms, id`,
  );
  const targets = db.prepare(
    `SELECT target_id, state, count(*) AS count, code, reason, max(moved_ms) AS moved_ms FROM delivery WHERE study_id = ?
     GROUP BY target_id, state, code, reason ORDER BY target_id, state LIMIT ${REASONS}`,
  );
  return {
    consignments: (study) => consignments.all(study) as ConsignmentLine[],
    sets: (study) => sets.all({ study }) as ReturnType<Hanging['sets']>,
    targets: (study) => targets.all(study) as TargetLine[],
  };
}
