import type { Database } from 'better-sqlite3';

/** The columns that every row on a line has. */
export interface WorkRow {
  id: string;
  state: string;
  lane: string;
  urgent: number;
  due_ms: number | null;
  owner: string | null;
  attempts: number;
  code: string | null;
  reason: string | null;
  moved_ms: number;
}

/** Where a row goes next. What is left out is cleared: a row that moves on carries no old reason along. */
export interface Move {
  state: string;
  due_ms?: number | null;
  attempts?: number;
  code?: string | null;
  reason?: string | null;
}

/** Claiming and moving the rows of one table: the only statements that write the work columns of a claimed row. */
export interface WorkTable<Row extends WorkRow> {
  readonly name: string;
  /** Takes the most pressing due row (urgent first, then the longest due, then in order of birth) outside `skipLanes` for `owner`. */
  claim(state: string, owner: string, dueBefore_ms: number, skipLanes: readonly string[]): Row | undefined;
  /** When the next unowned row outside `skipLanes` falls due; null when none waits. */
  nextDue(state: string, skipLanes: readonly string[]): number | null;
  get(id: string): Row | undefined;
  /** Moves a row, whoever works on it, and gives it free. The database refuses an illegal move. */
  move(id: string, to: Move, now_ms: number): void;
  /**
   * What a worker makes of the row that it claimed: moves it (or keeps its state with new reasons) and gives it free. False,
   * and nothing is written, when the row is no longer its own: a receipt or a person was quicker.
   */
  finish(id: string, owner: string, to: Move, now_ms: number): boolean;
  /** Gives every row free: at the start of the box, what is owned was owned by an earlier boot. */
  freeAll(): number;
  /** Makes due at `now_ms` what is due only after `latest_ms`: no row waits so long, so the clock was set back (F67). */
  pullDue(state: string, latest_ms: number, now_ms: number): void;
}

export function workTable<Row extends WorkRow>(db: Database, name: string): WorkTable<Row> {
  // The index ${name}_due holds what waits, lane by lane. Each lane is asked for its first row, so that a lane with a hundred
  // thousand rows that must wait costs no more than one with a single row.
  const waits = (urgent: 0 | 1) => `state = @state AND urgent = ${urgent} AND owner IS NULL AND due_ms IS NOT NULL`;
  const first = (urgent: 0 | 1, column: string) =>
    `WITH RECURSIVE lanes (lane) AS (
       SELECT min(lane) FROM ${name} WHERE ${waits(urgent)}
       UNION ALL
       SELECT (SELECT min(lane) FROM ${name} WHERE ${waits(urgent)} AND lane > lanes.lane) FROM lanes WHERE lane IS NOT NULL)
     SELECT pick.${column} FROM lanes JOIN ${name} AS pick ON pick.rowid =
       (SELECT rowid FROM ${name} WHERE ${waits(urgent)} AND lane = lanes.lane AND due_ms <= @due
        ORDER BY due_ms, rowid LIMIT 1)
     WHERE lanes.lane NOT IN (SELECT value FROM json_each(@skip)) ORDER BY pick.due_ms, pick.rowid LIMIT 1`;
  const claim = db.prepare(
    `UPDATE ${name} SET owner = @owner WHERE rowid = coalesce((${first(1, 'rowid')}), (${first(0, 'rowid')})) RETURNING *`,
  );
  const nextDue = db.prepare(
    `SELECT min(due_ms) AS due_ms FROM
       (SELECT (${first(1, 'due_ms')}) AS due_ms UNION ALL SELECT (${first(0, 'due_ms')}))`,
  );
  const get = db.prepare(`SELECT * FROM ${name} WHERE id = ?`);
  const write = `UPDATE ${name} SET state = ?, due_ms = ?, attempts = ?, code = ?, reason = ?, owner = NULL, moved_ms = ?`;
  const values = (to: Move) => [to.state, to.due_ms ?? null, to.attempts ?? 0, to.code ?? null, to.reason ?? null];
  const move = db.prepare(`${write} WHERE id = ?`);
  const finish = db.prepare(`${write} WHERE id = ? AND owner = ?`);
  const freeAll = db.prepare(`UPDATE ${name} SET owner = NULL WHERE owner IS NOT NULL`);
  const pullDue = db.prepare(`UPDATE ${name} SET due_ms = ? WHERE state = ? AND due_ms > ? AND owner IS NULL`);
  return {
    name,
    claim: (state, owner, due, skip) => claim.get({ state, owner, due, skip: JSON.stringify(skip) }) as Row | undefined,
    nextDue: (state, skip) =>
      (nextDue.get({ state, due: Number.MAX_SAFE_INTEGER, skip: JSON.stringify(skip) }) as { due_ms: number | null })
        .due_ms,
    get: (id) => get.get(id) as Row | undefined,
    move: (id, to, now) => {
      if (move.run(...values(to), now, id).changes !== 1) throw new Error(`${name} ${id} is not there to be moved`);
    },
    finish: (id, owner, to, now) => finish.run(...values(to), now, id, owner).changes === 1,
    freeAll: () => freeAll.run().changes,
    pullDue: (state, latest, now) => {
      pullDue.run(now, state, latest);
    },
  };
}
