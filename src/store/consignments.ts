import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import { type WorkRow, type WorkTable, workTable } from './work.ts';

export interface ConsignmentRow extends WorkRow {
  study_id: string;
  partner_id: string;
  set_id: string;
  sequence: number;
  created_ms: number;
  sent_ms: number | null;
  closed_ms: number | null;
}

export interface ConsignmentTable extends WorkTable<ConsignmentRow> {
  /** Makes a consignment of these items; `sequence` counts those of one study to one partner. */
  add(o: {
    studyId: string;
    partnerId: string;
    itemIds: readonly string[];
    urgent: boolean;
    state: 'routed';
    due_ms: number | null;
    now_ms: number;
  }): ConsignmentRow;
  ofStudy(studyId: string): ConsignmentRow[];
  /** A new identity on the wire, for a consignment that is planned anew before any part was accepted. */
  renewSet(id: string): void;
  setTimes(id: string, o: { sent_ms?: number; closed_ms?: number }): void;
}

export function consignmentTable(db: Database): ConsignmentTable {
  const add = db.prepare(
    `INSERT INTO consignment (id, study_id, partner_id, set_id, sequence, created_ms, state, lane, urgent, due_ms, moved_ms)
     VALUES (@id, @study, @partner, @set,
       1 + (SELECT count(*) FROM consignment WHERE study_id = @study AND partner_id = @partner),
       @now, @state, @partner, @urgent, @due, @now)`,
  );
  const link = db.prepare('INSERT INTO consignment_item (consignment_id, item_id, position) VALUES (?, ?, ?)');
  const ofStudy = db.prepare('SELECT * FROM consignment WHERE study_id = ? ORDER BY created_ms, id');
  const renewSet = db.prepare('UPDATE consignment SET set_id = ? WHERE id = ?');
  const setTimes = db.prepare(
    'UPDATE consignment SET sent_ms = coalesce(@sent, sent_ms), closed_ms = coalesce(@closed, closed_ms) WHERE id = @id',
  );
  const work = workTable<ConsignmentRow>(db, 'consignment');
  return {
    ...work,
    add: (o) => {
      const id = newId();
      add.run({
        id,
        study: o.studyId,
        partner: o.partnerId,
        set: newId(),
        state: o.state,
        urgent: o.urgent ? 1 : 0,
        due: o.due_ms,
        now: o.now_ms,
      });
      for (const [index, item] of o.itemIds.entries()) link.run(id, item, index + 1);
      return work.get(id)!;
    },
    ofStudy: (study) => ofStudy.all(study) as ConsignmentRow[],
    renewSet: (id) => {
      renewSet.run(newId(), id);
    },
    setTimes: (id, o) => {
      setTimes.run({ id, sent: o.sent_ms ?? null, closed: o.closed_ms ?? null });
    },
  };
}
