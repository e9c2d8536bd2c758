import type { Database } from 'better-sqlite3';

/** One move of one row; the database writes it in the same transaction as the move. */
export interface HistoryRow {
  id: number;
  entity: string;
  row_id: string;
  at_ms: number;
  from_state: string;
  to_state: string;
  code: string | null;
  reason: string | null;
  /** How often it had failed before it came to this move; what was said the last time. */
  tries: number | null;
  tried_code: string | null;
  tried_reason: string | null;
}

export interface HistoryTable {
  of(rowIds: readonly string[]): HistoryRow[];
  /** A line about a row that is no move: an operator's act, a remark. */
  note(o: { entity: string; rowId: string; state: string; code: string; reason: string; now_ms: number }): void;
}

export function historyTable(db: Database): HistoryTable {
  const of = db.prepare('SELECT * FROM history WHERE row_id IN (SELECT value FROM json_each(?)) ORDER BY id');
  const note = db.prepare(
    `INSERT INTO history (entity, row_id, at_ms, from_state, to_state, code, reason)
     VALUES (@entity, @rowId, @now_ms, @state, @state, @code, @reason)`,
  );
  return {
    of: (ids) => of.all(JSON.stringify(ids)) as HistoryRow[],
    note: (o) => {
      note.run(o);
    },
  };
}
