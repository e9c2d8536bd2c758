import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import type { ItemRow } from './items.ts';
import { type WorkRow, type WorkTable, workTable } from './work.ts';

/** One item at one target. */
export interface DeliveryRow extends WorkRow {
  item_id: string;
  study_id: string;
  target_id: string;
  status: number | null;
  delivered_ms: number | null;
  refusals: number;
}

export interface DeliveryTable extends WorkTable<DeliveryRow> {
  /** Once per item and target, for ever: an item that is due or delivered there already gets no second one. */
  add(o: { itemId: string; studyId: string; targetId: string; urgent: boolean; due_ms: number; now_ms: number }): void;
  /** Takes the other due deliveries of the same study to the same target, for one association. */
  claimFellows(first: DeliveryRow, owner: string, due_ms: number, limit: number): DeliveryRow[];
  ofItem(itemId: string): DeliveryRow[];
  /** Deliveries of a study to a target that are not finished: the finished-marker waits for them. */
  openCount(studyId: string, targetId: string): number;
  /** What of a study lies at a target. */
  deliveredItems(studyId: string, targetId: string): ItemRow[];
  /** Is a delivery of an item in this part of a set not finished yet? */
  isPartOpen(setRow: string, number: number): boolean;
  /** A finished delivery of an item in this part that did not end well. */
  failedOfPart(setRow: string, number: number): DeliveryRow | undefined;
  setDelivered(id: string, o: { delivered_ms: number; status: number | null }): void;
  setRefusals(id: string, refusals: number): void;
}

export function deliveryTable(db: Database): DeliveryTable {
  const add = db.prepare(
    `INSERT INTO delivery (id, item_id, study_id, target_id, state, lane, urgent, due_ms, moved_ms)
     VALUES (@id, @item, @study, @target, 'due', @target, @urgent, @due, @now) ON CONFLICT (item_id, target_id) DO NOTHING`,
  );
  const fellows = db.prepare(
    `UPDATE delivery SET owner = @owner WHERE id IN
       (SELECT id FROM delivery WHERE state = 'due' AND owner IS NULL AND due_ms <= @due
          AND study_id = @study AND target_id = @target ORDER BY rowid LIMIT @limit) RETURNING *, rowid AS position`,
  );
  const ofItem = db.prepare('SELECT * FROM delivery WHERE item_id = ?');
  const openCount = db.prepare(
    `SELECT count(*) AS n FROM delivery WHERE study_id = ? AND target_id = ? AND state IN ('due', 'held')`,
  );
  const deliveredItems = db.prepare(
    `SELECT item.* FROM delivery JOIN item ON item.id = item_id
     WHERE delivery.study_id = ? AND target_id = ? AND delivery.state = 'delivered'`,
  );
  const ofPart = (states: string) =>
    db.prepare(
      `SELECT delivery.* FROM inbound_part_item AS link JOIN delivery ON delivery.item_id = link.item_id
       WHERE link.set_row = ? AND link.number = ? AND delivery.state ${states} LIMIT 1`,
    );
  const openOfPart = ofPart(`IN ('due', 'held')`);
  const failedOfPart = ofPart(`NOT IN ('due', 'held', 'delivered')`);
  const setRefusals = db.prepare('UPDATE delivery SET refusals = ? WHERE id = ?');
  const setDelivered = db.prepare('UPDATE delivery SET delivered_ms = ?, status = ? WHERE id = ?');
  return {
    ...workTable<DeliveryRow>(db, 'delivery'),
    add: (o) => {
      add.run({
        id: newId(),
        item: o.itemId,
        study: o.studyId,
        target: o.targetId,
        urgent: o.urgent ? 1 : 0,
        due: o.due_ms,
        now: o.now_ms,
      });
    },
    claimFellows: (first, owner, due, limit) =>
      (
        fellows.all({ owner, due, study: first.study_id, target: first.target_id, limit }) as (DeliveryRow & {
          position: number;
        })[]
      ).sort((a, b) => a.position - b.position),
    ofItem: (item) => ofItem.all(item) as DeliveryRow[],
    openCount: (study, target) => (openCount.get(study, target) as { n: number }).n,
    deliveredItems: (study, target) => deliveredItems.all(study, target) as ItemRow[],
    isPartOpen: (set, number) => openOfPart.get(set, number) !== undefined,
    failedOfPart: (set, number) => failedOfPart.get(set, number) as DeliveryRow | undefined,
    setRefusals: (id, refusals) => {
      setRefusals.run(refusals, id);
    },
    setDelivered: (id, o) => {
      setDelivered.run(o.delivered_ms, o.status, id);
    },
  };
}
