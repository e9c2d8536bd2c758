import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSettings } from '../../src/config/settings.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { moves } from '../../src/line/states.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { type CommandOptions, rohrpost } from './rohrpost.ts';
import { addConsignment, addDelivery, addItem, addMail, addStudy, bring } from './rows.ts';

/** status and study: what they show of rows, and what they do to them. No box is running. */

let data: string;
let store: Store;
const run = (args: string[], o?: CommandOptions) => rohrpost([...args, '--data', data], o);

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'rohrpost-look-'));
  await createSettings(data, {
    site: { name: 'Klinik Nord', language: 'de' },
    mail: { address: 'box@nord.example' },
    partners: [{ id: 'sued', name: 'Süd', address: 'x@sued.example', ae_title: 'SUED' }],
  });
  store = openStore(data, moves);
});
afterEach(async () => {
  store.close();
  await rm(data, { recursive: true, force: true });
});

/** A study whose one mail the server has refused. */
function refusedByServer() {
  const rows = addConsignment(store, 'packed', 'planned');
  const error = new RohrpostError('transport-recipient-refused', {
    details: { host: 'mx.sued.example', response: '550 5.1.1 no such user \x1b[2J', reason: '550 5.1.1 no such user' },
  });
  bring(store.parts, rows.part, 'held', { code: error.code, reason: error.message });
  bring(store.consignments, rows.consignment, 'held', { code: error.code, reason: error.message });
  return { ...rows, error };
}

describe('status', () => {
  test('shows studies, what waits, and troubles with code, German text and the words of the peer', async () => {
    const { study, consignment } = refusedByServer();
    const shown = await run(['status']);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toContain('Klinik Nord · box@nord.example · die Box läuft nicht');
    expect(shown.out).toMatch(new RegExp(`^${study.slice(0, 8)} +→ sued +CT +1 +524 kB +░{10} +angehalten`, 'm'));
    expect(shown.out).toMatch(/^ {2}Sendung +1 +angehalten +seit /m);
    expect(shown.out).toContain(`Sendung ${consignment.slice(0, 8)}: angehalten`);
    expect(shown.out).toContain('[transport-recipient-refused]');
    expect(shown.out).toContain('550 5.1.1 no such user');
    expect(shown.out).not.toContain('\x1b');
    const english = await run(['status', '--lang', 'en']);
    expect(english.out).toContain(`consignment ${consignment.slice(0, 8)}: held`);
  });

  test('names no patient unless asked to, in text and in JSON', async () => {
    refusedByServer();
    for (const args of [['status'], ['status', '--json'], ['study', 'list'], ['study', 'list', '--json']]) {
      const [silent, asked] = [await run(args), await run([...args, '--patients'])];
      expect(silent.out).not.toMatch(/Testperson|TEST-0001/);
      expect(asked.out).toContain('Testperson^Erika (TEST-0001)');
    }
  });

  test('is JSON where a script wants it', async () => {
    const { study } = refusedByServer();
    const delivered = addDelivery(store, 'delivered');
    const status = JSON.parse((await run(['status', '--json'])).out);
    expect(status).toMatchObject({ site: 'Klinik Nord', running: false, more: false });
    expect(status.studies).toHaveLength(2);
    expect(status.studies).toContainEqual(
      expect.objectContaining({ id: study, direction: 'out', peers: ['sued'], state: 'held', done: 0, all: 2 }),
    );
    expect(status.studies).toContainEqual(
      expect.objectContaining({ id: delivered.study, direction: 'in', state: 'delivered', done: 1, all: 1 }),
    );
    expect(status.queues).not.toContainEqual(expect.objectContaining({ entity: 'delivery', state: 'delivered' }));
    expect(status.troubles[0]).toMatchObject({
      code: 'transport-recipient-refused',
      text: expect.stringContaining('550'),
    });
  });

  test('rows that are stuck for one reason are one trouble; more than a screen of troubles is said', async () => {
    for (let n = 0; n < 3; n++) refusedByServer();
    const alike = await run(['status']);
    expect(alike.out.match(/\[transport-recipient-refused\]$/gm)).toHaveLength(1);
    expect(alike.out).toMatch(/^ {2}Sendung \w{8} \(und 2 weitere\): angehalten, .*\[transport-recipient-refused\]$/m);
    for (let n = 0; n < 25; n++) {
      bring(store.mails, addMail(store, 'opened'), 'quarantined', { code: 'unpack-nothing', reason: `reason ${n}` });
    }
    const shown = await run(['status']);
    expect(shown.out.match(/^ {2}Mail .*in Quarantäne.*\[unpack-nothing\]$/gm)!.length).toBeLessThanOrEqual(20);
    expect(shown.out).toContain('Es gibt noch mehr Störungen.');
  });

  test('a limit that is no number is wrong usage', async () => {
    expect(await run(['study', 'list', '--limit', 'all'])).toMatchObject({ code: 2, out: '' });
  });

  test('a damaged database is told, not mended in silence', async () => {
    store.close();
    for (const name of ['rohrpost.sqlite-wal', 'rohrpost.sqlite-shm']) await rm(join(data, name), { force: true });
    await writeFile(join(data, 'rohrpost.sqlite'), 'this is no database '.repeat(500));
    const shown = await run(['status']);
    expect(shown).toMatchObject({ code: 1, out: '' });
    expect(shown.err).toContain('[store-corrupt]');
    await rm(join(data, 'rohrpost.sqlite'));
    store = openStore(data, moves);
  });
});

describe('study show', () => {
  test('tells the way out: counts, bytes, the reason, and who did what', async () => {
    const { study, part, consignment } = refusedByServer();
    await run(['study', 'release', part, '--by', 'Frau Test']);
    store.parts.setSealed(part, { mailPaths: ['x'], mailHashes: [], mailBytes: 740_000, sealedFor: 'F' });
    bring(store.parts, part, 'sent');
    store.parts.setSent(part, { sent_ms: 1, response: '250 2.0.0 queued as TEST1' });
    for (const id of [study, consignment, part]) {
      const shown = await run(['study', 'show', id.slice(0, 10)]);
      expect(shown.code).toBe(0);
      expect(shown.out).toContain(`Studie ${study}  → sued  CT  1 Objekt, 524 kB`);
      expect(shown.out).toContain('das Letzte kam an: 1 Objekt, 524 kB');
      expect(shown.out).toContain('Sendung an sued');
      expect(shown.out).toContain('sued: 1 von 1 Mails versiegelt, 740 kB');
      expect(shown.out).toContain('sued: 1 von 1 Mails gesendet\n        250 2.0.0 queued as TEST1');
      expect(shown.out).toContain('550 5.1.1 no such user');
      expect(shown.out).toContain('Freigegeben von Frau Test.');
    }
    const english = await run(['study', 'show', study, '--lang', 'en']);
    expect(english.out).toContain('Released by Frau Test.');
  });

  test('tells the way in, as JSON too', async () => {
    const { study, mail } = addDelivery(store, 'due');
    store.deliveries.claim('due', 'box', 1, []);
    bring(store.deliveries, store.lookup.ofStudy(study).deliveries[0]!.id, 'delivered');
    store.deliveries.setDelivered(store.lookup.ofStudy(study).deliveries[0]!.id, { delivered_ms: 5e12, status: 0 });
    const shown = await run(['study', 'show', mail]);
    expect(shown.out).toContain('1 Mail von sued, 700 kB');
    expect(shown.out).toContain('alle Teile da: 1');
    expect(shown.out).toContain('1 von 1 Objekten an pacs zugestellt');
    const { timeline } = JSON.parse((await run(['study', 'show', study, '--json'])).out) as {
      timeline: { step: string; at_ms: number }[];
    };
    expect(timeline.map(({ step }) => step)).toEqual(['first-in', 'mails', 'opened', 'complete', 'delivered']);
    expect(timeline.map(({ at_ms }) => at_ms)).toEqual(timeline.map(({ at_ms }) => at_ms).sort((a, b) => a - b));
  });

  test('a row without a study shows its own history', async () => {
    const mail = addMail(store, 'quarantined');
    const shown = await run(['study', 'show', mail]);
    expect(shown.out).toContain(`Mail ${mail}: in Quarantäne`);
    expect(shown.out).toMatch(/\+0,0 s {2}Mail/);
  });

  test('an id that nobody has, and an ambiguous one', async () => {
    for (let n = 0; n < 40; n++) addItem(store, addStudy(store, 'held').id);
    expect((await run(['study', 'show', 'zzzzzzzzzz'])).err).toContain('[store-no-such-row]');
    const ids = store.overview.studies({ limit: 40 }).map(({ id }) => id[0]!);
    const twice = ids.find((letter, index) => ids.indexOf(letter) !== index)!;
    const shown = await run(['study', 'show', twice]);
    expect(shown).toMatchObject({ code: 1 });
    expect(shown.err).toContain('ist im Zustand „mehrdeutig“. [store-not-in-state]');
  });
});

describe('study acts', () => {
  test('release says what moved and that the box is not running; the history names who it was', async () => {
    const { id } = addStudy(store, 'held');
    const done = await run(['study', 'release', id.slice(0, 8)], { env: { SUDO_USER: 'herr-test' } });
    expect(done).toMatchObject({ code: 0, out: `Studie ${id.slice(0, 8)}: angehalten → kommt an\n` });
    expect(done.err).toContain('Die Box läuft nicht');
    expect(store.history.of([id]).at(-1)).toMatchObject({
      code: 'operator-released',
      reason: 'Released by herr-test.',
    });
    const again = await run(['study', 'retry', id, '--lang', 'en']);
    expect(again).toMatchObject({ code: 1 });
    expect(again.err).toContain('is in state “arriving”. [store-not-in-state]');
  });

  test('discard does nothing without --yes', async () => {
    const { id } = addStudy(store, 'held');
    const asked = await run(['study', 'discard', id]);
    expect(asked).toMatchObject({ code: 1 });
    expect(asked.err).toContain('[act-not-confirmed]');
    expect(store.studies.get(id)!.state).toBe('held');
    expect((await run(['study', 'discard', id, '--yes', '--json'])).code).toBe(0);
    expect(store.studies.get(id)!.state).toBe('discarded');
  });

  test('hold, and a row that is being worked on: try again later (75)', async () => {
    const { consignment, part } = addConsignment(store, 'packed', 'planned');
    store.parts.claim('planned', 'box', 1, []);
    const busy = await run(['study', 'discard', consignment, '--yes']);
    expect(busy).toMatchObject({ code: 75 });
    expect(busy.err).toContain('[act-at-work]');
    store.parts.freeAll();
    expect((await run(['study', 'hold', consignment])).code).toBe(0);
    expect(store.parts.get(part)).toMatchObject({ state: 'held', code: 'operator-held' });
  });

  test('a discarded mail of a verified partner is answered', async () => {
    const mail = addMail(store, 'quarantined');
    expect((await run(['study', 'discard', mail, '--yes'])).code).toBe(0);
    expect(store.receipts.answerTo('sued', store.mails.get(mail)!.message_id)).toMatchObject({
      ...{ disposition: 'deleted', state: 'due', error_code: 'internal' },
      message_id: expect.stringMatching(/@nord\.example>$/),
    });
  });
});
