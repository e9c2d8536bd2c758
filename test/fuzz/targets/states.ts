import type { Database, Statement } from 'better-sqlite3';
import { type Entity, moves } from '../../../src/line/states.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { openStore } from '../../../src/store/store.ts';
import { type WorkRow, workTable } from '../../../src/store/work.ts';
import { START_MS } from '../../support/clock.ts';
import { oneOfEach } from '../../support/rows.ts';
import { must, type Target } from '../target.ts';

const ENTITIES = Object.keys(moves) as Entity[];
/** The last one nobody knows. */
const STATES = [...new Set(ENTITIES.flatMap((entity) => Object.keys(moves[entity]))), 'lost'];

/** Random moves of a row of every kind, three bytes each: legal ones leave a line of history, all others change nothing. */
export function openTarget(folder: string): Target {
  const store = openStore(folder, moves);
  const ids = oneOfEach(store);
  store.close();
  const db = openDatabase(folder, moves);
  const rows = ENTITIES.map((entity) => asking(db, entity));
  return {
    seeds: [legalWay(), Buffer.from([0, 0, 0, 1, 2, 0, 2, 3, 1, 3, 4, 2, 4, 5, 3]), Buffer.alloc(96, 5)],
    run(input) {
      db.exec('BEGIN');
      try {
        for (let at = 0; at + 2 < input.length && at < 600; at += 3) {
          const row = rows[input[at]! % rows.length]!;
          step(db, row, ids[row.entity], STATES[input[at + 1]! % STATES.length]!, input[at + 2]! % 4);
        }
        const loose = db.pragma('foreign_key_check') as unknown[];
        must(loose.length === 0, 'rows hang together');
      } finally {
        db.exec('ROLLBACK');
      }
      return 'taken';
    },
    close: () => db.close(),
  };
}

/** Every entity the whole good way along. */
function legalWay(): Buffer {
  const bytes = ENTITIES.flatMap((entity, index) => {
    const table = moves[entity] as Record<string, readonly string[]>;
    const way: number[] = [];
    const seen = new Set<string>();
    for (let state = Object.keys(table)[0]; state !== undefined && !seen.has(state); state = table[state]![0]) {
      seen.add(state);
      way.push(index, STATES.indexOf(state), way.length % 4);
    }
    return way;
  });
  return Buffer.from(bytes);
}

interface Row extends WorkRow {
  state: string;
}

/** What is asked of one kind of row, made ready once. */
function asking(db: Database, entity: Entity) {
  const columns = db
    .prepare(`SELECT * FROM ${entity}`)
    .columns()
    .map(({ name }) => `@${name}`);
  return {
    entity,
    get: db.prepare(`SELECT * FROM ${entity} WHERE id = ?`),
    history: db.prepare('SELECT count(*) FROM history WHERE row_id = ?').pluck(),
    set: db.prepare(`UPDATE ${entity} SET state = ? WHERE id = ?`),
    bear: db.prepare(`INSERT OR IGNORE INTO ${entity} VALUES (${columns.join(', ')})`),
    /** The program's own statements; items have none of these. */
    table: entity === 'item' ? null : workTable<WorkRow>(db, entity),
  };
}

/** @param how 0 and 1 by the program's own statements, 2 by any statement, 3 as a new row */
function step(db: Database, row: ReturnType<typeof asking>, id: string, to: string, how: number): void {
  const { entity, table } = row;
  const legal = moves[entity] as Record<string, readonly string[]>;
  const before = row.get.get(id) as Row;
  const lines = row.history.get(id) as number;
  const isLegal = before.state === to || legal[before.state]!.includes(to);
  const move = { state: to, code: 'internal', reason: 'fuzz' };
  let mayMove = isLegal;
  if (how === 3) {
    const isTaken = accepts(() => bear(db, row.bear, { ...before, id: 'other', state: to }));
    must(isTaken === to in legal, `a ${entity} is born ${to} only if there is such a state`);
    mayMove = false;
  } else if (how === 1 && table !== null) {
    must(!table.finish(id, 'somebody else', move, START_MS), 'only the owner of a row moves it');
    mayMove = false;
  } else {
    const write = () => (how === 0 && table !== null ? table.move(id, move, START_MS) : row.set.run(to, id));
    must(accepts(write) === isLegal, `${entity} from ${before.state} to ${to} is refused exactly if it is illegal`);
  }
  const after = row.get.get(id) as Row;
  must(after.state === (mayMove ? to : before.state), 'what is refused changes nothing');
  const moved = after.state !== before.state && entity !== 'item' ? 1 : 0;
  must((row.history.get(id) as number) === lines + moved, 'a move has one line of history, and nothing else has');
}

/** A second row, gone again at once. */
function bear(db: Database, insert: Statement, row: object): void {
  db.exec('SAVEPOINT birth');
  try {
    insert.run(row);
  } finally {
    db.exec('ROLLBACK TO birth; RELEASE birth');
  }
}

/** Whether the database takes it; that it refuses, it says by its triggers' words. */
function accepts(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    must(
      /illegal move of|unknown state of/.test((error as Error).message),
      `refused by the triggers, not: ${(error as Error).message}`,
    );
    return false;
  }
}
