import { expect, test } from 'vitest';
import { moving } from '../../src/store/moving.ts';
import { START_MS } from '../support/clock.ts';
import { addConsignment, addParts, newItem, rawDatabase, studyFacts, temporaryStore } from '../support/store.ts';

test('a study that arrives, one that goes, a set that comes, one that is delivered: each with how far it is', () => {
  const { store } = temporaryStore();
  const arriving = store.studies.add({
    ...{ direction: 'out', origin: 'KLINIK', facts: studyFacts({ study_uid: '1.2.3.9' }), state: 'arriving' },
    ...{ lane: 'KLINIK', now_ms: START_MS },
  });
  store.items.add(newItem(arriving.id, 1));
  const { consignment } = addConsignment(store, { items: 3 });
  const [first, second] = addParts(store, consignment.id);
  store.parts.move(first!.id, { state: 'sealed' }, START_MS);
  store.parts.move(first!.id, { state: 'sent' }, START_MS);
  store.parts.move(second!.id, { state: 'planned', attempts: 2, code: 'timed-out', reason: 'No answer.' }, START_MS);
  const set = store.sets.add({
    ...{ partnerId: 'klinik', setId: 's1', total: 4, urgent: false, due_ms: null, now_ms: START_MS },
  });
  const received = store.studies.add({
    ...{ direction: 'in', origin: 'klinik', facts: studyFacts({ study_uid: '1.2.3.8' }), state: 'received' },
    ...{ lane: 'klinik', now_ms: START_MS },
  });
  for (const number of [11, 12]) {
    const itemId = store.items.add(newItem(received.id, number, { study_uid: '1.2.3.8' }));
    const due = { urgent: false, due_ms: START_MS, now_ms: START_MS };
    store.deliveries.add({ itemId, studyId: received.id, targetId: 'pacs', ...due });
  }
  const [delivery] = store.lookup.ofStudy(received.id).deliveries;
  store.deliveries.move(delivery!.id, { state: 'delivered' }, START_MS);

  const seen = store.moving.now(10).map(({ kind, peer, done, total, code }) => [kind, peer, done, total, code]);
  expect(seen).toEqual([
    ['arriving', 'CT1', 1, null, null],
    ['sending', 'klinik', 1, 3, 'timed-out'],
    ['incoming', 'klinik', 0, set.total, null],
    ['delivering', 'pacs', 1, 2, null],
  ]);
});

test('what is worked on this moment is under way too', () => {
  const { store } = temporaryStore();
  addConsignment(store);
  store.consignments.claim('routed', 'boot-1', START_MS, []);
  expect(store.moving.now(10).map(({ kind }) => kind)).toEqual(['sending']);
});

test('only what needs a person is counted, by kind and state', () => {
  const { store } = temporaryStore();
  for (const studyUid of ['1.2.3.1', '1.2.3.2', '1.2.3.3']) {
    const { consignment } = addConsignment(store, { studyUid });
    if (studyUid === '1.2.3.3') continue;
    store.consignments.move(consignment.id, { state: 'held', code: 'timed-out', reason: 'No answer.' }, START_MS);
  }
  expect(store.moving.attention()).toEqual([{ entity: 'consignment', state: 'held', count: 2 }]);
});

test('F12, F47: an object that contradicts another and a set that waits long need a person; one that waits by right does not', () => {
  const { store } = temporaryStore();
  const { study } = addConsignment(store);
  store.items.add(newItem(study.id, 99, { state: 'conflict' }));
  const sets = ['s1', 's2'].map((setId) =>
    store.sets.add({ partnerId: 'klinik', setId, total: 4, urgent: false, due_ms: null, now_ms: START_MS }),
  );
  store.sets.move(sets[0]!.id, { state: 'waiting', code: 'set-incomplete', reason: '0 of 4' }, START_MS);
  expect(store.moving.attention()).toEqual([
    { entity: 'inbound_set', state: 'waiting', count: 1 },
    { entity: 'item', state: 'conflict', count: 1 },
  ]);
  expect(store.quarantine.sets(10).map(({ set_id }) => set_id)).toEqual(['s1']);
});

test('however much the ledger holds: no question looks at all rows of a table', () => {
  const { folder } = temporaryStore();
  const db = rawDatabase(folder);
  const asked: string[] = [];
  const prepare = (sql: string) => {
    asked.push(sql);
    return db.prepare(sql);
  };
  moving({ prepare } as unknown as typeof db);
  expect(asked.length).toBe(5);
  const scans = asked.flatMap((sql) =>
    (
      db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(sql.includes('@limit') ? [{ limit: 10 }] : [])) as {
        detail: string;
      }[]
    )
      .map(({ detail }) => detail)
      .filter((detail) => /^SCAN (study|consignment|part|mail|inbound_set|delivery|receipt|item)\b/.test(detail))
      // An index of nothing but these.
      .filter((detail) => !detail.endsWith('USING INDEX item_loose')),
  );
  expect(scans).toEqual([]);
});
