import type { Database } from 'better-sqlite3';
import type { MailRow } from './mails.ts';
import { isConflict, isIncomplete, isOpen } from './open.ts';
import type { SetRow } from './sets.ts';
import type { StudyRow } from './studies.ts';

/** An object that contradicts another of its study: the same SOP Instance UID, other bytes. */
export interface ConflictRow {
  id: string;
  study_id: string;
  /** Where the study came from: called AE title, or partner. */
  origin: string;
  size_bytes: number;
  moved_ms: number;
}

/** What stays out, or was stopped, until a person decides; the latest of each kind first. */
export interface Quarantine {
  mails(limit: number): MailRow[];
  /** Sets that were refused admission, have no target or wait for long; with how many of their mails came, and the bytes of these. */
  sets(limit: number): (SetRow & { came: number; size_bytes: number })[];
  conflicts(limit: number): ConflictRow[];
  /** Studies that are held before they go anywhere. */
  studies(limit: number): StudyRow[];
}

export function quarantine(db: Database): Quarantine {
  const mails = db.prepare(
    `SELECT * FROM mail WHERE ${isOpen.mail} AND state = 'quarantined' ORDER BY moved_ms DESC LIMIT ?`,
  );
  const sets = db.prepare(
    `SELECT inbound_set.*,
       (SELECT count(*) FROM inbound_part WHERE set_row = inbound_set.id) AS came,
       (SELECT total(size_bytes) FROM inbound_part JOIN mail ON mail.id = mail_id WHERE set_row = inbound_set.id) AS size_bytes
     FROM inbound_set WHERE ${isOpen.inbound_set} AND (state IN ('quarantined', 'held') OR (${isIncomplete})) ORDER BY moved_ms DESC LIMIT ?`,
  );
  const conflicts = db.prepare(
    `SELECT item.id, study_id, origin, item.size_bytes, item.moved_ms FROM item JOIN study ON study.id = study_id
     WHERE ${isConflict} ORDER BY item.moved_ms DESC LIMIT ?`,
  );
  const studies = db.prepare(
    `SELECT * FROM study WHERE ${isOpen.study} AND state = 'held' ORDER BY moved_ms DESC LIMIT ?`,
  );
  return {
    mails: (limit) => mails.all(limit) as MailRow[],
    sets: (limit) => sets.all(limit) as ReturnType<Quarantine['sets']>,
    conflicts: (limit) => conflicts.all(limit) as ConflictRow[],
    studies: (limit) => studies.all(limit) as StudyRow[],
  };
}
