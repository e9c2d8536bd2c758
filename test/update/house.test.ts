import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type House, startHouse } from '../../src/box/house.ts';
import { checkBody } from '../../src/config/body.ts';
import { createSettings } from '../../src/config/settings.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log.ts';
import type { Updates } from '../../src/update/updates.ts';
import { firmwareAnswer } from '../../src/web/firmware/answers.ts';
import { shownUpdates } from '../../src/web/firmware/words.ts';
import { type FakeAppliance, fakeAppliance } from '../support/appliance.ts';
import { makeCa } from '../support/ca.ts';
import { startGnupg } from '../support/gnupg.ts';
import { startHostileSmtp } from '../support/hostile-smtp.ts';
import { studyFacts, temporaryFolder } from '../support/store.ts';
import { release } from './samples.ts';
import { openWorld, type World } from './world.ts';

/** The real house around an appliance whose machine is only told. */

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.stop());

const LOOPBACK = {
  site: { name: 'Testpraxis', language: 'en' },
  dicom: { host: '127.0.0.1', port: 0 },
  disk: { refuse_below_bytes: 0 },
};

interface Opened {
  house: House;
  updates: Updates;
  appliance: FakeAppliance;
  folder: string;
}

async function open(settings: object | null): Promise<Opened> {
  const folder = temporaryFolder();
  const trust = join(world.folder, 'keyring.pem');
  await writeFile(trust, world.root.cert);
  const before = process.env.ROHRPOST_UPDATE_TRUST;
  process.env.ROHRPOST_UPDATE_TRUST = trust;
  onTestFinished(() => {
    if (before === undefined) delete process.env.ROHRPOST_UPDATE_TRUST;
    else process.env.ROHRPOST_UPDATE_TRUST = before;
  });
  if (settings) await createSettings(folder, { ...LOOPBACK, mail: { address: 'box@test.example' }, ...settings });
  const appliance = fakeAppliance();
  const door = { host: '127.0.0.1', port: 0, redirectPort: null };
  const house = await startHouse(folder, { log: silentLog, door, appliance });
  onTestFinished(() => house.stop());
  return { house, appliance, folder, updates: house.premises.updates! };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'good',
    (error) => error.code ?? String(error),
  );
/** What updates tell is what the API can tell. */
const tellable = (updates: Updates) =>
  checkBody(firmwareAnswer, { ...shownUpdates(updates.state(), 'en'), other: null, window: null, bundle_bytes: 1 });
const channel = () => ({ channel: world.url, tls_ca_file: world.caFile });
const patients = ['Testperson', 'Erika', 'TEST-0001', '1.2.3.1', 'CT1', 'Testpraxis', 'test.example', 'Nachbar'];

test('a machine that somebody else looks after has no updates', async () => {
  const folder = temporaryFolder();
  const door = { host: '127.0.0.1', port: 0, redirectPort: null };
  const house = await startHouse(folder, { log: silentLog, door });
  onTestFinished(() => house.stop());
  expect(house.premises.updates).toBeNull();
});

test('a person looks, installs and restarts at once; whoever listens hears of it', async () => {
  world.publish([release()]);
  const { updates, appliance } = await open({ update: channel() });
  let told = 0;
  updates.onChange(() => {
    told++;
  });
  expect(await codeOf(updates.installNow())).toBe('update-nothing-offered');
  tellable(updates);
  await updates.check();
  tellable(updates);
  expect(updates.state()).toMatchObject({
    channel: { url: world.url, by: 'settings' },
    offered: { version: '2.0.0', notes: { de: 'Neu.', en: 'New.' }, downgrade: false },
    lastCheck: { code: null },
    phase: 'idle',
  });
  let written = () => {};
  appliance.installing.until = new Promise((resolve) => {
    written = resolve;
  });
  await updates.installNow({ restart: true });
  await expect
    .poll(() => updates.state())
    .toMatchObject({ phase: 'installing', progress: { percent: 0 }, waiting: null });
  tellable(updates);
  expect(await codeOf(updates.installNow())).toBe('update-busy');
  written();
  await expect.poll(() => appliance.acts.map(({ act }) => act)).toContain('reboot');
  expect(updates.state()).toMatchObject({ phase: 'restarting', installed: { version: '2.0.0' }, offered: null });
  tellable(updates);
  expect(told).toBeGreaterThan(1);
});

test('what failed may be tried again when a person says so', async () => {
  world.publish([release()]);
  const { updates, appliance } = await open({ update: { ...channel(), automatic: false } });
  appliance.failNext('install', new RohrpostError('bundle-untrusted'));
  await updates.check();
  await updates.installNow();
  await expect.poll(() => updates.state().failed).toMatchObject([{ version: '2.0.0', code: 'bundle-untrusted' }]);
  expect(updates.state()).toMatchObject({ offered: null, trouble: { code: 'bundle-untrusted' } });
  tellable(updates);
  expect(await codeOf(updates.tryAgain('9.9.9'))).toBe('update-not-failed');
  await updates.tryAgain('2.0.0');
  expect(updates.state().offered?.version).toBe('2.0.0');
});

test('a bundle from a person, on a box that is not set up and knows no channel', async () => {
  const { updates, appliance, folder } = await open(null);
  expect(updates.state()).toMatchObject({ channel: null, automatic: true, offered: null });
  expect(await codeOf(updates.check())).toBe('update-no-channel');
  const bytes = async function* () {
    yield Buffer.from('bundle');
  };
  const { file, sha256 } = await updates.takeUpload(bytes(), 6);
  expect(readdirSync(join(folder, 'update'))).toContain(file);
  expect(await codeOf(updates.installFile('upload-x.raucb'))).toBe('not-found');
  await updates.installFile(file, { restart: true });
  await expect.poll(() => appliance.acts.map(({ act }) => act)).toContain('reboot');
  expect(appliance.acts.find(({ act }) => act === 'install')).toMatchObject({
    bundle: join(folder, 'update', file),
    sha256,
  });
  expect(updates.state().history[0]).toMatchObject({ version: '2.0.0', result: 'installed', by: 'upload' });
});

test('while an image is on trial, nothing is written over the way back', async () => {
  world.publish([release()]);
  const { updates, appliance } = await open({ update: channel() });
  appliance.trial = true;
  await updates.check();
  expect(await codeOf(updates.installNow())).toBe('update-on-trial');
});

test('a report of a box full of patients, partners and settings tells of none', async () => {
  const partner = { id: 'nachbar', name: 'Nachbar', address: 'nachbar@test.example', ae_title: 'NACHBAR', targets: [] };
  const report_url = world.url.replace('/chan', '/report');
  const { house, updates } = await open({ partners: [partner], update: { ...channel(), report_url } });
  const { store } = house.premises.box()!;
  store.studies.add({
    ...{ direction: 'out', origin: 'NACHBAR', lane: 'nachbar', state: 'arriving', now_ms: Date.now() },
    facts: studyFacts(),
  });
  const before = world.reports.length;
  await updates.reportNow();
  const report = world.reports[before]!;
  expect(report).toMatchObject({ product: 'rohrpost-amd64', version: '1.0.0' });
  const text = JSON.stringify(report);
  expect(patients.filter((word) => text.includes(word))).toEqual([]);
  expect(Object.keys(report).sort()).toEqual(
    ['at', 'box', 'format', 'health', 'last', 'name', 'product', 'sequence', 'slot', 'trial', 'version'].sort(),
  );
});

test('nobody to report to, and no mail server: said', async () => {
  const { updates } = await open({});
  expect(await codeOf(updates.reportNow())).toBe('update-no-operator');
  const other = await open({ update: { report_address: 'fleet@operator.example' } });
  expect(await codeOf(other.updates.reportNow())).toBe('update-report-no-mail');
});

test('a report by mail bears the box’s signature, as GnuPG sees it', async () => {
  const ca = await makeCa(join(world.folder, 'mail-ca'));
  const server = await startHostileSmtp({ tls: await ca.issue({ ips: ['127.0.0.1'] }), security: 'tls' });
  onTestFinished(() => server.stop());
  const gpg = await startGnupg();
  onTestFinished(() => gpg.stop());
  const smtp = {
    host: '127.0.0.1',
    port: server.port,
    security: 'tls',
    ca_file: join(world.folder, 'mail-ca', 'ca.pem'),
  };
  const mail = { address: 'box@test.example', smtp };
  const { house, updates } = await open({ mail, update: { report_address: 'fleet@operator.example' } });
  await updates.reportNow();
  const text = server.mails[0]!.toString('latin1');
  const boundary = /boundary="([^"]+)"/.exec(text)![1]!;
  const [, signed, signature] = text.split(`--${boundary}\r\n`);
  const entity = signed!.replace(/\r\n$/, '');
  await gpg.importKey(await house.premises.box()!.keyring.ownPublic());
  const { info } = (await house.premises.box()!.keyring.ownKey()).publicKey;
  const armored = /-----BEGIN PGP SIGNATURE-----[\s\S]*?-----END PGP SIGNATURE-----/.exec(signature!)![0];
  expect(await gpg.verifyDetached(Buffer.from(entity, 'latin1'), armored)).toBe(info.fingerprint);
  const report = /report\.json"?\r\n\r\n([A-Za-z0-9+/=\r\n]+)\r\n--/.exec(entity)![1]!;
  const json = Buffer.from(report, 'base64').toString();
  expect(entity).toContain('-----BEGIN PGP PUBLIC KEY BLOCK-----');
  expect(JSON.parse(json)).toMatchObject({ format: 1, box: updates.state().box });
  expect(server.commands.join('\n')).toContain('RCPT TO:<fleet@operator.example>');
  expect(readdirSync(join(house.premises.folder, 'spool', 'work'))).toEqual([]);
});
