import { afterAll, beforeAll, expect, test } from 'vitest';
import { addConsignment, addParts } from '../support/store.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

const PARTNER = {
  ...{ id: 'klinik', name: 'Klinik am Testsee', address: 'box@klinik.example', ae_title: 'KLINIK' },
  fingerprints: ['A'.repeat(40)],
};
const HOUR_MS = 3_600_000;

let web: TestWeb;
let fresh: TestWeb;

beforeAll(async () => {
  [web, fresh] = await Promise.all([
    openWeb({ settings: { partners: [PARTNER] } }),
    openWeb({ settings: null, claimed: true }),
  ]);
});
afterAll(async () => {
  await Promise.all([web?.stop(), fresh?.stop()]);
});

test('before it is set up the box says so, and shows what it can see already', async () => {
  const { status, body } = await fresh.as('viewer').get('/api/overview');
  expect(status).toBe(200);
  expect(body.moving).toEqual([]);
  expect(body.lights.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(['box', 'disk']));
  expect(['warn', 'fail']).toContain(body.tone);
  const { body: throughput } = await fresh.as('viewer').get('/api/overview/throughput');
  expect(throughput).toEqual({ hours: [], days: [] });
});

test('the worst light stands first, and no light is better than the whole', async () => {
  await web.premises.health.refresh();
  const { body } = await web.as('viewer').get('/api/overview');
  const order = ['fail', 'warn', 'ok'];
  const tones: string[] = body.lights.map(({ tone }: { tone: string }) => tone);
  expect(tones.length).toBeGreaterThan(4);
  expect(tones).toEqual(tones.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
  expect(body.tone).toBe(tones[0]);
});

test('a consignment under way is there with its partner by name, its progress, and why it is tried again', async () => {
  const { store } = web.premises.box()!;
  const { consignment, study } = addConsignment(store, { items: 2, studyUid: '1.2.3.77' });
  const [first] = addParts(store, consignment.id, { due_ms: Number.MAX_SAFE_INTEGER });
  const reason = 'No answer within 30 seconds.';
  const again = { state: 'planned', attempts: 1, code: 'timed-out', reason, due_ms: Number.MAX_SAFE_INTEGER };
  store.parts.move(first!.id, again, web.premises.clock.now());
  const { body } = await web.as('viewer').get('/api/overview', { headers: { 'accept-language': 'de' } });
  expect(body.moving).toContainEqual(
    expect.objectContaining({
      ...{ kind: 'sending', study_id: study.id, peer: 'Klinik am Testsee', done: 0, total: 2 },
      words: expect.stringMatching(/\S/),
    }),
  );
});

test('what waits for a person turns the light yellow at once, before anybody has looked again', async () => {
  const { store, premises } = { store: web.premises.box()!.store, premises: web.premises };
  const { consignment } = addConsignment(store, { studyUid: '1.2.3.78' });
  store.consignments.move(consignment.id, { state: 'held', code: 'timed-out', reason: '' }, premises.clock.now());
  const { body } = await web.as('viewer').get('/api/overview');
  expect(body.attention).toContainEqual({ entity: 'consignment', state: 'held', count: 1 });
  expect(body.tone).not.toBe('ok');
});

test('24 hours and 30 days without a gap; the one that is running is the last', async () => {
  const { body } = await web.as('viewer').get('/api/overview/throughput');
  expect(body.hours).toHaveLength(24);
  expect(body.days).toHaveLength(30);
  const starts: number[] = body.hours.map(({ at_ms }: { at_ms: number }) => at_ms);
  expect(starts.every((at_ms, index) => index === 0 || at_ms - starts[index - 1]! === HOUR_MS)).toBe(true);
  expect(Date.now() - starts.at(-1)!).toBeLessThan(HOUR_MS + 60_000);
  expect(new Set(body.days.map(({ date }: { date: string }) => date)).size).toBe(30);
});
