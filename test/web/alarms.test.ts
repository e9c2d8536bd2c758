import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { alarmLimits } from '../../src/core/alarm-limits.ts';
import { healthLimits } from '../../src/core/limits.ts';
import { rohrpost } from '../cli/rohrpost.ts';
import { makeCa } from '../support/ca.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { startStorescp } from '../support/dcmtk.ts';
import { type HostileSmtp, type HostileSmtpOptions, startHostileSmtp } from '../support/hostile-smtp.ts';
import { freePort } from '../support/ports.ts';
import { addConsignment } from '../support/store.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** A box at work with a mail server: something breaks and is mended again, and the clinic's people hear of it, once each way. */

const MINUTE_MS = 60_000;
const IT = 'it@klinik.example';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

interface World {
  web: TestWeb;
  clock: ManualClock;
  server: HostileSmtp;
  /** How the mail server answers; change it and the next conversation goes otherwise. */
  answers: HostileSmtpOptions;
  folder: string;
  /** The mails so far, as people read them. */
  mails(): { to: string; subject: string; text: string }[];
  /** So much time passes, and the lights are looked at as often as they are. */
  pass(ms: number): Promise<void>;
  set(path: string, value: unknown): Promise<void>;
  /** Stops the house, and opens it on the same folder. */
  again(): Promise<void>;
}

async function world(settings: object = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'rohrpost-alarms-'));
  opened.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const ca = await makeCa(join(folder, 'ca'));
  const ca_file = join(folder, 'ca.pem');
  await writeFile(ca_file, ca.caPem);
  const answers: HostileSmtpOptions = { tls: await ca.issue({ ips: ['127.0.0.1'] }), on: {} };
  const server = await startHostileSmtp(answers);
  opened.push(server.stop);
  const clock = manualClock(Date.now());
  const smtp = { host: '127.0.0.1', port: server.port, ca_file };
  const first = await openWeb({
    clock,
    settings: { mail: { address: 'box@klinik.example', smtp }, alarms: { mail_to: [IT] }, ...settings },
  });
  const made: World = {
    ...{ web: first, clock, server, answers, folder: first.folder },
    mails: () => server.mails.map(readMail),
    pass: async (ms) => {
      const { health, alarms } = made.web.premises;
      for (let passed = 0; passed < ms; passed += healthLimits.look_ms) {
        clock.advance(healthLimits.look_ms);
        await health.refresh();
        await health.asked();
        await alarms.told();
      }
    },
    set: async (path, value) => {
      const admin = made.web.as('admin');
      const { body } = await admin.get('/api/settings');
      const answer = await admin.patch('/api/settings', { revision: body.revision, changes: [{ path, value }] });
      expect(answer.status, answer.text).toBe(200);
    },
    again: async () => {
      await made.web.house.stop();
      made.web = await openWeb({ clock, folder: first.folder });
    },
  };
  opened.push(async () => {
    await made.web.house.stop();
    await rm(first.folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return made;
}

function readMail(mail: Buffer): { to: string; subject: string; text: string } {
  const text = mail.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).replace(/\r\n[\t ]+/g, '');
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(head)?.[1]?.trim() ?? '';
  const decoded = [...field('Subject').matchAll(/=\?utf-8\?B\?([^?]+)\?=/g)].map(([, word]) =>
    Buffer.from(word!, 'base64').toString(),
  );
  return {
    to: field('To'),
    subject: decoded.join(''),
    text: Buffer.from(text.slice(end), 'base64').toString().replaceAll('\r\n', '\n'),
  };
}

test('F04: the disk falls below its reserve: told at once; when there is room again, once more; a restart tells nothing', async () => {
  const box = await world({ site: { name: 'Klinik am Südsee', language: 'de' } });
  await box.pass(MINUTE_MS);
  expect(box.mails()).toEqual([]);
  await box.set('disk.refuse_below_bytes', 2 ** 50);
  await box.pass(healthLimits.look_ms);
  expect(box.mails()).toMatchObject([{ to: IT, subject: 'Rohrpost Klinik am Südsee: Speicherplatz' }]);
  expect(box.mails()[0]!.text).toMatch(/Neu aufgetreten.*Speicherplatz, seit .*\[disk-full\].*Bitte Platz schaffen/s);

  const { body } = await box.web.as('viewer').get('/api/alarms');
  expect(body.standing).toMatchObject([
    { title: 'Disk', code: 'disk-full', tone: 'fail', until_ms: null, told: 'begun' },
  ]);
  expect(body.mail).toMatchObject({ addresses: 1, last: { words: null } });
  const overview = await box.web.as('viewer').get('/api/overview');
  const since_ms = body.standing[0].since_ms;
  expect(overview.body.lights[0]).toMatchObject({ id: 'disk', tone: 'fail', since_ms });
  const status = await rohrpost(['status', '--data', box.folder, '--lang', 'en']);
  expect(status.out).toMatch(/Alarms\n {2}Disk, for [^\n]+\[disk-full\]\n/);

  await box.again();
  await box.pass(20 * MINUTE_MS);
  expect(box.mails()).toHaveLength(1);
  await box.set('disk.refuse_below_bytes', 0);
  await box.pass(alarmLimits.clear_ms + 2 * MINUTE_MS);
  expect(box.mails()).toHaveLength(2);
  expect(box.mails()[1]).toMatchObject({
    to: IT,
    subject: 'Rohrpost Klinik am Südsee: wieder in Ordnung: Speicherplatz',
  });
  await box.again();
  await box.pass(60 * MINUTE_MS);
  expect(box.mails()).toHaveLength(2);
  const after = await box.web.as('viewer').get('/api/alarms');
  expect(after.body).toMatchObject({ standing: [], past: [{ code: 'disk-full', told: 'over', since_ms }] });
  expect(box.server.commands.filter((line) => /^RCPT/.test(line))).toEqual(Array(2).fill(`RCPT TO:<${IT}>`));
});

test('F35, F75: a PACS is away, and the mail server too: one mail when both are back, with beginning and end', async () => {
  const port = await freePort();
  const box = await world();
  box.answers.on = { greeting: '421 4.3.2 closing down' };
  await box.set('targets', [{ id: 'pacs', name: 'Archiv', kind: 'dicom', host: '127.0.0.1', port, ae_title: 'PACS' }]);
  await box.pass(60 * MINUTE_MS);
  expect(box.mails()).toEqual([]);
  expect(box.server.connections).toBeLessThan(15);
  const failing = await box.web.as('viewer').get('/api/alarms');
  expect(failing.body.standing).toMatchObject([{ title: 'Target Archiv', told: 'no' }]);
  expect(failing.body.mail.last.words).toMatch(/closing down|421/);

  const pacs = await startStorescp({ port, ae: 'PACS' });
  opened.push(pacs.stop);
  box.answers.on = {};
  await box.pass(60 * MINUTE_MS);
  expect(box.mails()).toHaveLength(1);
  const [mail] = box.mails();
  expect(mail!.subject).toBe('Rohrpost Testpraxis: in order again: Target Archiv');
  expect(mail!.text).toMatch(/Target Archiv, from .+ to .+\n.*\[dicom-connect-failed\]/);
});

test('F40: a consignment that nobody confirmed calls somebody, once, however many follow; and it is over when it is seen to', async () => {
  const box = await world();
  const { store } = box.web.premises.box()!;
  const unconfirmed = (studyUid: string) => {
    const { consignment } = addConsignment(store, { studyUid });
    for (const state of ['packed', 'sent', 'unconfirmed'] as const) {
      const why = state === 'unconfirmed' ? { code: 'receipt-missing', reason: 'TESTPERSON^ERIKA' } : {};
      store.consignments.move(consignment.id, { state, ...why }, box.clock.now());
    }
    return consignment.id;
  };
  const ids = [unconfirmed('1.2.3.1')];
  await box.pass(3 * MINUTE_MS);
  for (const n of [2, 3, 4]) {
    ids.push(unconfirmed(`1.2.3.${n}`));
    await box.pass(12 * MINUTE_MS);
  }
  expect(box.mails()).toMatchObject([{ subject: 'Rohrpost Testpraxis: Open decisions' }]);
  expect(box.mails()[0]!.text).toContain('consignment – unconfirmed: 1 entry waits for a person');
  for (const id of ids) store.consignments.move(id, { state: 'confirmed' }, box.clock.now());
  await box.pass(15 * MINUTE_MS);
  expect(box.mails().slice(1)).toMatchObject([{ subject: 'Rohrpost Testpraxis: in order again: Open decisions' }]);
  expect(JSON.stringify(box.mails())).not.toContain('TESTPERSON');
});

test('a box that cannot start says so by mail, by its settings on disk; and that it works again', async () => {
  const port = await freePort();
  const box = await world({ dicom: { host: '127.0.0.1', port } });
  await box.web.house.stop();
  const thief = createServer().listen(port, '127.0.0.1');
  opened.push(async () => void thief.close());
  await once(thief, 'listening');
  await box.again();
  expect(box.web.premises.trouble()?.code).toBe('dicom-listen-failed');
  await box.pass(3 * MINUTE_MS);
  expect(box.mails()).toMatchObject([{ to: IT, subject: 'Rohrpost Testpraxis: Box' }]);
  expect(box.mails()[0]!.text).toContain('[dicom-listen-failed]');
  const { body } = await box.web.as('viewer').get('/api/alarms');
  expect(body).toMatchObject({ standing: [{ title: 'Box', told: 'begun' }], mail: { addresses: 1 } });
  thief.close();
  await box.pass(20 * MINUTE_MS);
  expect(box.web.premises.box()).not.toBeNull();
  expect(box.mails().slice(1)).toMatchObject([{ subject: 'Rohrpost Testpraxis: in order again: Box' }]);
});

test('mails about alarms never go to a partner or to the box itself, and need a mail server', async () => {
  const partner = { id: 'sued', name: 'Klinik Süd', address: 'dicom@sued.example', ae_title: 'SUED' };
  const box = await world({ partners: [partner] });
  const admin = box.web.as('admin');
  const { body } = await admin.get('/api/settings');
  const change = (path: string, value: unknown) =>
    admin.patch('/api/settings', { revision: body.revision, changes: [{ path, value }] });
  for (const address of ['DICOM@sued.example', 'box@klinik.example']) {
    const answer = await change('alarms.mail_to', [IT, address]);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('setting-duplicate');
  }
  const answer = await change('mail.smtp', null);
  expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('setting-needs')]);
});

test('a mail server that takes the connection and says nothing does not keep the box from stopping', async () => {
  const box = await world();
  box.answers.on = { greeting: 'SILENCE' };
  await box.set('disk.refuse_below_bytes', 2 ** 50);
  for (const late = Date.now() + 20_000; box.server.connections === 0; ) {
    expect(Date.now()).toBeLessThan(late);
    await delay(20);
  }
  const began = performance.now();
  await box.web.house.stop();
  expect(performance.now() - began).toBeLessThan(8_000);
});
