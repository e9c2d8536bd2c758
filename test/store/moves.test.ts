import { describe, expect, test } from 'vitest';
import { type Entity, moves } from '../../src/line/states.ts';
import { START_MS } from '../support/clock.ts';
import { oneOfEach, rawDatabase, temporaryStore } from '../support/store.ts';

const entities = Object.keys(moves) as Entity[];
const statesOf = (entity: Entity) => Object.keys(moves[entity]);
const legal = (entity: Entity, from: string) => (moves[entity] as Record<string, readonly string[]>)[from]!;

describe.each(entities)('%s', (entity) => {
  test('every listed move is allowed, every other one is refused and changes nothing', () => {
    const { store, folder } = temporaryStore();
    const id = oneOfEach(store)[entity];
    const db = rawDatabase(folder);
    const setState = db.prepare(`UPDATE ${entity} SET state = ? WHERE id = ?`);
    const state = () => (db.prepare(`SELECT state FROM ${entity} WHERE id = ?`).get(id) as { state: string }).state;
    const allow = db.prepare('INSERT OR IGNORE INTO move VALUES (?, ?, ?)');
    const forbid = db.prepare('DELETE FROM move WHERE entity = ? AND from_state = ? AND to_state = ?');
    /** Puts the row into any state, by a move that is legal for just that moment. */
    const force = (to: string) => {
      const from = state();
      const isNew = from !== to && allow.run(entity, from, to).changes === 1;
      setState.run(to, id);
      if (isNew) forbid.run(entity, from, to);
    };
    for (const from of statesOf(entity)) {
      for (const to of statesOf(entity)) {
        if (from === to) continue;
        db.exec('BEGIN');
        force(from);
        const move = () => setState.run(to, id);
        if (legal(entity, from).includes(to)) expect(move, `${from} to ${to}`).not.toThrow();
        else expect(move, `${from} to ${to}`).toThrow(`illegal move of ${entity}`);
        if (db.inTransaction) {
          expect(state()).toBe(legal(entity, from).includes(to) ? to : from);
          db.exec('ROLLBACK');
        }
      }
    }
  });

  test('the table of moves in the database is that of states.ts, no more and no less', () => {
    const { folder } = temporaryStore();
    const rows = rawDatabase(folder).prepare('SELECT from_state, to_state FROM move WHERE entity = ?').all(entity) as {
      from_state: string;
      to_state: string;
    }[];
    const listed = statesOf(entity).flatMap((from) => legal(entity, from).map((to) => `${from} to ${to}`));
    expect(rows.map((row) => `${row.from_state} to ${row.to_state}`).sort()).toEqual(listed.sort());
  });

  test('every state that a move leads to is itself in the table', () => {
    for (const from of statesOf(entity)) {
      for (const to of legal(entity, from)) expect(statesOf(entity)).toContain(to);
    }
  });

  test('a state that nobody knows is refused, as a move and at birth', () => {
    const { store, folder } = temporaryStore();
    const id = oneOfEach(store)[entity];
    const db = rawDatabase(folder);
    expect(() => db.prepare(`UPDATE ${entity} SET state = 'lost' WHERE id = ?`).run(id)).toThrow('illegal move');
    const row = db.prepare(`SELECT * FROM ${entity} WHERE id = ?`).get(id) as Record<string, unknown>;
    const columns = Object.keys(row);
    const insert = db.prepare(`INSERT INTO ${entity} VALUES (${columns.map((c) => `@${c}`).join(', ')})`);
    expect(() => insert.run({ ...row, id: 'other', state: 'lost' })).toThrow(`unknown state of ${entity}`);
  });
});

describe('history', () => {
  const travelling = entities.filter((entity) => entity !== 'item');

  test.each(travelling)('a move of %s and its line of history are one transaction', (entity) => {
    const { store } = temporaryStore();
    const id = oneOfEach(store)[entity];
    const tables = {
      ...{ study: store.studies, consignment: store.consignments, part: store.parts, mail: store.mails },
      ...{ inbound_set: store.sets, delivery: store.deliveries, receipt: store.receipts },
    };
    const table = tables[entity as keyof typeof tables];
    const from = table.get(id)!.state;
    const to = legal(entity, from)[0]!;
    const before = store.history.of([id]).length;
    const move = { state: to, code: 'internal', reason: 'why' };
    expect(() =>
      store.transaction(() => {
        table.move(id, move, START_MS + 5);
        expect(store.history.of([id])).toHaveLength(before + 1);
        throw new Error('the plug was pulled');
      }),
    ).toThrow('the plug was pulled');
    expect(table.get(id)!.state).toBe(from);
    expect(store.history.of([id])).toHaveLength(before);
    table.move(id, move, START_MS + 6);
    expect(store.history.of([id]).at(-1)).toMatchObject({
      ...{ entity, row_id: id, from_state: from, to_state: to, code: 'internal', reason: 'why', at_ms: START_MS + 6 },
    });
  });

  test('waiting in the same state leaves no line', () => {
    const { store } = temporaryStore();
    const { part } = oneOfEach(store);
    const before = store.history.of([part]).length;
    store.parts.move(part, { state: 'planned', due_ms: START_MS + 60_000, attempts: 1 }, START_MS);
    expect(store.history.of([part])).toHaveLength(before);
  });
});
