import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Settings } from '../../src/config/schema.ts';
import { generateKey } from '../../src/pgp/keys.ts';
import { suggestPartner } from '../../src/web/partners/suggest.ts';
import { testSettings } from '../support/settings.ts';
import { addConsignment } from '../support/store.ts';
import { openWeb, type TestCaller, type TestWeb } from '../support/web.ts';

const PARTNER = { id: 'sued', name: 'Klinik Süd', address: 'radiologie@sued.example', ae_title: 'SUED' };

let web: TestWeb;
let admin: TestCaller;
let first: Settings;
beforeAll(async () => {
  web = await openWeb();
  admin = web.as('admin');
  first = (await admin.get('/api/settings')).body.settings;
});
afterAll(() => web.stop());
beforeEach(async () => {
  await admin.put('/api/settings', { revision: await revision(), settings: first });
});

const revision = async () => (await admin.get('/api/settings')).body.revision as string;
const makeKey = (o: { name?: string; nowMs?: number } = {}) =>
  generateKey({
    ...{ name: o.name ?? 'Klinik Süd', email: PARTNER.address, passphrase: 'x' },
    nowMs: o.nowMs ?? Date.now() - 60_000,
  });
const add = async (key: object | null, partner: object = PARTNER, more: object = {}) =>
  admin.post('/api/partners', { revision: await revision(), partner, key, ...more });
const details = async () => (await admin.get('/api/partners/sued')).body;

describe('adding', () => {
  test('a partner with a key that a person compared: pinned, shown, audited', async () => {
    const { publicArmored, fingerprint } = await makeKey();
    expect((await add({ armored: publicArmored, compared: true })).status).toBe(200);
    expect(await details()).toMatchObject({
      ...PARTNER,
      key: { state: 'ok', fingerprint },
      settings: { fingerprints: [fingerprint], hold: false },
      keys: [{ fingerprint, unusable: null, algorithm: 'Ed25519' }],
      absentKeys: [],
      position: 0,
    });
    expect((await details()).keys[0].qr).toContain('<svg');
    const [act] = web.premises.desk.audit.list({ limit: 1 });
    expect(act).toMatchObject({ act: 'partner-add', subject: 'sued', by: 'test-admin' });
  });

  test('a key that nobody compared is not taken, and the partner is not made', async () => {
    const { publicArmored, fingerprint } = await makeKey();
    const answer = await add({ armored: publicArmored, compared: false });
    expect([answer.status, answer.body.code]).toEqual([422, 'partner-key-not-compared']);
    expect((await admin.get('/api/partners')).body.partners).toEqual([]);
    const box = web.premises.box()!;
    const partner = { ...testSettings().partners[0]!, fingerprints: [fingerprint] };
    expect((await box.keyring.correspondents([partner]))[0]!.keys).toEqual([]);
  });

  test('without a key: there, and it says that nothing can be sent yet', async () => {
    await add(null);
    const { partners } = (await web.as('viewer').get('/api/partners')).body;
    expect(partners).toMatchObject([
      { id: 'sued', way: 'none', key: { state: 'none', fingerprint: null }, underWay: 0 },
    ]);
    expect(partners[0].key.message).toContain('sued');
  });

  test('fingerprints that come with the partner count for nothing', async () => {
    await add(null, { ...PARTNER, fingerprints: ['A'.repeat(40)] });
    expect((await details()).settings.fingerprints).toEqual([]);
  });

  test('an id that is taken, an address that is none, a key that is revoked or private: said, nothing kept', async () => {
    await add(null);
    expect((await add(null)).body.code).toBe('id-taken');
    const wrong = await add(null, { ...PARTNER, id: 'west', ae_title: 'WEST', address: 'a b' });
    expect(wrong.body.problems).toMatchObject([{ path: ['partners', 1, 'address'], code: 'setting-address' }]);
    const { privateArmored } = await makeKey();
    const leaked = await add({ armored: privateArmored, compared: true }, { ...PARTNER, id: 'west' });
    expect(leaked.body.code).toBe('pgp-key-is-private');
    expect(leaked.text).not.toContain(privateArmored.slice(100, 130));
    expect((await admin.get('/api/partners')).body.partners).toHaveLength(1);
  });

  test('from settings that somebody else has changed meanwhile: 409 with what was changed', async () => {
    const old = await revision();
    await add(null);
    const answer = await admin.post('/api/partners', { revision: old, partner: { ...PARTNER, id: 'west' }, key: null });
    expect([answer.status, answer.body.details.changed[0].path]).toEqual([409, 'partners.sued']);
  });

  test('what a partner file says it takes counts at once', async () => {
    await add(null, PARTNER, { accepts: ['batch'] });
    expect((await details()).accepts).toEqual(['batch']);
  });
});

describe('keys', () => {
  test('a new key comes first, the old one stays until it is removed', async () => {
    const [old, next] = [await makeKey(), await makeKey()];
    await add({ armored: old.publicArmored, compared: true });
    const key = { armored: next.publicArmored, compared: true };
    expect((await admin.post('/api/partners/sued/keys', { revision: await revision(), key })).status).toBe(200);
    expect((await details()).settings.fingerprints).toEqual([next.fingerprint, old.fingerprint]);
    const gone = await admin.delete(`/api/partners/sued/keys/${old.fingerprint}`, {
      payload: { revision: await revision() },
    });
    expect(gone.status).toBe(200);
    expect((await details()).settings.fingerprints).toEqual([next.fingerprint]);
    expect(web.premises.desk.audit.list({ limit: 1 })[0]).toMatchObject({
      act: 'partner-key-remove',
      details: { fingerprint: old.fingerprint },
    });
    const again = await admin.delete(`/api/partners/sued/keys/${old.fingerprint}`, {
      payload: { revision: await revision() },
    });
    expect(again.status).toBe(404);
  });

  test('a pinned key whose file is gone is told', async () => {
    await add(null);
    const changes = [{ path: 'partners.sued.fingerprints', value: ['B'.repeat(40)] }];
    await admin.patch('/api/settings', { revision: await revision(), changes });
    expect(await details()).toMatchObject({ absentKeys: ['B'.repeat(40)], key: { state: 'unusable' } });
  });

  test('what is in a key: read, not kept; a suggestion for the partner is made of it', async () => {
    const { publicArmored, fingerprint } = await makeKey({ name: 'Röntgen am See' });
    const { body } = await admin.post('/api/keys/read', { data: `Unser Schlüssel:\n${publicArmored}` });
    expect(body).toMatchObject({
      keys: [{ fingerprint, userIds: [`Röntgen am See <${PARTNER.address}>`], unusable: null, revoked: false }],
      partner: { id: 'roentgen-am-see', name: 'Röntgen am See', ae_title: 'ROENTGEN_AM_SEE', address: PARTNER.address },
    });
    const inBase64 = Buffer.from(publicArmored).toString('base64');
    const again = await admin.post('/api/keys/read', { data: inBase64, encoding: 'base64' });
    expect(again.body.keys).toHaveLength(1);
  });

  test('our partner file is read by another box as it was written; our key is in it', async () => {
    const file = await web.as('viewer').get('/api/key/partner-file');
    expect(file.headers['content-disposition']).toContain('rohrpost-partner.json');
    const own = (await web.as('viewer').get('/api/key')).body;
    const { body } = await admin.post('/api/keys/read', { data: file.text });
    expect(body).toMatchObject({
      keys: [{ fingerprint: own.fingerprint }],
      partner: {
        name: 'Testpraxis',
        address: 'box@test.example',
        ae_title: 'TESTPRAXIS',
        accepts: ['batch', 'binary'],
      },
    });
    expect((await web.as('viewer').get('/api/key/file')).text).toContain('BEGIN PGP PUBLIC KEY BLOCK');
  });

  test('files that are no keys: told, with what is wrong', async () => {
    const read = async (data: string) => (await admin.post('/api/keys/read', { data })).body;
    expect((await read('Sehr geehrte Damen und Herren')).code).toBe('pgp-key-malformed');
    expect((await read('{ "rohrpost": "partner", "version": 1 }')).code).toBe('request-invalid');
    expect((await read('{ "rohrpost": "partner", "version": 2, "name": "x" }')).code).toBe('request-invalid');
    expect((await read('{ broken')).code).toBe('pgp-key-malformed');
    expect((await read('')).code).toBe('request-invalid');
    expect((await read((await makeKey()).privateArmored)).code).toBe('pgp-key-is-private');
    expect((await read('x'.repeat(2_500_000))).code).toBe('request-too-large');
  });

  test('a key server that is not there: its name and the reason', async () => {
    const answer = await admin.post('/api/keys/search', { address: PARTNER.address, source: 'keys.invalid' });
    expect([answer.status, answer.body.code]).toEqual([502, 'pgp-directory-failed']);
    expect(answer.body.message).toContain('keys.invalid');
    const noHost = await admin.post('/api/keys/search', { address: PARTNER.address, source: 'https://keys.example/' });
    expect(noHost.body.problems).toMatchObject([{ path: ['source'], code: 'setting-host' }]);
  });
});

describe('removing', () => {
  const remove = async () => admin.delete('/api/partners/sued', { payload: { revision: await revision() } });

  test('one that nothing leads to goes; then it is not there', async () => {
    await add(null);
    expect((await remove()).status).toBe(200);
    expect((await admin.get('/api/partners/sued')).body.code).toBe('id-unknown');
    expect((await remove()).status).toBe(404);
  });

  test('one to which a rule leads stays', async () => {
    await add(null);
    const changes = [{ path: 'routes.ct', value: { id: 'ct', when: {}, to: ['sued'] } }];
    await admin.patch('/api/settings', { revision: await revision(), changes });
    expect((await details()).routes).toEqual(['ct']);
    expect((await remove()).body).toMatchObject({ code: 'id-in-use', details: { users: 'ct' } });
  });

  test('one to which something is on its way stays; the list tells', async () => {
    await add(null);
    const { store } = web.premises.box()!;
    const { consignment } = addConsignment(store, { partnerId: 'sued' });
    store.consignments.move(consignment.id, { state: 'held', code: 'partner-key-missing', reason: '' }, Date.now());
    expect((await admin.get('/api/partners')).body.partners[0]).toMatchObject({ underWay: 1, stuck: 1 });
    expect((await remove()).body).toMatchObject({ code: 'id-under-way', details: { id: 'sued', count: 1 } });
    store.consignments.move(consignment.id, { state: 'discarded' }, Date.now());
    expect((await remove()).status).toBe(200);
  });
});

test('who may: viewers see the list, operators a partner, admins change', async () => {
  await add(null);
  const body = { revision: await revision(), partner: { ...PARTNER, id: 'west' }, key: null };
  expect((await web.as('viewer').get('/api/partners/sued')).status).toBe(403);
  expect((await web.as('operator').get('/api/partners/sued')).status).toBe(200);
  expect((await web.as('operator').post('/api/partners', body)).status).toBe(403);
  expect((await web.as('operator').post('/api/keys/read', { data: 'x' })).status).toBe(403);
  expect((await web.as(null).get('/api/partners')).status).toBe(401);
});

test.each([
  ['Klinik Süd', 'klinik-sued', 'KLINIK_SUED'],
  ['Praxis Dr. Ö. Groß & Partner, Hauptstraße 12', 'praxis-dr-oe-gross-partner-hauptstrasse', 'PRAXIS_DR_OE_GRO'],
  ['Łódź', 'odz', 'ODZ'],
  ['Россия', 'partner', 'PARTNER'],
  ['', 'x-example', 'X_EXAMPLE'],
  ['klinik', 'klinik-2', 'KLINIK_2'],
])('a short name for %j', (name, id, ae_title) => {
  const settings = testSettings({ partners: [{ id: 'klinik' }] });
  expect(suggestPartner(settings, { name, address: 'a@x.example' })).toMatchObject({ id, ae_title });
});
