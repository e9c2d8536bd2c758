import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { conditionsOf } from '../../src/health/alarms/conditions.ts';
import { runCheck } from '../../src/health/check.ts';
import type { House } from '../../src/health/house.ts';
import { watchHealth } from '../../src/health/lights.ts';
import { lookAtRows } from '../../src/health/looks/box.ts';
import type { Light } from '../../src/health/signs.ts';
import { timeService } from '../../src/health/time.ts';
import { startTrial } from '../../src/health/trial.ts';
import { generateKey } from '../../src/pgp/keys.ts';
import { makeCa } from '../support/ca.ts';
import { startStorescp } from '../support/dcmtk.ts';
import { freePort } from '../support/ports.ts';
import { addConsignment, newItem } from '../support/rows.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** The lights of the overview: what they see, in whose language, and that one blind eye leaves the others seeing. */

const DAY_MS = 24 * 3_600_000;
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function open(settings: object | null = {}): Promise<TestWeb> {
  const web = await openWeb({ settings });
  opened.push(web.stop);
  return web;
}

/** The lights of a house, as it is but for what is given. */
async function lightsOf({ premises }: TestWeb, more: Partial<House> = {}): Promise<Record<string, Light>> {
  const { folder, clock, secrets, box, trouble, certificate } = premises;
  const health = watchHealth({ folder, clock, secrets, box, trouble, certificate, ...more });
  await health.refresh();
  await health.asked();
  await health.stop();
  return Object.fromEntries(health.lights('en').map((light) => [light.id, light]));
}

describe('a box at work', () => {
  test('what is fine, what is missing, in both languages', async () => {
    const web = await open({ mail: { address: 'box@test.example' } });
    const lights = await lightsOf(web);
    for (const id of ['box', 'own-key', 'web-certificate', 'disk', 'clock', 'attention']) {
      expect(lights[id], id).toMatchObject({ tone: 'ok' });
    }
    expect(lights.mailbox).toMatchObject({ tone: 'warn', words: expect.stringContaining('nothing can come in') });
    expect(lights.targets).toMatchObject({ tone: 'warn', link: '/targets' });
    await web.premises.health.refresh();
    const german = web.premises.health.lights('de').find(({ id }) => id === 'targets');
    expect(german).toMatchObject({ title: 'Ziele', words: expect.stringContaining('angehalten') });
  });

  test('F06: a disk that failed at what was received: a fault for a day, whatever room it has', async () => {
    const web = await open();
    const box = web.premises.box()!;
    const { clock } = web.premises;
    const failed_ms = clock.now() - 3_600_000;
    const failing = { box: () => ({ ...box, sightings: { last_ms: () => failed_ms } }) };
    const { disk } = await lightsOf(web, failing);
    expect(disk).toMatchObject({ tone: 'fail', code: 'disk-error', words: expect.stringContaining('1 h 0 min ago') });
    const later = { ...clock, now: () => clock.now() + DAY_MS };
    expect((await lightsOf(web, { ...failing, clock: later })).disk).toMatchObject({ tone: 'ok' });
  });

  test('F66: a file that had to take another name: attention at its target for a day', async () => {
    const path = await mkdtemp(join(tmpdir(), 'rohrpost-lights-'));
    opened.push(() => rm(path, { recursive: true, force: true }));
    const web = await open({ targets: ['eins', 'zwei'].map((id) => ({ id, kind: 'folder', path })) });
    const box = web.premises.box()!;
    const { clock } = web.premises;
    const renamed_ms = clock.now() - 3_600_000;
    const last_ms = (code: string, target?: string) =>
      code === 'deliver-renamed' && target === 'eins' ? renamed_ms : null;
    const seen = { box: () => ({ ...box, sightings: { last_ms } }) };
    const lights = await lightsOf(web, seen);
    expect(lights['target-eins']).toMatchObject({ tone: 'warn', code: 'deliver-renamed' });
    expect(lights['target-zwei']).toMatchObject({ tone: 'ok' });
    const later = { ...clock, now: () => clock.now() + DAY_MS };
    expect((await lightsOf(web, { ...seen, clock: later }))['target-eins']).toMatchObject({ tone: 'ok' });
  });

  test('F12, F47: objects that contradict others and sets without parts are decisions that people are called for', async () => {
    const web = await open();
    const { store } = web.premises.box()!;
    const now_ms = web.premises.clock.now();
    const { study } = addConsignment(store);
    store.items.add(newItem(study.id, 99, { state: 'conflict' }));
    const at = { urgent: false, due_ms: null, now_ms };
    const set = store.sets.add({ ...{ partnerId: 'klinik', setId: 's1', total: 4 }, ...at });
    store.sets.move(set.id, { state: 'waiting', code: 'set-incomplete', reason: '0 of 4' }, now_ms);
    const [sign] = lookAtRows(web.premises.box()!);
    expect(conditionsOf([sign!])).toMatchObject([
      { light: 'attention inbound_set waiting', words: { en: expect.stringContaining('waiting for parts: 1') } },
      { light: 'attention item conflict', words: { de: expect.stringContaining('widersprüchlich: 1') } },
    ]);
  });

  test('a disk below its reserve; a clock of another year', async () => {
    const web = await open({ disk: { refuse_below_bytes: 2 ** 50 } });
    const wrong = { ...web.premises.clock, now: () => Date.UTC(2020, 0, 1) };
    const lights = await lightsOf(web, { clock: wrong });
    expect(lights.disk).toMatchObject({ tone: 'fail', code: 'disk-full' });
    expect(lights.clock).toMatchObject({ tone: 'fail', code: 'clock-untrusted' });
  });

  test('certificates: 30 days before the end attention, 7 days before a fault, and whose they are', async () => {
    const web = await open();
    const in_ms = (days: number) => ({ certificate: () => ({ expires_ms: web.premises.clock.now() + days * DAY_MS }) });
    expect((await lightsOf(web, in_ms(31)))['web-certificate']).toMatchObject({ tone: 'ok' });
    expect((await lightsOf(web, in_ms(29)))['web-certificate']).toMatchObject({ tone: 'warn' });
    expect((await lightsOf(web, in_ms(6)))['web-certificate']).toMatchObject({ tone: 'fail' });
    expect((await lightsOf(web, in_ms(-1)))['web-certificate']!.words).toMatch(/^ended on /);
  });

  test('a certificate of DICOM/TLS that has ended, and one whose file is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rohrpost-lights-'));
    opened.push(() => rm(folder, { recursive: true, force: true }));
    const { key, cert } = await (await makeCa(folder)).issue({ names: ['localhost'], expired: true });
    const files = { key_file: join(folder, 'k.pem'), cert_file: join(folder, 'c.pem') };
    await Promise.all([writeFile(files.key_file, key), writeFile(files.cert_file, cert)]);
    const web = await open({ dicom: { host: '127.0.0.1', port: 0, tls: { port: 0, ...files } } });
    const ended = { tone: 'fail', words: expect.stringMatching(/^ended on /) };
    expect((await lightsOf(web))['certificate-DICOM/TLS']).toMatchObject(ended);
    await rm(files.cert_file);
    expect((await lightsOf(web))['certificate-DICOM/TLS']).toMatchObject({ tone: 'fail', code: 'disk-error' });
  });

  test('a partner without a key', async () => {
    const partner = { id: 'sued', name: 'Klinik Süd', address: 'dicom@sued.example', ae_title: 'SUED' };
    const lights = await lightsOf(await open({ partners: [partner] }));
    expect(lights['key-sued']).toMatchObject({ tone: 'fail', code: 'partner-key-missing', link: '/partners/sued' });
    expect(lights['mail-server']).toMatchObject({ tone: 'warn', words: expect.stringContaining('sued') });
  });
});

describe('F76: traces of a second box under the same name', () => {
  test('a receipt for a mail that the ledger does not know, for a day', async () => {
    const web = await open();
    expect((await lightsOf(web)).twin).toBeUndefined();
    const { store } = web.premises.box()!;
    const { clock } = web.premises;
    store.facts.set('klinik', 'unknown_receipt', '<1@test.example>', clock.now());
    expect((await lightsOf(web)).twin).toMatchObject({ tone: 'fail', words: expect.stringContaining('klinik') });
    const later = { ...clock, now: () => clock.now() + 25 * 3_600_000 };
    expect((await lightsOf(web, { clock: later })).twin).toBeUndefined();
  });

  test('ways in that should be open and are not', async () => {
    const web = await open({
      mail: { address: 'box@test.example', imap: { host: 'mail.invalid', user: 'box', password: 'secret:imap' } },
    });
    const box = web.premises.box()!;
    const missing = await lightsOf(web);
    expect(missing.mailbox).toMatchObject({ tone: 'fail', code: 'secret-unknown' });
    const shut = new Map([
      ['dicom', new RohrpostError('dicom-listen-failed', { details: { port: 104, reason: 'EADDRINUSE' } })],
      ['imap', new RohrpostError('secret-unknown', { details: { name: 'imap' } })],
    ]);
    const lights = await lightsOf(web, { box: () => ({ ...box, shutDoors: () => shut }) });
    expect(lights['door dicom']).toMatchObject({ tone: 'fail', code: 'dicom-listen-failed', title: 'Listener DICOM' });
    expect(lights['door imap']).toBeUndefined();
  });

  test('mails that vanish from the mailbox before the box has them', async () => {
    const web = await open();
    const box = web.premises.box()!;
    const gone_ms = web.premises.clock.now();
    const sight = { state: 'idle', error: null, messages: 0, looked_ms: gone_ms, gone_ms } as const;
    const lights = await lightsOf(web, { box: () => ({ ...box, mailbox: () => sight }) });
    expect(lights.twin).toMatchObject({ tone: 'warn', code: 'twin-takes' });
  });
});

describe('peers', () => {
  test('a PACS that answers, one that does not, and a folder that nobody knocks at', async () => {
    const pacs = await startStorescp();
    opened.push(pacs.stop);
    const folder = await mkdtemp(join(tmpdir(), 'rohrpost-lights-'));
    opened.push(() => rm(folder, { recursive: true, force: true }));
    const at = (port: number) => ({ kind: 'dicom', host: '127.0.0.1', port, ae_title: pacs.ae });
    const targets = [
      { id: 'pacs', name: 'Archiv', ...at(pacs.port) },
      { id: 'weg', ...at(await freePort()) },
      { id: 'ordner', kind: 'folder', path: folder },
    ];
    const before = (await stat(folder)).mtimeMs;
    const lights = await lightsOf(await open({ targets }));
    expect(lights['target-pacs']).toMatchObject({ tone: 'ok', title: 'Target Archiv' });
    expect(lights['target-pacs']!.words).toMatch(/^answered/);
    expect(lights['target-weg']).toMatchObject({ tone: 'fail', code: 'dicom-connect-failed' });
    expect(lights['target-ordner']).toMatchObject({ tone: 'ok' });
    expect((await stat(folder)).mtimeMs).toBe(before);
  });

  test('a mailbox and a mail server that are away: the reason, and how many mails wait', async () => {
    const at = { host: '127.0.0.1', port: await freePort(), user: 'box', password: 'secret:mail' };
    const made = await generateKey({ name: 'S', email: 's@x.example', passphrase: 'x', nowMs: Date.now() - 60_000 });
    const partner = { id: 'sued', name: 'Süd', address: 'dicom@sued.example', ae_title: 'SUED' };
    const web = await open();
    const box = web.premises.box()!;
    await box.keyring.importPublic(made.publicArmored);
    const changes = [
      { path: 'mail.smtp', value: at },
      { path: 'mail.imap', value: at },
      { path: 'partners', value: [{ ...partner, fingerprints: [made.fingerprint] }] },
    ];
    const revision = box.settings.revision();
    const saved = await web.as('admin').patch('/api/settings', { revision, changes, secrets: { mail: 'geheim' } });
    expect(saved.status).toBe(200);
    const { folder, clock } = web.premises;
    await startTrial({ store: box.store, folder, clock }, box.settings.current().partners[0]!);
    box.wake();
    const waits = () => box.store.signs.unsent().length > 0 && box.mailbox()?.error;
    for (const late = Date.now() + 20_000; !waits() && Date.now() < late; ) await delay(50);
    const lights = await lightsOf(web);
    expect(lights['mail-server']).toMatchObject({ code: 'transport-connect-failed' });
    expect(lights['mail-server']!.words).toMatch(/^1 mail waits: .*ECONNREFUSED/);
    expect(lights.mailbox).toMatchObject({ tone: 'fail', code: 'transport-connect-failed' });
  }, 40_000);
});

describe('a house without a working box', () => {
  test('not set up: it says so, and looks at the rest', async () => {
    const lights = await lightsOf(await open(null));
    expect(lights.box).toMatchObject({ tone: 'warn', code: 'box-not-set-up', link: '/setup' });
    expect(lights.disk).toBeDefined();
    expect(lights.targets).toBeUndefined();
  });

  test('a box that cannot start: its reason', async () => {
    const trouble = new RohrpostError('dicom-listen-failed', { details: { host: 'h', port: 1, reason: 'in use' } });
    const lights = await lightsOf(await open(null), { trouble: () => trouble });
    expect(lights.box).toMatchObject({ tone: 'fail', code: 'dicom-listen-failed' });
    expect(lights.box!.words).toContain('in use');
  });

  test('one look that fails is a light of its own; the others are there', async () => {
    const web = await open();
    const { box } = web.premises;
    const broken = {
      ...box()!,
      mailbox: () => {
        throw new Error('of no consequence');
      },
    };
    const settings = { mail: { smtp: null, imap: { poll_s: 60 } } };
    const blind = {
      ...broken,
      settings: { ...broken.settings, current: () => ({ ...box()!.settings.current(), ...settings }) },
    };
    const lights = await lightsOf(web, { box: () => blind as never });
    expect(lights.mailbox).toMatchObject({ tone: 'fail', code: 'internal' });
    expect(lights.disk).toMatchObject({ tone: 'ok' });
  });
});

test('stopping waits for nothing that is asked over the network', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  opened.push(async () => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const web = await open({ targets: [{ id: 'pacs', kind: 'dicom', host: '127.0.0.1', port, ae_title: 'PACS' }] });
  const { folder, clock, secrets, box, trouble, certificate } = web.premises;
  const health = watchHealth({ folder, clock, secrets, box, trouble, certificate });
  await delay(100);
  const began = performance.now();
  await health.stop();
  expect(performance.now() - began).toBeLessThan(5_000);
});

describe('the time service of the system', () => {
  const system = (answers: Record<string, string>) => async (command: string, args: readonly string[]) =>
    answers[[command, ...args].join(' ')] ?? null;

  test('chrony, systemd, nobody, nonsense', async () => {
    const tracking =
      'C0248F97,192.36.143.151,2,1795348800.1,0.000042,-0.000026,0.00002,1,0.01,0.1,0.03,0.002,1024.1,Normal';
    expect(await timeService(system({ 'chronyc -c -n tracking': tracking }))).toEqual({
      ...{ name: 'chrony', isSynchronised: true },
      offset_ms: expect.closeTo(0.042, 6),
    });
    const lost = tracking.replace('Normal', 'Not synchronised');
    expect(await timeService(system({ 'chronyc -c -n tracking': lost }))).toMatchObject({ isSynchronised: false });
    const status = '       Server: 10.0.0.1 (ntp)\n       Offset: -1.5ms\n';
    const show = 'timedatectl show --property=NTPSynchronized';
    expect(
      await timeService(system({ [show]: 'NTPSynchronized=yes\n', 'timedatectl timesync-status': status })),
    ).toEqual({ name: 'systemd-timesyncd', isSynchronised: true, offset_ms: -1.5 });
    expect(await timeService(system({ [show]: 'NTPSynchronized=no\n' }))).toMatchObject({
      ...{ isSynchronised: false, offset_ms: null },
    });
    expect(await timeService(system({}))).toBeNull();
    expect(await timeService(system({ 'chronyc -c -n tracking': '506 Cannot talk to daemon' }))).toBeNull();
  });
});

test('a test that takes too long ends with a word about it', async () => {
  const check = { name: 'stumm', deadline_ms: 50, run: () => new Promise<never>(() => {}) };
  expect(await runCheck(check, 'de')).toMatchObject({
    state: 'fail',
    code: 'timed-out',
    words: expect.stringContaining('stumm'),
  });
});
