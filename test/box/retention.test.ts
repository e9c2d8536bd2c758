import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startRetention, sweepDone, sweepGivenUp } from '../../src/box/retention.ts';
import { sweepSpool } from '../../src/box/spool.ts';
import { silentLog } from '../../src/core/log.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { testSettings } from '../support/settings.ts';
import { addConsignment, addParts, newItem, studyFacts, temporaryStore } from '../support/store.ts';

const DAY_MS = 86_400_000;

function box() {
  const { store, folder } = temporaryStore();
  const clock = manualClock();
  const settings = testSettings();
  const write = (path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'x');
  };
  /** A study of one instance whose consignment is in the given state since now. */
  const sent = (uid: string, state: string, o: { due_ms?: number | null } = {}) => {
    const { study, consignment, itemIds } = addConsignment(store, { studyUid: uid });
    store.items.markConsigned(study.id);
    const item = store.items.get(itemIds[0]!)!;
    write(item.path);
    addParts(store, consignment.id);
    if (state !== 'packed') {
      store.consignments.move(consignment.id, { state: 'sent', due_ms: o.due_ms ?? null }, clock.now());
    }
    if (!['packed', 'sent'].includes(state)) store.consignments.move(consignment.id, { state }, clock.now());
    return { file: join(folder, item.path), item: () => store.items.get(item.id)!.state };
  };
  const sweep = () => sweepDone({ store, settings: () => settings, folder, clock, log: silentLog });
  return { store, folder, clock: clock as ManualClock, settings, sent, sweep, write };
}

test('only what has been done for as long as the settings say goes, its row first', async () => {
  const { sent, sweep, clock } = box();
  const confirmed = sent('1.1', 'confirmed');
  clock.advance(8 * DAY_MS);
  const recent = sent('1.2', 'confirmed');
  expect(await sweep()).toBe(1);
  expect([confirmed.item(), existsSync(confirmed.file)]).toEqual(['removed', false]);
  expect(recent.item()).toBe('stored');
});

test.each(['packed', 'sent', 'unconfirmed', 'refused'])(
  'a consignment that is %s keeps its images after the days for what is done',
  async (state) => {
    const { sent, sweep, clock } = box();
    const study = sent('1.1', state, { due_ms: 1 });
    clock.advance(30 * DAY_MS);
    expect(await sweep()).toBe(0);
    expect([study.item(), existsSync(study.file)]).toEqual(['stored', true]);
  },
);

test('sent to a partner that is not asked for receipts counts as done', async () => {
  const { sent, sweep, clock } = box();
  const study = sent('1.1', 'sent', { due_ms: null });
  clock.advance(8 * DAY_MS);
  expect(await sweep()).toBe(1);
  expect(study.item()).toBe('removed');
});

test('an inbound image stays until each of its targets has it and its receipt is on the way', async () => {
  const { store, folder, clock, sweep, write } = box();
  const inbound = store.studies.add({
    ...{ direction: 'in' as const, origin: 'klinik', state: 'received', lane: 'klinik', now_ms: clock.now() },
    facts: studyFacts({ study_uid: '1.9' }),
  });
  const id = store.items.add(newItem(inbound.id, 900));
  write(store.items.get(id)!.path);
  const due = { itemId: id, studyId: inbound.id, urgent: false, due_ms: 0, now_ms: clock.now() };
  store.deliveries.add({ ...due, targetId: 'pacs' });
  store.deliveries.add({ ...due, targetId: 'share' });
  const [first, second] = store.deliveries.ofItem(id);
  store.deliveries.move(first!.id, { state: 'delivered' }, clock.now());
  clock.advance(8 * DAY_MS);
  expect(await sweep()).toBe(0);
  store.deliveries.move(second!.id, { state: 'delivered' }, clock.now());
  clock.advance(8 * DAY_MS);
  expect(await sweep()).toBe(1);
  expect(existsSync(join(folder, `spool/instances/2026-11-20/900.dcm`))).toBe(false);
});

test('the sweep at the start removes what no row names, and nothing else', async () => {
  const { store, folder, sent, write } = box();
  const study = sent('1.1', 'packed');
  for (const path of ['spool/instances/2026-11-20/orphan.dcm', 'spool/work/plain.mime', 'spool/outbox/half.eml']) {
    write(path);
  }
  await sweepSpool(folder, store.overview.paths(), silentLog);
  expect(existsSync(study.file)).toBe(true);
  for (const path of ['spool/instances/2026-11-20/orphan.dcm', 'spool/work/plain.mime', 'spool/outbox/half.eml']) {
    expect(existsSync(join(folder, path)), path).toBe(false);
  }
});

test('a study that came in and was sent on stays until both its targets and that partner are done', async () => {
  const { store, clock, sweep, write } = box();
  const inbound = store.studies.add({
    ...{ direction: 'in' as const, origin: 'klinik', state: 'received', lane: 'klinik', now_ms: clock.now() },
    facts: studyFacts({ study_uid: '1.8' }),
  });
  const id = store.items.add(newItem(inbound.id, 901));
  write(store.items.get(id)!.path);
  const due = { urgent: false, due_ms: 0, now_ms: clock.now() };
  store.deliveries.add({ itemId: id, studyId: inbound.id, targetId: 'pacs', ...due });
  store.deliveries.move(store.deliveries.ofItem(id)[0]!.id, { state: 'delivered' }, clock.now());
  const on = store.consignments.add({ studyId: inbound.id, partnerId: 'west', itemIds: [id], state: 'routed', ...due });
  clock.advance(30 * DAY_MS);
  expect(await sweep()).toBe(0);
  for (const state of ['packed', 'sent', 'confirmed']) store.consignments.move(on.id, { state }, clock.now());
  clock.advance(8 * DAY_MS);
  expect(await sweep()).toBe(1);
});

test('what was discarded goes within a minute: an object, a mail, sealed mails; their rows stay and are looked at once', async () => {
  const { store, folder, clock, settings, write } = box();
  const { consignment, itemIds } = addConsignment(store);
  const [part] = addParts(store, consignment.id);
  const mail = store.mails.add({
    ...{ source: 'smtp', mailboxKey: null, messageId: '<1@b.example>', sha256: 'a'.repeat(64), sizeBytes: 1 },
    ...{ path: 'spool/inbox/1.eml', now_ms: 1, due_ms: 1 },
  });
  store.parts.setSealed(part!.id, {
    mailPaths: ['spool/outbox/a.1', 'spool/outbox/a.2'],
    mailHashes: [],
    mailBytes: 2,
    sealedFor: 'F',
  });
  const paths = ['spool/outbox/a.1', 'spool/outbox/a.2', 'spool/inbox/1.eml', store.items.get(itemIds[0]!)!.path];
  for (const path of paths) write(path);
  const there = () => paths.filter((path) => existsSync(join(folder, path)));
  expect(await sweepGivenUp({ store, folder, log: silentLog })).toBe(0);
  expect(there()).toEqual(paths);
  store.parts.move(part!.id, { state: 'discarded' }, 1);
  store.items.setState(itemIds[0]!, 'discarded', 1);
  store.mails.move(mail, { state: 'quarantined', code: 'internal' }, 1);
  store.mails.move(mail, { state: 'discarded' }, 1);
  const parts = { store, settings: () => settings, folder, clock, clockTrusted: () => false, log: silentLog };
  const retention = startRetention(parts);
  await vi.waitFor(() => expect(there()).toEqual([]));
  await retention.stop();
  expect(await sweepGivenUp({ store, folder, log: silentLog })).toBe(0);
  expect(store.items.get(itemIds[0]!)).toMatchObject({ state: 'discarded', path: '' });
  expect(store.overview.paths()).toEqual(new Set());
});
