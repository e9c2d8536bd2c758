import { expect, test } from 'vitest';
import { hours } from '../../src/store/migrations/0003-hours.ts';
import { migrate } from '../../src/store/migrations.ts';
import { START_MS } from '../support/clock.ts';
import { addConsignment, addParts, newItem, rawDatabase, studyFacts, temporaryStore } from '../support/store.ts';

const HOUR_MS = 3_600_000;
type Store = ReturnType<typeof temporaryStore>['store'];

const mail = (store: Store, more: object) =>
  store.mails.add({
    ...{ source: 'imap', mailboxKey: null, path: 'spool/inbox/x', sizeBytes: 700, due_ms: START_MS, now_ms: START_MS },
    ...{ messageId: `<${Math.random()}@a.example>`, sha256: '0'.repeat(64), ...more },
  } as Parameters<Store['mails']['add']>[0]);

/** One part sent, a mail collected, a mail joined of fragments, a study out and one in. */
function anHour(store: Store): void {
  const { consignment } = addConsignment(store);
  const [part] = addParts(store, consignment.id);
  store.parts.setSealed(part!.id, { mailPaths: ['spool/outbox/x'], mailHashes: [], mailBytes: 1234, sealedFor: 'F' });
  store.parts.setSent(part!.id, { sent_ms: START_MS, response: '250 ok' });
  mail(store, {});
  mail(store, { source: 'joined' });
  store.studies.add({
    ...{ direction: 'in', origin: 'klinik', facts: studyFacts({ study_uid: '1.2.3.2' }), state: 'received' },
    ...{ lane: 'klinik', now_ms: START_MS },
  });
}

test('each hour has its own sums, also one in which nothing happened', () => {
  const { store } = temporaryStore();
  anHour(store);
  const [before, running] = store.throughput.hours(START_MS + 10, 2);
  expect(before).toEqual({
    ...{ at_ms: START_MS - HOUR_MS, sent_bytes: 0, received_bytes: 0, studies_out: 0, studies_in: 0 },
  });
  expect(running).toEqual({
    ...{ at_ms: START_MS, sent_bytes: 1234, received_bytes: 700, studies_out: 1, studies_in: 1 },
  });
});

test('a part whose sending is recorded twice counts once', () => {
  const { store } = temporaryStore();
  anHour(store);
  const [sent] = partsOf(store);
  store.parts.setSent(sent!.id, { sent_ms: START_MS + HOUR_MS, response: '250 again' });
  expect(store.throughput.hours(START_MS + HOUR_MS, 2).map((hour) => hour.sent_bytes)).toEqual([1234, 0]);
});

function partsOf(store: Store) {
  const study = store.studies.find('out', 'KLINIK', '1.2.3.1')!;
  return store.consignments.ofStudy(study.id).flatMap(({ id }) => store.parts.ofConsignment(id));
}

test('a ledger from before the counters gets them for what it holds', () => {
  const { store, folder } = temporaryStore();
  anHour(store);
  store.items.add(newItem(null, 1));
  const counted = store.throughput.hours(START_MS, 1);
  const db = rawDatabase(folder);
  for (const name of ['part_hour', 'mail_hour', 'study_hour']) db.exec(`DROP TRIGGER ${name}`);
  db.exec('DROP TABLE hour');
  db.pragma('user_version = 0');
  migrate(db, [hours]);
  expect(store.throughput.hours(START_MS, 1)).toEqual(counted);
});
