import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { pairingCode } from '../../src/web/people/pairing.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** Setting a box up over the API, from nothing to the end, left and gone on with. */

const opened: TestWeb[] = [];
afterEach(async () => {
  for (const web of opened.splice(0)) await web.stop();
});

async function newBox(o: Parameters<typeof openWeb>[0] = {}): Promise<TestWeb> {
  const web = await openWeb({ settings: null, ...o });
  opened.push(web);
  return web;
}

const SITE = { name: 'Klinik Nord', ae_title: 'NORD', address: 'box@nord.example', language: 'en', port: 0 };
const states = (body: { steps: { step: string; state: string }[] }) =>
  Object.fromEntries(body.steps.map(({ step, state }) => [step, state]));

describe('a new box', () => {
  test('before it has an owner nothing of it can be asked; with its code it can be claimed', async () => {
    const web = await newBox({ claimed: false });
    const nobody = web.as(null);
    for (const path of ['/api/setup', '/api/setup/network']) {
      expect((await nobody.get(path)).body.code).toBe('box-unclaimed');
    }
    expect((await nobody.put('/api/setup/site', SITE)).body.code).toBe('box-unclaimed');
    const code = pairingCode(web.premises.desk)!;
    const claim = { code, name: 'chefin', password: 'ein ganzer Satz als Passwort', language: 'de' };
    const claimed = await web.ask({ method: 'POST', url: '/api/claim', payload: claim });
    expect(claimed.status).toBe(200);
  });

  test('the first settings start the box, which makes its key; the steps follow', async () => {
    const web = await newBox();
    const admin = web.as('admin');
    expect(states((await admin.get('/api/setup')).body)).toMatchObject({ site: 'open', mail: 'open', trial: 'open' });
    const began = await admin.put('/api/setup/site', SITE);
    expect(began).toMatchObject({ status: 200, body: { running: true, trouble: null } });
    const settings = web.premises.box()!.settings.current();
    expect(settings).toMatchObject({
      site: { name: 'Klinik Nord', ae_title: 'NORD' },
      mail: { address: SITE.address },
    });
    expect((await admin.get('/api/key')).body.userIds).toEqual(['Klinik Nord <box@nord.example>']);
    expect(states((await admin.get('/api/setup')).body)).toMatchObject({ site: 'done', network: 'open' });
    expect((await admin.get('/api/state')).body).toMatchObject({ setUp: true, unfinished: true });
    const again = await admin.put('/api/setup/site', { ...SITE, name: 'Klinik Süd' });
    expect(again).toMatchObject({ status: 409, body: { code: 'config-exists' } });
    expect(await readFile(join(web.folder, 'settings.yaml'), 'utf8')).not.toContain('Süd');
  });

  test.each([
    [{ name: '' }, 'name'],
    [{ ae_title: 'SEVENTEEN_LETTERS' }, 'ae_title'],
    [{ address: 'box@a@b' }, 'address'],
    [{ language: 'fr' }, 'language'],
  ])('%j is refused beside its field, and nothing is made', async (wrong, field) => {
    const web = await newBox();
    const { status, body } = await web.as('admin').put('/api/setup/site', { ...SITE, ...wrong });
    expect(status).toBe(400);
    expect(body.problems).toMatchObject([{ path: [field] }]);
    expect(existsSync(join(web.folder, 'settings.yaml'))).toBe(false);
  });

  test('a box whose port somebody else has: the settings are there, the reason is told, the page stays', async () => {
    const taken = createServer().listen(0, '0.0.0.0');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const web = await newBox();
      const admin = web.as('admin');
      const { status, body } = await admin.put('/api/setup/site', { ...SITE, port });
      expect(status).toBe(200);
      expect(body).toMatchObject({ running: false, trouble: { code: 'dicom-listen-failed' } });
      // Another port, and it goes on at once.
      const { revision } = (await admin.get('/api/settings')).body;
      await admin.patch('/api/settings', { revision, changes: [{ path: 'dicom.port', value: 0 }] });
      expect((await admin.get('/api/state')).body).toMatchObject({ running: true, trouble: null });
    } finally {
      taken.close();
    }
  });

  test('steps are remembered, skipped ones too, until the end', async () => {
    const web = await newBox({ settings: {} });
    const admin = web.as('admin');
    await admin.put('/api/setup/steps/network', { state: 'done' });
    await admin.put('/api/setup/steps/pacs', { state: 'skipped' });
    await admin.put('/api/setup/steps/trial', { state: 'open', trial: 'abc' });
    const { body } = await admin.get('/api/setup');
    expect(states(body)).toMatchObject({ site: 'done', network: 'done', pacs: 'skipped', trial: 'open', mail: 'open' });
    expect(body).toMatchObject({ trial: 'abc', finished: false });
    expect((await admin.put('/api/setup/finished')).body.finished).toBe(true);
    expect((await admin.get('/api/state')).body.unfinished).toBe(false);
    expect((await admin.put('/api/setup/steps/nonsense', { state: 'done' })).status).toBe(400);
  });

  test('what the settings tell counts, whoever made them', async () => {
    const server = { host: 'mail.example', user: 'box', password: 'secret:mail' };
    const web = await newBox({ settings: {} });
    const admin = web.as('admin');
    await admin.put('/api/setup/steps/mail', { state: 'skipped' });
    const { revision } = (await admin.get('/api/settings')).body;
    const changes = [
      { path: 'mail.smtp', value: server },
      { path: 'mail.imap', value: server },
      { path: 'targets', value: [{ id: 'pacs', kind: 'dicom', host: 'pacs.example', ae_title: 'PACS' }] },
    ];
    expect((await admin.patch('/api/settings', { revision, changes, secrets: { mail: 'x' } })).status).toBe(200);
    expect(states((await admin.get('/api/setup')).body)).toMatchObject({ mail: 'done', pacs: 'done', partner: 'open' });
  });
});

describe('what the machine and the network tell', () => {
  test('addresses, gateway, DNS, the clock', async () => {
    const { status, body } = await (await newBox()).as('admin').get('/api/setup/network');
    expect(status).toBe(200);
    expect(Math.abs(body.now_ms - Date.now())).toBeLessThan(10_000);
    expect(body).toMatchObject({ hostname: expect.any(String), timezone: expect.any(String), dns: expect.any(Array) });
  });

  test('servers of an address, with the user name to log in with', async () => {
    const admin = (await newBox()).as('admin');
    const find = async (address: string) => (await admin.post('/api/setup/mail-servers', { address })).body.accounts[0];
    expect(await find('praxis@posteo.de')).toMatchObject({
      ...{ by: 'provider', provider: 'Posteo', note: null },
      smtp: { host: 'posteo.de', port: 465, security: 'tls', user: 'praxis@posteo.de' },
    });
    expect((await find('praxis@icloud.com')).imap.user).toBe('praxis');
    expect(await find('praxis@klinik.kim.telematik')).toMatchObject({ note: 'kim', smtp: null, imap: null });
    const wrong = await admin.post('/api/setup/mail-servers', { address: 'praxis' });
    expect(wrong.body.problems).toMatchObject([{ path: ['address'] }]);
  });
});
