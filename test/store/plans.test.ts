import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { moves } from '../../src/line/states.ts';
import { openStore } from '../../src/store/store.ts';
import { fillMany } from '../support/many.ts';

// What is asked while the box works must not read through tables that grow for years: the plan of every statement of the
// store is looked at. A plan does not depend on how many rows there are, for nobody gives SQLite statistics.

let folder: string;
let db: Database;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rohrpost-plans-'));
  fillMany(folder, { studies: 200, itemsPerStudy: 3, end_ms: Date.UTC(2026, 10, 20) });
  db = new Sqlite(join(folder, 'rohrpost.sqlite'));
});
afterAll(() => {
  db?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every statement that opening a store prepares, and those that a search puts together. */
function statements(): Set<string> {
  const seen = new Set<string>();
  const original = Sqlite.prototype.prepare;
  Sqlite.prototype.prepare = function (this: Database, sql: string) {
    seen.add(sql);
    return original.call(this, sql);
  } as typeof original;
  try {
    const store = openStore(folder, moves, 'visitor');
    const after = { last_ms: 1, id: 'x' };
    store.overview.studies({ limit: 1 });
    store.overview.studies({
      name: 'a b',
      patientId: 'x',
      accession: 'y',
      partner: 'p',
      stages: ['held'],
      after,
      limit: 1,
    });
    store.close();
  } finally {
    Sqlite.prototype.prepare = original;
  }
  return seen;
}

/** Reading through, of whole tables or indexes; tables that stay small and results of the query itself do not count. */
const READS_THROUGH = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/;
const SMALL = new Set([
  ...['state', 'move', 'keeper', 'partner_fact', 'sqlite_schema', 'json_each', 'CONSTANT', 'lanes', 'line'],
  ...['s', 'c', 'd', 'old'], // what moving.ts and removals.ts have picked
]);
/** Indexes of what has not come to rest or has files here; the walk of the list; one entry for each consignment and set. */
const MAY_BE_READ = /_(open|owned|stored|loose|given_up|list|partner)$/;
/** At the start of the box. */
const ONCE = new Set(['SELECT * FROM study WHERE receiving = 1']);

test('no statement reads through a table that grows', () => {
  const bad: string[] = [];
  for (const sql of statements()) {
    if (!/\b(SELECT|UPDATE|DELETE)\b/.test(sql) || /^\s*(PRAGMA|EXPLAIN)/.test(sql) || ONCE.has(sql)) continue;
    const names = Object.fromEntries([...sql.matchAll(/[@$:](\w+)/g)].map(([, name]) => [name!, 0]));
    const values = Array.from(sql.replace(/'[^']*'/g, '').matchAll(/\?/g), () => 0);
    const statement = db.prepare(`EXPLAIN QUERY PLAN ${sql}`);
    const plan = (values.length > 0 ? statement.all(values) : statement.all(names)) as { detail: string }[];
    for (const { detail } of plan) {
      const [, table, index] = READS_THROUGH.exec(detail) ?? [];
      if (!table || SMALL.has(table) || (index && MAY_BE_READ.test(index))) continue;
      bad.push(`${detail}: ${sql.replace(/\s+/g, ' ').slice(0, 160)}`);
    }
  }
  expect(bad).toEqual([]);
});
