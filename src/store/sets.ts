import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import type { ItemRow } from './items.ts';
import { type WorkRow, type WorkTable, workTable } from './work.ts';

/** What a partner sends under one set id. */
export interface SetRow extends WorkRow {
  partner_id: string;
  set_id: string;
  total: number;
  first_ms: number;
  last_ms: number;
  released: number;
}

export interface SetPartRow {
  set_row: string;
  number: number;
  mail_id: string;
  content_sha256: string;
  admitted: number;
  answered: number;
}

export interface SetTable extends WorkTable<SetRow> {
  find(partnerId: string, setId: string): SetRow | undefined;
  add(o: {
    partnerId: string;
    setId: string;
    total: number;
    urgent: boolean;
    due_ms: number | null;
    now_ms: number;
  }): SetRow;
  touch(id: string, now_ms: number): void;
  part(setRow: string, number: number): SetPartRow | undefined;
  addPart(o: {
    setRow: string;
    number: number;
    mailId: string;
    contentSha256: string;
    itemIds: readonly string[];
  }): void;
  parts(setRow: string): SetPartRow[];
  itemsOf(setRow: string, number: number): ItemRow[];
  /** Points every part that named item `from` to item `to`: the same object came before. */
  repoint(from: string, to: string): void;
  setAdmitted(setRow: string, number: number): void;
  setAnswered(setRow: string, number: number): void;
  setReleased(setRow: string): void;
  /** Admitted, unanswered parts that hold one of these items: their receipts may now be due. */
  unansweredWith(itemId: string): SetPartRow[];
  /** Parts of a set that are in it and not answered yet. */
  unanswered(setRow: string): SetPartRow[];
  /** Has every part of the set come and been answered? */
  isAnswered(set: SetRow): boolean;
}

export function setTable(db: Database): SetTable {
  const find = db.prepare('SELECT * FROM inbound_set WHERE partner_id = ? AND set_id = ?');
  const add = db.prepare(
    `INSERT INTO inbound_set (id, partner_id, set_id, total, first_ms, last_ms, state, lane, urgent, due_ms, moved_ms)
     VALUES (@id, @partner, @set, @total, @now, @now, 'waiting', @partner, @urgent, @due, @now)`,
  );
  const touch = db.prepare('UPDATE inbound_set SET last_ms = ? WHERE id = ?');
  const part = db.prepare('SELECT * FROM inbound_part WHERE set_row = ? AND number = ?');
  const addPart = db.prepare(
    'INSERT INTO inbound_part (set_row, number, mail_id, content_sha256) VALUES (@setRow, @number, @mailId, @contentSha256)',
  );
  const link = db.prepare('INSERT INTO inbound_part_item (set_row, number, item_id, position) VALUES (?, ?, ?, ?)');
  const parts = db.prepare('SELECT * FROM inbound_part WHERE set_row = ? ORDER BY number');
  const itemsOf = db.prepare(
    `SELECT item.* FROM inbound_part_item AS link JOIN item ON item.id = link.item_id
     WHERE link.set_row = ? AND link.number = ? ORDER BY link.position`,
  );
  const repoint = db.prepare('UPDATE inbound_part_item SET item_id = ? WHERE item_id = ?');
  const setAdmitted = db.prepare('UPDATE inbound_part SET admitted = 1 WHERE set_row = ? AND number = ?');
  const setAnswered = db.prepare('UPDATE inbound_part SET answered = 1 WHERE set_row = ? AND number = ?');
  const setReleased = db.prepare('UPDATE inbound_set SET released = 1 WHERE id = ?');
  const unanswered = db.prepare(
    `SELECT part.* FROM inbound_part AS part JOIN inbound_part_item AS link USING (set_row, number)
     WHERE link.item_id = ? AND part.admitted = 1 AND part.answered = 0`,
  );
  const unansweredOf = db.prepare('SELECT * FROM inbound_part WHERE set_row = ? AND answered = 0 ORDER BY number');
  const count = db.prepare('SELECT count(*) FROM inbound_part WHERE set_row = ?').pluck();
  const oneUnanswered = db.prepare('SELECT 1 FROM inbound_part WHERE set_row = ? AND answered = 0 LIMIT 1');
  const work = workTable<SetRow>(db, 'inbound_set');
  return {
    ...work,
    find: (partner, set) => find.get(partner, set) as SetRow | undefined,
    add: (o) => {
      const id = newId();
      add.run({
        id,
        partner: o.partnerId,
        set: o.setId,
        total: o.total,
        urgent: o.urgent ? 1 : 0,
        due: o.due_ms,
        now: o.now_ms,
      });
      return work.get(id)!;
    },
    touch: (id, now) => {
      touch.run(now, id);
    },
    part: (set, number) => part.get(set, number) as SetPartRow | undefined,
    addPart: ({ itemIds, ...o }) => {
      addPart.run(o);
      for (const [index, item] of itemIds.entries()) link.run(o.setRow, o.number, item, index + 1);
    },
    parts: (set) => parts.all(set) as SetPartRow[],
    itemsOf: (set, number) => itemsOf.all(set, number) as ItemRow[],
    repoint: (from, to) => {
      repoint.run(to, from);
    },
    setAdmitted: (set, number) => {
      setAdmitted.run(set, number);
    },
    setAnswered: (set, number) => {
      setAnswered.run(set, number);
    },
    setReleased: (set) => {
      setReleased.run(set);
    },
    unanswered: (set) => unansweredOf.all(set) as SetPartRow[],
    isAnswered: (set) => oneUnanswered.get(set.id) === undefined && count.get(set.id) === set.total,
    unansweredWith: (item) => unanswered.all(item) as SetPartRow[],
  };
}
