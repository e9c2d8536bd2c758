import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { fixedNetwork } from '../../src/web/appliance/network.ts';
import { pairingCode } from '../../src/web/people/pairing.ts';
import { type FakeAppliance, fakeAppliance } from '../support/appliance.ts';
import { eventually } from '../support/boxes.ts';
import { addAccount, openBrowser, PASSWORD } from '../support/browser.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** The machine around the box, as the API tells of it and lets people act on it. */

const within = { within_ms: 15_000 };
const opened: TestWeb[] = [];
afterEach(async () => {
  for (const web of opened.splice(0)) await web.stop();
});

async function open(appliance?: FakeAppliance, more: Parameters<typeof openWeb>[0] = {}): Promise<TestWeb> {
  const web = await openWeb({ ...more, ...(appliance && { appliance }) });
  opened.push(web);
  return web;
}

const actsOf = (appliance: FakeAppliance) =>
  appliance.acts.map(({ act }) => act).filter((act) => act !== 'ports' && act !== 'state');
const omitSearch = ({ search: _, ...network }: { search: string[] }) => network;
const audited = (web: TestWeb) => web.premises.desk.audit.list({ limit: 20 }).map(({ act }) => act);

test('where the system is somebody else’s, every route says so, and nothing is shown', async () => {
  const web = await open();
  const admin = web.as('admin');
  expect((await admin.get('/api/state')).body.machine).toBeNull();
  const answers = await Promise.all([
    admin.get('/api/appliance'),
    admin.put('/api/appliance/network', { mode: 'dhcp' }),
    admin.post('/api/appliance/network/keep'),
    admin.post('/api/appliance/network/reached', { token: 'x' }),
    admin.put('/api/appliance/hostname', { name: 'box' }),
    admin.put('/api/appliance/time-servers', { servers: [] }),
    admin.post('/api/appliance/reboot'),
    admin.post('/api/appliance/power-off'),
    admin.post('/api/appliance/factory-reset', { name: 'x', password: 'x' }),
    admin.post('/api/appliance/adopt'),
    admin.post('/api/appliance/recovery-key', { password: 'x' }),
    admin.delete('/api/appliance/recovery-key'),
    admin.post('/api/appliance/unlock', { key: 'x' }),
    admin.get('/api/firmware'),
  ]);
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [404, 'appliance-none']));
});

describe('looking', () => {
  test('an operator sees it, a viewer does not; several people share one look', async () => {
    const appliance = fakeAppliance({ facts: { hardware: 'Beispiel Mini 3', variant: 'dev' } });
    const web = await open(appliance);
    const operator = web.as('operator');
    const [{ status, body, text }] = await Promise.all([
      operator.get('/api/appliance'),
      operator.get('/api/appliance'),
    ]);
    expect(status, text).toBe(200);
    expect(body).toMatchObject({
      name: 'rohrpost-0a1b',
      hardware: 'Beispiel Mini 3',
      variant: 'dev',
      clockTrusted: true,
    });
    expect(body.machine.network).toMatchObject({ mode: 'dhcp', address: null, now: { gateway: '192.0.2.1' } });
    expect(body.machine.network.links[0].addresses).toEqual(['192.0.2.10/24']);
    expect(appliance.acts.filter(({ act }) => act === 'state')).toHaveLength(1);
    expect((await web.as('viewer').get('/api/appliance')).status).toBe(403);
    expect((await operator.get('/api/state')).body.machine).toEqual({
      ...{ name: 'rohrpost-0a1b', data: 'good', moved: false },
    });
  });

  test('a caretaker that is away leaves what is known without it', async () => {
    const appliance = fakeAppliance();
    appliance.failNext('state', new RohrpostError('appliance-away', { details: { reason: 'test' } }));
    const web = await open(appliance);
    const { status, body } = await web.as('operator').get('/api/appliance');
    expect([status, body.machine, body.protection]).toEqual([200, null, 'tpm2']);
  });
});

describe('the network', () => {
  const shared = fakeAppliance();
  let web: TestWeb;
  beforeAll(async () => {
    web = await openWeb({ appliance: shared });
  });
  afterAll(() => web.stop());

  const good = { mode: 'static', address: '192.0.2.20/24', gateway: '192.0.2.1', dns: ['192.0.2.53'], search: [] };
  test.each([
    ['no mask', { address: '192.0.2.20' }, 'address', 'setting-interface'],
    ['a mask with a hole', { address: '192.0.2.20/255.0.255.0' }, 'address', 'setting-interface'],
    ['nothing', { address: undefined }, 'address', 'setting-interface'],
    ['the network itself', { address: '192.0.2.0/24' }, 'address', 'network-address-not-host'],
    ['the broadcast', { address: '192.0.2.63/26' }, 'address', 'network-address-not-host'],
    ['multicast', { address: '224.0.0.5/24' }, 'address', 'network-address-not-host'],
    ['loopback', { address: '127.0.0.2/8' }, 'address', 'network-address-not-host'],
    ['a gateway elsewhere', { gateway: '192.0.3.1' }, 'gateway', 'network-gateway-elsewhere'],
    ['a gateway that is the box', { gateway: '192.0.2.20' }, 'gateway', 'network-gateway-same'],
    ['a gateway of the other family', { gateway: '2001:db8::1' }, 'gateway', 'network-gateway-elsewhere'],
    ['a gateway with letters', { gateway: 'router' }, 'gateway', 'setting-ip'],
    ['a name server by name', { dns: ['192.0.2.53', 'dns.example'] }, 'dns.1', 'setting-ip'],
    ['too many name servers', { dns: ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'] }, 'dns', null],
  ] as const)('%s is said beside its field, and nothing is changed', async (_, wrong, field, code) => {
    const { status, body } = await web.as('admin').put('/api/appliance/network', { ...good, ...wrong });
    expect(status).toBe(400);
    const problem = body.problems.find(({ path }: { path: unknown[] }) => path.join('.').startsWith(field));
    expect(problem).toBeDefined();
    if (code) expect(problem.code).toBe(code);
    expect(actsOf(shared)).toEqual([]);
  });

  test('a mask becomes a prefix; networks of two addresses, and IPv6 with a link-local gateway, pass', () => {
    const sent = (typed: object) => fixedNetwork({ ...good, ...typed });
    expect(sent({ address: '192.0.2.20/255.255.255.0' })).toEqual({ ...omitSearch(good), address: '192.0.2.20/24' });
    expect(sent({ address: '192.0.2.20/31', gateway: '192.0.2.21' })).toMatchObject({ address: '192.0.2.20/31' });
    const six = { address: '2001:db8::20/64', gateway: 'fe80::1' };
    expect(sent(six)).toMatchObject(six);
    expect(sent({ gateway: null, search: ['klinik.example'] })).toMatchObject({
      gateway: null,
      search: ['klinik.example'],
    });
    expect(() => sent({ address: '2001:db8::/128', gateway: '2001:db9::1' })).toThrow(/gateway/);
  });

  test('the answer comes before the change; who reaches the new address with the token confirms it, nobody else', async () => {
    const appliance = fakeAppliance();
    const web = await open(appliance);
    const admin = web.as('admin');
    const { status, body } = await admin.put('/api/appliance/network', good);
    expect([status, body.within_s]).toEqual([202, 120]);
    expect(actsOf(appliance)).toEqual([]);
    const port = web.house.ports().web;
    expect(body.addresses).toEqual([`https://192.0.2.20:${port}/`, `https://rohrpost-0a1b.local:${port}/`]);
    const first = (await admin.get('/api/appliance')).body.machine.network;
    expect(first).toMatchObject({ applying: true, reverts_s: null });
    expect((await admin.put('/api/appliance/network', good)).body.code).toBe('appliance-busy');
    await eventually(() => actsOf(appliance).includes('network'), within);
    await eventually(async () => (await admin.get('/api/appliance')).body.machine.network.reverts_s === 120, within);

    const reached = (token: string) =>
      web.ask({ method: 'POST', url: '/api/appliance/network/reached', payload: { token } });
    for (const wrong of ['', 'x', 'A'.repeat(43), `${body.token}A`]) {
      const answer = await reached(wrong);
      expect([400, 409], wrong).toContain(answer.status);
    }
    expect(actsOf(appliance)).toEqual(['network']);
    expect((await reached(body.token)).status).toBe(204);
    expect(actsOf(appliance)).toEqual(['network', 'network-keep']);
    // A token is good for once.
    expect((await reached(body.token)).body.code).toBe('network-nothing-to-keep');
    expect((await admin.get('/api/appliance')).body.machine.network).toMatchObject({
      reverts_s: null,
      address: good.address,
    });
    expect(audited(web)).toEqual(['network-keep', 'network-change']);
  });

  test('a change that the system does not take is told afterwards; an admin may keep one at the old address', async () => {
    const appliance = fakeAppliance();
    const web = await open(appliance);
    const admin = web.as('admin');
    appliance.failNext('network', new RohrpostError('network-not-taken', { details: { reason: 'no link' } }));
    await admin.put('/api/appliance/network', good);
    const network = async () => (await admin.get('/api/appliance')).body.machine.network;
    await eventually(async () => (await network()).failure !== null, within);
    expect((await network()).failure).toContain('no link');
    await admin.put('/api/appliance/network', { mode: 'dhcp' });
    await eventually(async () => (await network()).reverts_s !== null, within);
    expect((await network()).failure).toBeNull();
    expect((await web.as('operator').post('/api/appliance/network/keep')).status).toBe(403);
    expect((await admin.post('/api/appliance/network/keep')).status).toBe(204);
    expect((await admin.post('/api/appliance/network/keep')).body.code).toBe('network-nothing-to-keep');
  });
});

test('host name and time servers are checked, changed and audited', async () => {
  const appliance = fakeAppliance();
  const web = await open(appliance);
  const admin = web.as('admin');
  for (const name of ['Box', 'box.example', '-box', 'x'.repeat(64), '']) {
    expect((await admin.put('/api/appliance/hostname', { name })).body.problems[0].code, name).toBe(
      'setting-host-label',
    );
  }
  expect((await admin.put('/api/appliance/hostname', { name: 'roentgen-1' })).status).toBe(204);
  expect((await admin.put('/api/appliance/time-servers', { servers: ['zeit.example', 'kein name'] })).status).toBe(400);
  expect((await admin.put('/api/appliance/time-servers', { servers: ['zeit.example', '192.0.2.9'] })).status).toBe(204);
  expect((await admin.get('/api/appliance')).body.machine).toMatchObject({
    hostname: 'roentgen-1',
    time: { servers: ['zeit.example', '192.0.2.9'] },
  });
  expect(audited(web)).toEqual(['time-servers-change', 'hostname-change']);
});

describe('what ends or empties the machine', () => {
  test('restart and switching off are an admin’s, and audited before they happen', async () => {
    const appliance = fakeAppliance();
    const web = await open(appliance);
    expect((await web.as('operator').post('/api/appliance/reboot')).status).toBe(403);
    appliance.failNext('reboot', new RohrpostError('appliance-away', { details: { reason: 'test' } }));
    expect((await web.as('admin').post('/api/appliance/reboot')).status).toBe(503);
    expect(audited(web)).toEqual(['machine-reboot']);
    expect((await web.as('admin').post('/api/appliance/power-off')).status).toBe(202);
    expect(actsOf(appliance)).toEqual(['reboot', 'poweroff']);
  });

  test('a factory reset needs the box’s name, a session, and the own password; it is audited first', async () => {
    const appliance = fakeAppliance();
    const web = await open(appliance);
    await addAccount(web, { name: 'anna' });
    const anna = openBrowser(web);
    await anna.logIn('anna');
    const reset = (body: object) => anna.ask('POST', '/api/appliance/factory-reset', body);
    const wrongName = await reset({ name: 'rohrpost-ffff', password: PASSWORD });
    expect([wrongName.status, wrongName.body.problems[0]]).toMatchObject([
      400,
      { path: ['name'], code: 'appliance-name-differs' },
    ]);
    expect((await reset({ name: 'rohrpost-0a1b', password: 'falsch' })).body.code).toBe('password-wrong');
    const byToken = await web
      .as('admin')
      .post('/api/appliance/factory-reset', { name: 'rohrpost-0a1b', password: 'x' });
    expect(byToken.body.code).toBe('session-needed');
    expect(actsOf(appliance)).toEqual([]);
    expect(audited(web)).not.toContain('factory-reset');
    appliance.failNext('factory-reset', new RohrpostError('appliance-away', { details: { reason: 'test' } }));
    expect((await reset({ name: 'rohrpost-0a1b', password: PASSWORD })).status).toBe(503);
    expect(audited(web)[0]).toBe('factory-reset');
    expect((await reset({ name: ' rohrpost-0a1b ', password: PASSWORD })).status).toBe(202);
    expect(appliance.acts.at(-1)).toEqual({ act: 'factory-reset', name: 'rohrpost-0a1b' });
  });

  test('the recovery key is shown to who gives the password again, and is gone once it is forgotten', async () => {
    const appliance = fakeAppliance();
    appliance.recovery = 'abcdefgh-ijklmnop';
    const web = await open(appliance);
    await addAccount(web, { name: 'anna' });
    const anna = openBrowser(web);
    await anna.logIn('anna');
    const show = (password: string) => anna.ask('POST', '/api/appliance/recovery-key', { password });
    expect((await show('falsch')).body.code).toBe('password-wrong');
    expect((await show(PASSWORD)).body).toEqual({ key: 'abcdefgh-ijklmnop' });
    expect((await anna.ask('DELETE', '/api/appliance/recovery-key')).status).toBe(204);
    expect((await show(PASSWORD)).body.code).toBe('recovery-key-none');
    expect(JSON.stringify(web.premises.desk.audit.list({ limit: 20 }))).not.toContain('abcdefgh');
    expect(audited(web)).toEqual(expect.arrayContaining(['recovery-key-show', 'recovery-key-forget']));
  });
});

describe('a box on other hardware', () => {
  test('everybody is told; an admin says that it is the same box, and it starts anew', async () => {
    const appliance = fakeAppliance({ facts: { moved: true } });
    const web = await open(appliance);
    expect((await web.as('operator').get('/api/appliance')).body.moved).toBe(true);
    expect((await web.as('viewer').get('/api/state')).body).toMatchObject({
      ...{ claimed: true, machine: { moved: true } },
    });
    expect((await web.as('operator').post('/api/appliance/adopt')).status).toBe(403);
    expect((await web.as('admin').post('/api/appliance/adopt')).status).toBe(202);
    await web.house.restartAsked;
    expect([actsOf(appliance), audited(web)[0]]).toEqual([['adopt'], 'hardware-adopt']);
  });

  test('where nothing has moved, nothing is adopted', async () => {
    const appliance = fakeAppliance();
    const web = await open(appliance);
    expect((await web.as('admin').post('/api/appliance/adopt')).status).toBe(404);
    expect(actsOf(appliance)).toEqual([]);
  });
});

describe('a box without its data', () => {
  test.each(['locked', 'damaged', 'missing'] as const)(
    '%s: nobody claims it, and only public routes answer',
    async (data) => {
      const appliance = fakeAppliance({ facts: { data } });
      const web = await open(appliance, { claimed: false, settings: null });
      expect((await web.ask({ url: '/api/state' })).body).toMatchObject({ claimed: false, machine: { data } });
      const claim = {
        code: pairingCode(web.premises.desk),
        language: 'de',
        name: 'eve',
        password: 'drei blaue Kähne im Nebel',
      };
      const answers = await Promise.all([
        web.ask({ method: 'POST', url: '/api/claim', payload: claim }),
        web.ask({ url: '/api/overview' }),
        web.ask({ url: '/api/appliance' }),
        web.ask({
          method: 'POST',
          url: '/api/appliance/factory-reset',
          payload: { name: 'rohrpost-0a1b', password: '' },
        }),
      ]);
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
        answers.map(() => [503, `storage-${data}`]),
      );
      expect(web.premises.desk.accounts.count()).toBe(0);
      const unlock = await web.ask({ method: 'POST', url: '/api/appliance/unlock', payload: { key: 'x' } });
      expect(unlock.status).toBe(data === 'locked' ? 202 : 409);
    },
  );

  test('wrong recovery keys are counted and then pause; a caretaker that is busy costs no guess; the right key opens', async () => {
    const appliance = fakeAppliance({ facts: { data: 'locked' } });
    const web = await open(appliance, { claimed: false, settings: null });
    const unlock = (key: string) => web.ask({ method: 'POST', url: '/api/appliance/unlock', payload: { key } });
    appliance.failNext('unlock', new RohrpostError('appliance-busy'), 8);
    for (let time = 0; time < 8; time++) expect((await unlock('busy')).body.code).toBe('appliance-busy');
    appliance.failNext('unlock', new RohrpostError('unlock-key-wrong'), 6);
    const codes: string[] = [];
    for (let time = 0; time < 7; time++) codes.push((await unlock('wrong')).body.code);
    expect(codes).toEqual([...Array.from({ length: 6 }, () => 'unlock-key-wrong'), 'unlock-locked']);
    // From elsewhere it goes on: nobody keeps the owner out.
    const elsewhere = { method: 'POST', url: '/api/appliance/unlock', remoteAddress: '198.51.100.7' } as const;
    expect((await web.ask({ ...elsewhere, payload: { key: ' right ' } })).status).toBe(202);
    expect(appliance.acts.at(-1)).toEqual({ act: 'unlock', key: 'right' });
  });
});
