import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { peopleLimits as limits } from '../../src/core/people-limits.ts';
import { addAccount, openBrowser, PASSWORD } from '../support/browser.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { openWeb, type TestCaller, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let clock: ManualClock;
let serial = 0;

beforeAll(async () => {
  clock = manualClock();
  web = await openWeb({ clock });
});
afterAll(() => web.stop());

/** By a token that is made anew each time: time passes in these tests. */
const admin = new Proxy({} as TestCaller, {
  get: (_, key: keyof TestCaller) => web.as('admin')[key],
});

const fresh = (more: object = {}) => ({
  ...{ name: `user-${++serial}`, role: 'operator', language: 'de', password: 'acht grüne Stühle im Flur' },
  ...more,
});

async function loggedIn(name: string, password = PASSWORD) {
  const browser = openBrowser(web, { address: `192.0.2.${++serial}` });
  expect((await browser.logIn(name, { password })).status).toBe(200);
  return browser;
}

describe('accounts', () => {
  test('a new one has to change the password that somebody else chose', async () => {
    const user = fresh();
    const made = await admin.post('/api/users', user);
    expect(made).toMatchObject({
      status: 200,
      body: { name: user.name, role: 'operator', mustChange: true, sessions: 0 },
    });
    const browser = await loggedIn(user.name, user.password);
    expect((await browser.ask('GET', '/api/session')).body.owes).toBe('password-must-change');
    expect(JSON.stringify((await admin.get('/api/users')).body)).not.toContain('argon2');
  });

  test('no two of one name, whatever the case; no two at the same moment', async () => {
    const user = fresh();
    const answers = await Promise.all([admin.post('/api/users', user), admin.post('/api/users', user)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const again = await admin.post('/api/users', { ...user, name: user.name.toUpperCase() });
    expect(again).toMatchObject({ status: 409, body: { code: 'account-exists' } });
  });

  test.each([
    ['a role that there is not', { role: 'root' }, 'role'],
    ['a name with a path', { name: '../../etc/passwd' }, 'name'],
    ['a short password', { password: 'kurz' }, 'password'],
    ['a field that there is not', { disabled: true }, 'disabled'],
  ])('%s is refused beside its field', async (_, wrong, field) => {
    const answer = await admin.post('/api/users', fresh(wrong));
    expect(answer).toMatchObject({ status: 400, body: { code: 'request-invalid', problems: [{ path: [field] }] } });
  });

  test.each([
    ['another role', { role: 'viewer' }],
    ['disabling', { disabled: true }],
  ])('%s ends the sessions at once', async (_, change) => {
    const name = `changed-${++serial}`;
    const id = await addAccount(web, { name, role: 'operator' });
    const browser = await loggedIn(name);
    expect((await admin.patch(`/api/users/${id}`, change)).status).toBe(200);
    expect((await browser.ask('GET', '/api/session')).status).toBe(401);
  });

  test('who is disabled hears so only with the right password', async () => {
    const name = `disabled-${++serial}`;
    const id = await addAccount(web, { name, role: 'viewer' });
    await admin.patch(`/api/users/${id}`, { disabled: true });
    const browser = openBrowser(web, { address: '192.0.2.200' });
    expect((await browser.logIn(name, { password: 'ganz falsches Passwort' })).body.code).toBe('login-wrong');
    expect((await browser.logIn(name)).body.code).toBe('account-disabled');
  });

  test('a password set by an admin ends sessions and tokens, and lifts pauses', async () => {
    const name = `forgetful-${++serial}`;
    const id = await addAccount(web, { name, role: 'viewer' });
    const browser = await loggedIn(name);
    const { token } = (await browser.ask('POST', '/api/tokens', { name: 'x', role: 'viewer', days: 3 })).body;
    const away = openBrowser(web, { address: '192.0.2.201' });
    for (let n = 0; n <= limits.guesses_account; n++) await away.logIn(name, { password: 'ganz falsches Passwort' });
    const password = 'acht grüne Stühle im Flur';
    expect((await admin.put(`/api/users/${id}/password`, { password })).status).toBe(204);
    expect((await browser.ask('GET', '/api/session')).status).toBe(401);
    const headers = { authorization: `Bearer ${token}` };
    expect((await web.ask({ url: '/api/session', headers })).status).toBe(401);
    expect((await away.logIn(name, { password })).body.owes).toBe('password-must-change');
  });

  test('removal takes sessions and tokens along', async () => {
    const name = `leaving-${++serial}`;
    const id = await addAccount(web, { name, role: 'operator' });
    const browser = await loggedIn(name);
    const { token } = (await browser.ask('POST', '/api/tokens', { name: 'x', role: 'viewer', days: 3 })).body;
    expect((await admin.delete(`/api/users/${id}`)).status).toBe(204);
    expect((await browser.ask('GET', '/api/session')).status).toBe(401);
    const script = { url: '/api/session', headers: { authorization: `Bearer ${token}` } };
    expect((await web.ask(script)).status).toBe(401);
    expect((await admin.delete(`/api/users/${id}`)).status).toBe(404);
  });

  test('the last admin who can log in stays: no removal, disabling or other role, not even at the same moment', async () => {
    const own = web.premises.desk.accounts.named('test-admin')!.id;
    for (const { id, role } of web.premises.desk.accounts.all()) {
      if (role === 'admin' && id !== own) web.premises.desk.accounts.remove(id);
    }
    const lastOne = { status: 409, body: { code: 'account-last-admin' } };
    expect(await admin.delete(`/api/users/${own}`)).toMatchObject(lastOne);
    expect(await admin.patch(`/api/users/${own}`, { disabled: true })).toMatchObject(lastOne);
    expect(await admin.patch(`/api/users/${own}`, { role: 'operator' })).toMatchObject(lastOne);
    const other = await addAccount(web, { name: `admin-${++serial}` });
    const both = await Promise.all([
      admin.patch(`/api/users/${other}`, { role: 'viewer' }),
      admin.patch(`/api/users/${own}`, { role: 'viewer' }),
    ]);
    expect(both.map(({ status }) => status).sort()).not.toEqual([200, 200]);
    expect(web.premises.desk.accounts.activeAdmins()).toBe(1);
    web.premises.desk.accounts.update(own, { role: 'admin' });
  });

  test('every change of an account is in the audit, without the password', async () => {
    const user = fresh();
    const { id } = (await admin.post('/api/users', user)).body;
    await admin.patch(`/api/users/${id}`, { role: 'viewer' });
    await admin.put(`/api/users/${id}/password`, { password: 'neun gelbe Lampen im Saal' });
    await admin.delete(`/api/users/${id}/second-factor`);
    await admin.delete(`/api/users/${id}/sessions`);
    await admin.delete(`/api/users/${id}`);
    const rows = web.premises.desk.audit.list({ limit: 6 });
    expect(rows.map(({ act }) => act).reverse()).toEqual([
      ...['user-add', 'user-change', 'user-password', 'user-second-factor-reset', 'user-sessions-end', 'user-remove'],
    ]);
    expect(rows.every((row) => row.by === 'test-admin' && row.subject === user.name)).toBe(true);
    expect(JSON.stringify(rows)).not.toMatch(/Lampen|Stühle|argon2/);
  });
});

describe('tokens', () => {
  const bearer = (token: string, url = '/api/session') =>
    web.ask({ url, headers: { authorization: `Bearer ${token}` } });
  const ask = { name: 'nightly report', role: 'viewer', days: 10 };

  async function owner(role: 'viewer' | 'operator' | 'admin' = 'operator') {
    const name = `owner-${++serial}`;
    const id = await addAccount(web, { name, role });
    return { id, name, browser: await loggedIn(name) };
  }

  test('is shown once, works until its day, and tells when it was used', async () => {
    const { browser, name } = await owner();
    const made = await browser.ask('POST', '/api/tokens', ask);
    expect(made.body.token).toMatch(/^rp_[\w-]{43}$/);
    expect(await bearer(made.body.token)).toMatchObject({ status: 200, body: { name, role: 'viewer', via: 'token' } });
    const list = await browser.ask('GET', '/api/tokens');
    expect(list.body.tokens).toMatchObject([{ name: ask.name, owner: name, own: true, used_ms: clock.now() }]);
    expect(list.text).not.toContain(made.body.token);
    clock.advance(10 * 86_400_000);
    expect((await bearer(made.body.token)).status).toBe(401);
  });

  test('a clock that was set back does not revive it', async () => {
    const { browser } = await owner();
    const { token } = (await browser.ask('POST', '/api/tokens', { ...ask, days: 1 })).body;
    const now_ms = clock.now();
    clock.setWall(0);
    expect((await bearer(token)).status).toBe(401);
    clock.setWall(now_ms);
    expect((await bearer(token)).status).toBe(200);
  });

  test('does not do more than its account, and no more than the account later may', async () => {
    const { browser, id } = await owner();
    const above = await browser.ask('POST', '/api/tokens', { ...ask, role: 'admin' });
    expect(above).toMatchObject({ status: 403, body: { code: 'role-needed' } });
    const { token } = (await browser.ask('POST', '/api/tokens', { ...ask, role: 'operator' })).body;
    expect((await bearer(token)).body.role).toBe('operator');
    expect((await admin.patch(`/api/users/${id}`, { role: 'viewer' })).status).toBe(200);
    expect((await bearer(token)).body.role).toBe('viewer');
    await admin.patch(`/api/users/${id}`, { disabled: true });
    expect((await bearer(token)).status).toBe(401);
  });

  test('cannot make another, nor change the password', async () => {
    const made = await admin.post('/api/tokens', ask);
    expect(made).toMatchObject({ status: 403, body: { code: 'session-needed' } });
    const changed = await admin.put('/api/session/password', { old: PASSWORD, password: 'vier rote Boote am Steg' });
    expect(changed.body.code).toBe('session-needed');
  });

  test('is revoked by its owner or an admin; for others it is not there', async () => {
    const { browser, name } = await owner();
    const other = await owner('operator');
    const made = (await browser.ask('POST', '/api/tokens', ask)).body;
    expect((await other.browser.ask('DELETE', `/api/tokens/${made.id}`)).status).toBe(404);
    expect((await other.browser.ask('GET', '/api/tokens')).body.tokens).toEqual([]);
    const all = (await admin.get('/api/tokens')).body.tokens;
    expect(all.find(({ id }: { id: string }) => id === made.id)).toMatchObject({ owner: name, own: false });
    expect((await admin.delete(`/api/tokens/${made.id}`)).status).toBe(204);
    expect((await bearer(made.token)).status).toBe(401);
  });

  test.each([0, 731, 1.5, -1])('a validity of %d days is refused', async (days) => {
    const { browser } = await owner('viewer');
    const answer = await browser.ask('POST', '/api/tokens', { ...ask, days });
    expect(answer).toMatchObject({ status: 400, body: { problems: [{ path: ['days'] }] } });
  });

  test('needs no origin: a script is no browser; a cookie beside it does not count', async () => {
    const { browser } = await owner();
    const { token } = (await browser.ask('POST', '/api/tokens', ask)).body;
    const headers = { authorization: `Bearer ${token}`, 'sec-fetch-site': undefined };
    expect((await browser.ask('PATCH', '/api/session', { language: 'de' }, headers)).status).toBe(200);
    const bad = { authorization: 'Bearer rp_nonsense', 'sec-fetch-site': undefined };
    expect((await browser.ask('PATCH', '/api/session', { language: 'de' }, bad)).status).toBe(401);
  });
});
