import type { Database } from 'better-sqlite3';
import { expect, test } from 'vitest';
import { stageTexts } from '../../src/line/state-texts.ts';
import { moves } from '../../src/line/states.ts';
import type { Store } from '../../src/store/store.ts';
import type { WorkRow, WorkTable } from '../../src/store/work.ts';
import { START_MS } from '../support/clock.ts';
import { seeded } from '../support/random.ts';
import { addConsignment, addParts, newItem, rawDatabase, studyFacts, temporaryStore } from '../support/store.ts';

/** What the triggers count, counted the long way. */
const STUDY_COUNTS = `
  SELECT id,
    (SELECT count(*) FROM item WHERE study_id = s.id AND state IN ('stored', 'removed')) AS items,
    (SELECT coalesce(sum(size_bytes), 0) FROM item WHERE study_id = s.id AND state IN ('stored', 'removed')) AS size_bytes,
    (SELECT count(*) FROM part JOIN consignment c ON c.id = consignment_id WHERE c.study_id = s.id AND part.state <> 'discarded') AS parts,
    (SELECT count(*) FROM part JOIN consignment c ON c.id = consignment_id
       WHERE c.study_id = s.id AND part.state IN ('sent', 'confirmed', 'refused')) AS parts_sent,
    (SELECT count(*) FROM part JOIN consignment c ON c.id = consignment_id WHERE c.study_id = s.id AND part.state = 'confirmed') AS parts_confirmed,
    (SELECT count(*) FROM delivery WHERE study_id = s.id AND state <> 'discarded') AS deliveries,
    (SELECT count(*) FROM delivery WHERE study_id = s.id AND state = 'delivered') AS deliveries_done,
    (SELECT count(*) FROM delivery WHERE study_id = s.id AND state = 'held') AS deliveries_held,
    (SELECT count(*) FROM delivery WHERE study_id = s.id AND state = 'refused') AS deliveries_refused,
    (SELECT count(*) FROM delivery WHERE study_id = s.id AND state = 'discarded') AS deliveries_discarded
  FROM study AS s ORDER BY id`;
const COLUMNS = /AS (\w+)(?:,|\n)/g;
const columns = [...STUDY_COUNTS.matchAll(COLUMNS)].map(([, name]) => name).filter((name) => name !== 's');

function expectTrue(db: Database): void {
  const kept = db.prepare(`SELECT id, ${columns.join(', ')} FROM study ORDER BY id`).all();
  expect(kept).toEqual(db.prepare(STUDY_COUNTS).all());
  for (const table of Object.keys(moves).filter((name) => name !== 'item')) {
    const found = db
      .prepare(`SELECT state AS name, count(*) AS count FROM ${table} GROUP BY state ORDER BY state`)
      .all();
    const told = db.prepare('SELECT name, count FROM state WHERE entity = ? AND count <> 0 ORDER BY name').all(table);
    expect(told, table).toEqual(found);
  }
}

/** Moves a row along some legal move. */
function step<Row extends WorkRow>(random: ReturnType<typeof seeded>, table: WorkTable<Row>, id: string): void {
  const row = table.get(id);
  if (!row) return;
  const next = (moves[table.name as keyof typeof moves] as Record<string, readonly string[]>)[row.state]!;
  if (next.length > 0) table.move(id, { state: random.pick(next), due_ms: 1, code: 'internal' }, START_MS);
}

/** One study that goes out and one that came in, to two partners and targets; gives back what may be moved. */
function fill(store: Store, seed: number): [WorkTable<WorkRow>, string][] {
  const uid = `1.2.3.${seed}`;
  const { study, consignment } = addConsignment(store, { studyUid: uid, items: 4 });
  const other = addConsignment(store, { studyUid: uid, items: 2, partnerId: 'west' }).consignment;
  const parts = [consignment, other].flatMap(({ id }) => addParts(store, id));
  const inbound = store.studies.add({
    ...{ direction: 'in', origin: 'sued', lane: 'sued', state: 'received', now_ms: START_MS },
    facts: studyFacts({ study_uid: uid }),
  });
  const deliveries = [1, 2, 3].flatMap((number) => {
    const itemId = store.items.add(newItem(null, seed * 10 + number, { state: 'candidate' }));
    store.items.adopt(itemId, inbound.id, START_MS);
    for (const targetId of ['pacs', 'share']) {
      store.deliveries.add({ itemId, studyId: inbound.id, targetId, urgent: false, due_ms: 1, now_ms: START_MS });
    }
    return store.deliveries.ofItem(itemId);
  });
  const on = store.consignments.add({
    ...{ studyId: inbound.id, partnerId: 'west', itemIds: [], urgent: false, state: 'routed', due_ms: 1, now_ms: 1 },
  });
  const rows = (table: unknown, list: readonly { id: string }[]) =>
    list.map(({ id }): [WorkTable<WorkRow>, string] => [table as WorkTable<WorkRow>, id]);
  return [
    ...rows(store.studies, [study]),
    ...rows(store.consignments, [consignment, other, on]),
    ...rows(store.parts, parts),
    ...rows(store.deliveries, deliveries),
  ];
}

test('whatever happens to rows, the counters say what counting says, also after a rollback', () => {
  const { store, folder } = temporaryStore();
  const db = rawDatabase(folder);
  const random = seeded(20);
  const rows = Array.from({ length: 6 }, (_, seed) => fill(store, seed)).flat();
  expectTrue(db);
  const items = db.prepare('SELECT id FROM item').pluck().all() as string[];
  for (let round = 0; round < 60; round++) {
    for (let count = 0; count < 20; count++) step(random, ...random.pick(rows));
    const item = store.items.get(random.pick(items))!;
    if (item.state === 'stored') store.items.setState(item.id, random.pick(['removed', 'discarded']), START_MS);
    expect(() =>
      store.transaction(() => {
        step(random, ...random.pick(rows));
        throw new Error('the plug was pulled');
      }),
    ).toThrow('the plug was pulled');
    expectTrue(db);
  }
  const consignment = db.prepare(`SELECT id FROM consignment WHERE state <> 'discarded'`).pluck().get() as string;
  store.parts.removeUnsent(consignment);
  expectTrue(db);
  const stages = db.prepare('SELECT DISTINCT stage FROM study').pluck().all() as string[];
  expect(stages.filter((stage) => !(stage in stageTexts))).toEqual([]);
});

test('the stage of a study that goes out: its own until it is routed, then that of the consignment that needs people most', () => {
  const { store } = temporaryStore();
  const { study, consignment } = addConsignment(store);
  const { consignment: other } = addConsignment(store, { partnerId: 'west' });
  const stage = () => store.studies.get(study.id)!.stage;
  const seen = [stage()];
  const go = (id: string, state: string) => {
    store.consignments.move(id, { state, due_ms: 1, code: 'internal' }, START_MS);
    seen.push(stage());
  };
  for (const state of ['packed', 'sent', 'confirmed']) go(consignment.id, state);
  for (const state of ['packed', 'sent', 'unconfirmed', 'refused', 'discarded']) go(other.id, state);
  expect(seen).toEqual([
    'routed',
    'routed',
    'routed',
    'routed',
    'packed',
    'sent',
    'unconfirmed',
    'refused',
    'confirmed',
  ]);
  store.studies.move(study.id, { state: 'arriving' }, START_MS);
  expect(stage()).toBe('arriving');
  store.studies.move(study.id, { state: 'held', code: 'internal' }, START_MS);
  expect(stage()).toBe('held');
  expect(store.studies.get(study.id)!.peers).toBe(' klinik west ');
});

test('the stage of a study that came in: its deliveries, and what it was sent on as', () => {
  const { store } = temporaryStore();
  const { id } = store.studies.add({
    ...{ direction: 'in', origin: 'sued', lane: 'sued', state: 'received', now_ms: START_MS },
    facts: studyFacts(),
  });
  const stage = () => store.studies.get(id)!.stage;
  expect([stage(), store.studies.get(id)!.peers]).toEqual(['received', ' sued ']);
  const deliveries = [1, 2].map((number) => {
    const itemId = store.items.add(newItem(id, number));
    store.deliveries.add({ itemId, studyId: id, targetId: 'pacs', urgent: false, due_ms: 1, now_ms: START_MS });
    return store.deliveries.ofItem(itemId)[0]!.id;
  });
  expect(stage()).toBe('delivering');
  const go = (index: number, state: string) => {
    store.deliveries.move(deliveries[index]!, { state, due_ms: 1, code: 'internal' }, START_MS);
    return stage();
  };
  expect([go(0, 'refused'), go(1, 'held'), go(0, 'due'), go(0, 'delivered')]).toEqual([
    'refused',
    'held',
    'held',
    'held',
  ]);
  expect([go(1, 'due'), go(1, 'delivered')]).toEqual(['delivering', 'delivered']);
  const itemIds = store.items.ofStudy(id).map((item) => item.id);
  const on = store.consignments.add({
    ...{ studyId: id, partnerId: 'west', itemIds, urgent: false, state: 'routed', due_ms: 1, now_ms: START_MS },
  });
  expect([stage(), store.studies.get(id)!.peers]).toEqual(['delivered', ' sued west ']);
  store.consignments.move(on.id, { state: 'held', code: 'internal' }, START_MS);
  expect(stage()).toBe('held');
});
