import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { RohrpostError } from '../../src/core/errors.ts';
import { peopleLimits as limits } from '../../src/core/people-limits.ts';
import { logIn, openSession } from '../../src/web/people/login.ts';
import { openPasswords } from '../../src/web/people/passwords.ts';
import { addAccount, openBrowser, PASSWORD, type TestBrowser } from '../support/browser.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let clock: ManualClock;
let serial = 0;
/** Each test has people and desks of its own. */
let name: string;
let address: string;
let id: string;

beforeAll(async () => {
  clock = manualClock();
  web = await openWeb({ clock });
});
afterAll(() => web.stop());
beforeEach(async () => {
  serial++;
  name = `person-${serial}`;
  address = `192.0.2.${serial}`;
  id = await addAccount(web, { name });
});

const browser = (from = address) => openBrowser(web, { address: from });

async function loggedIn(): Promise<TestBrowser> {
  const found = browser();
  expect(await found.logIn(name)).toMatchObject({ status: 200, body: { name, role: 'admin' } });
  return found;
}

const lastActs = () => web.premises.desk.audit.list({ limit: 3 }).map(({ act }) => act);

describe('a session', () => {
  test('a session stolen before log-out is refused after it', async () => {
    const mine = await loggedIn();
    const thief = browser('198.51.100.7');
    thief.cookie = mine.cookie;
    expect((await thief.ask('GET', '/api/session')).status).toBe(200);
    expect((await mine.ask('DELETE', '/api/session')).status).toBe(204);
    expect(mine.cookie).toBe('');
    expect(await thief.ask('GET', '/api/session')).toMatchObject({ status: 401, body: { code: 'login-needed' } });
    expect(lastActs()[0]).toBe('logout');
  });

  test('the file of the desk holds neither cookie nor password', async () => {
    const mine = await loggedIn();
    const secret = mine.cookie.split('=')[1]!;
    for (const file of ['desk.sqlite', 'desk.sqlite-wal']) {
      const bytes = readFileSync(join(web.folder, file));
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(PASSWORD)).toBe(false);
    }
  });

  test('half an hour of no use ends it; what the page asks by itself is no use', async () => {
    const mine = await loggedIn();
    for (let n = 0; n < 3; n++) {
      clock.advance(limits.session_idle_ms - 60_000);
      expect((await mine.ask('GET', '/api/session')).status).toBe(200);
    }
    clock.advance(limits.session_idle_ms - 60_000);
    expect((await mine.ask('GET', '/api/session', undefined, { 'x-rohrpost-quiet': '1' })).status).toBe(200);
    clock.advance(61_000);
    expect((await mine.ask('GET', '/api/session')).status).toBe(401);
  });

  test('half a day ends it, however busy', async () => {
    const mine = await loggedIn();
    for (let spent_ms = 0; spent_ms + 1_000_000 < limits.session_most_ms; spent_ms += 1_000_000) {
      clock.advance(1_000_000);
      expect((await mine.ask('GET', '/api/session')).status).toBe(200);
    }
    clock.advance(1_000_000);
    expect((await mine.ask('GET', '/api/session')).status).toBe(401);
  });

  test('F67: the wall clock jumps by an hour, to 1970, to 2038: sessions neither end nor live on by that', async () => {
    const mine = await loggedIn();
    const before_ms = clock.now();
    for (const jump_ms of [before_ms + 3_600_000, before_ms - 3_600_000, 0, Date.UTC(2038, 0, 20)]) {
      clock.setWall(jump_ms);
      expect((await mine.ask('GET', '/api/session')).status).toBe(200);
    }
    clock.setWall(before_ms);
    clock.advance(limits.session_idle_ms);
    expect((await mine.ask('GET', '/api/session')).status).toBe(401);
  });

  test('one’s own sessions are listed, and one that was left open elsewhere is ended; another’s is not', async () => {
    const mine = await loggedIn();
    const left = browser();
    await left.logIn(name);
    const { sessions } = (await mine.ask('GET', '/api/sessions')).body;
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toMatchObject({ address, agent: 'Firefox 140' });
    const other = sessions.find(({ own }: { own: boolean }) => !own);
    const stranger = browser();
    const strangerName = `${name}-other`;
    await addAccount(web, { name: strangerName });
    await stranger.logIn(strangerName);
    expect((await stranger.ask('DELETE', `/api/sessions/${other.id}`)).status).toBe(404);
    expect((await mine.ask('DELETE', `/api/sessions/${other.id}`)).status).toBe(204);
    expect((await left.ask('GET', '/api/session')).status).toBe(401);
    expect((await mine.ask('GET', '/api/session')).status).toBe(200);
  });

  test('the oldest of too many sessions ends', async () => {
    const first = await loggedIn();
    for (let n = 0; n < limits.sessions_per_account; n++) {
      clock.advance(1);
      openSession(web.premises, id, { address, agent: '' });
    }
    expect((await first.ask('GET', '/api/session')).status).toBe(401);
    expect(web.premises.desk.sessions.ofAccount(id)).toHaveLength(limits.sessions_per_account);
  }, 30_000);
});

describe('F74: guessing', () => {
  test('100 wrong log-ins: five are looked at, then pauses that grow; not one after another, nor all at once', async () => {
    const guess = () => browser('203.0.113.9').logIn(name, { password: 'ganz falsches Passwort' });
    const answers = [];
    for (let n = 0; n < 50; n++) answers.push(await guess());
    answers.push(...(await Promise.all(Array.from({ length: 50 }, guess))));
    const codes = answers.map(({ body }) => body.code);
    expect(codes.filter((code) => code === 'login-wrong')).toHaveLength(limits.guesses_account + 1);
    expect(codes.slice(limits.guesses_account + 1).every((code) => code === 'login-locked')).toBe(true);
    expect(answers.at(-1)).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect(answers.at(-1)!.body.message).toContain('2 seconds');
    expect(answers.at(-1)!.text).not.toMatch(/node_modules|\.ts:/);
    clock.advance(2_000);
    await guess();
    expect((await guess()).headers['retry-after']).toBe('4');
    // The right password is not even looked at.
    expect((await browser('203.0.113.9').logIn(name)).status).toBe(429);
  });

  test('a hundred guesses at the same moment are no way around', async () => {
    const guess = () => browser('203.0.113.10').logIn(name, { password: 'ganz falsches Passwort' });
    const answers = await Promise.all(Array.from({ length: 100 }, guess));
    const looked = answers.filter(({ body }) => body.code === 'login-wrong');
    expect(looked.length).toBeLessThanOrEqual(limits.guesses_account + 1);
  });

  test('nobody is locked out of the own desk by guesses from elsewhere', async () => {
    const mine = await loggedIn();
    await mine.ask('DELETE', '/api/session');
    for (let n = 0; n < 30; n++) {
      await browser(`203.0.113.${20 + n}`).logIn(name, { password: 'ganz falsches Passwort' });
    }
    expect((await browser('203.0.113.99').logIn(name)).status).toBe(429);
    expect((await browser().logIn(name)).status).toBe(200);
  });

  test('guesses at many names from one address end too; an IPv6 host has one address', async () => {
    const codes = [];
    for (let n = 0; n < 40; n++) {
      const answer = await browser(`2001:db8:1:2::${n + 1}`).logIn(`nobody-${n}`);
      codes.push(answer.body.code);
    }
    expect(codes.filter((code) => code === 'login-wrong')).toHaveLength(limits.guesses_address + 1);
    expect((await browser('2001:db8:1:3::1').logIn(name)).status).toBe(200);
  }, 30_000);

  test('a name that nobody has looks like one that is there: words, pauses, and time', async () => {
    const wrong = { password: 'ganz falsches Passwort' };
    const known = await browser('203.0.113.61').logIn(name, wrong);
    const unknown = await browser('203.0.113.62').logIn('nobody-at-all', wrong);
    expect({ ...unknown.body }).toEqual({ ...known.body });
    // In turn, so that whatever else the machine does slows both down; without hashing it would be a hundredth.
    const least = { one: Number.POSITIVE_INFINITY, other: Number.POSITIVE_INFINITY };
    const took = async (which: keyof typeof least, who: string, from: string) => {
      const start = performance.now();
      await browser(from).logIn(who, wrong);
      least[which] = Math.min(least[which], performance.now() - start);
    };
    for (let n = 0; n < 4; n++) {
      await took('one', name, '203.0.113.63');
      await took('other', 'nobody-else', '203.0.113.64');
    }
    expect(least.other / least.one).toBeGreaterThan(0.25);
    expect(least.other / least.one).toBeLessThan(4);
  });

  test('a typed name that nobody has is not written down: it may be a password', async () => {
    await browser('203.0.113.71').logIn('MeinPasswort2026', { password: 'x' });
    const [row] = web.premises.desk.audit.list({ limit: 1 });
    expect(row).toMatchObject({ by: '?', act: 'login-wrong', subject: '?' });
    expect(JSON.stringify(row)).not.toContain('MeinPasswort');
  });

  test('pauses outlast a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rohrpost-web-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const wrong = { password: 'ganz falsches Passwort' };
    for (const expected of ['login-wrong', 'login-locked']) {
      const house = await openWeb({ clock, folder, settings: null });
      const guess = () => openBrowser(house).logIn('nobody', wrong);
      for (let n = 0; n < limits.guesses_account && expected === 'login-wrong'; n++) await guess();
      expect((await guess()).body.code).toBe(expected);
      await house.stop();
    }
  });

  test('a counter is forgotten after the right password', async () => {
    const wrong = { password: 'ganz falsches Passwort' };
    for (let n = 0; n < limits.guesses_account; n++) await browser().logIn(name, wrong);
    expect((await browser().logIn(name)).status).toBe(200);
    for (let n = 0; n < limits.guesses_account; n++) {
      expect((await browser().logIn(name, wrong)).body.code).toBe('login-wrong');
    }
  });
});

describe('passwords', () => {
  test('one set by somebody else must be changed before anything else', async () => {
    web.premises.desk.accounts.update(id, { must_change: 1 });
    const mine = browser();
    expect((await mine.logIn(name)).body.owes).toBe('password-must-change');
    expect(await mine.ask('GET', '/api/users')).toMatchObject({ status: 403, body: { code: 'password-must-change' } });
    const same = await mine.ask('PUT', '/api/session/password', { old: PASSWORD, password: PASSWORD });
    expect(same.body.code).toBe('password-same');
    const password = 'vier rote Boote am Steg';
    const changed = await mine.ask('PUT', '/api/session/password', { old: PASSWORD, password });
    expect(changed).toMatchObject({ status: 200, body: { owes: null } });
    expect((await mine.ask('GET', '/api/users')).status).toBe(200);
  });

  test('a change ends all other sessions, also one with the cookie of this one', async () => {
    const mine = await loggedIn();
    const other = browser();
    await other.logIn(name);
    const thief = browser();
    thief.cookie = mine.cookie;
    const body = { old: PASSWORD, password: 'vier rote Boote am Steg' };
    expect((await mine.ask('PUT', '/api/session/password', body)).status).toBe(200);
    expect((await mine.ask('GET', '/api/session')).status).toBe(200);
    for (const gone of [other, thief]) expect((await gone.ask('GET', '/api/session')).status).toBe(401);
    expect((await browser().logIn(name)).status).toBe(401);
    expect((await browser().logIn(name, { password: body.password })).status).toBe(200);
  });

  test('a session left open does not let guess the password for ever', async () => {
    const mine = await loggedIn();
    const codes = [];
    for (let n = 0; n < 10; n++) {
      const body = { old: `falsch ${n}`, password: 'vier rote Boote am Steg' };
      codes.push((await mine.ask('PUT', '/api/session/password', body)).body.code);
    }
    expect(codes.filter((code) => code === 'password-wrong')).toHaveLength(limits.guesses_account + 1);
    expect(codes.at(-1)).toBe('login-locked');
  });

  test('umlauts typed in either of their spellings are one password', async () => {
    expect((await browser().logIn(name, { password: PASSWORD.normalize('NFD') })).status).toBe(200);
  });

  test('more log-ins at once than can be hashed are put off, not piled up; one that was put off is not counted', async () => {
    const few = openPasswords({ hashings: 1, waiting: 1 });
    const attempt = () => logIn(web.premises, few, { name, password: 'x', address, agent: '' });
    const outcomes = await Promise.allSettled([attempt(), attempt(), attempt()]);
    const codes = outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as RohrpostError).code);
    expect(codes).toEqual(['login-wrong', 'login-wrong', 'login-busy']);
    expect(web.premises.desk.guesses.get(`account:${name}`)?.count).toBe(2);
  });
});

describe('the second factor', () => {
  const codeOf = (secret: string, at_ms = clock.now()) => new TOTP({ secret }).generate({ timestamp: at_ms });

  async function enrolled(): Promise<{ mine: TestBrowser; secret: string; recoveryCodes: string[] }> {
    const mine = await loggedIn();
    const { secret, uri, qr } = (await mine.ask('POST', '/api/session/second-factor', { password: PASSWORD })).body;
    expect(uri).toMatch(/^otpauth:\/\/totp\/Rohrpost%20Testpraxis:person-\d+\?/);
    expect(qr).toMatch(/^<svg /);
    const wrong = await mine.ask('POST', '/api/session/second-factor/confirm', { code: '000000' });
    expect(wrong.body.code).toBe('second-factor-wrong');
    const right = await mine.ask('POST', '/api/session/second-factor/confirm', { code: codeOf(secret) });
    expect(right.status).toBe(200);
    expect(right.body.recoveryCodes).toHaveLength(limits.recovery_codes);
    clock.advance(30_000);
    return { mine, secret, recoveryCodes: right.body.recoveryCodes };
  }

  test('is asked for after the password, and a code is taken once', async () => {
    const { secret } = await enrolled();
    expect(await browser().logIn(name)).toMatchObject({ status: 401, body: { code: 'second-factor-asked' } });
    expect((await browser().logIn(name, { code: '000000' })).body.code).toBe('second-factor-wrong');
    const code = codeOf(secret);
    expect((await browser().logIn(name, { code: `${code.slice(0, 3)} ${code.slice(3)}` })).status).toBe(200);
    expect((await browser().logIn(name, { code })).body.code).toBe('second-factor-wrong');
    const early = codeOf(secret, clock.now() - 30_000);
    expect((await browser().logIn(name, { code: early })).body.code).toBe('second-factor-wrong');
    expect((await browser().logIn(name, { code: codeOf(secret, clock.now() + 30_000) })).status).toBe(200);
  });

  test('the same code twice at the same moment: one log-in', async () => {
    const { secret } = await enrolled();
    const code = codeOf(secret);
    const answers = await Promise.all([browser().logIn(name, { code }), browser().logIn(name, { code })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  test('a recovery code opens once, however it is typed', async () => {
    const { recoveryCodes } = await enrolled();
    const code = recoveryCodes[3]!.toUpperCase().replaceAll('-', ' ');
    expect((await browser().logIn(name, { code })).status).toBe(200);
    expect((await browser().logIn(name, { code })).body.code).toBe('second-factor-wrong');
    const again = browser();
    expect((await again.logIn(name, { code: recoveryCodes[4]! })).body.recoveryCodes).toBe(8);
  });

  test('codes cannot be guessed: wrong ones lock like wrong passwords', async () => {
    await enrolled();
    const codes = [];
    for (let n = 0; n < 10; n++) codes.push((await browser().logIn(name, { code: `00000${n}` })).body.code);
    expect(codes.at(-1)).toBe('login-locked');
  });

  test('its secret is not in the file of the desk, nor in clear beside it', async () => {
    const { secret, recoveryCodes } = await enrolled();
    for (const file of ['desk.sqlite', 'desk.sqlite-wal', 'secrets.json']) {
      const text = readFileSync(join(web.folder, file), 'latin1');
      for (const word of [secret, ...recoveryCodes]) expect(text).not.toContain(word);
    }
  });

  test('turning it off needs the password; then none is asked for', async () => {
    const { mine } = await enrolled();
    const refused = await mine.ask('POST', '/api/session/second-factor/remove', { password: 'falsch' });
    expect(refused.body.code).toBe('password-wrong');
    const done = await mine.ask('POST', '/api/session/second-factor/remove', { password: PASSWORD });
    expect(done.status).toBe(204);
    expect((await browser().logIn(name)).status).toBe(200);
    expect(await web.premises.secrets.names()).not.toContain(`totp-${id}`);
  });

  test('where admins must have one, one without may only set it up', async () => {
    const mine = await loggedIn();
    const rule = '/api/users/second-factor-rule';
    onTestFinished(() => void web.premises.desk.setup.delete('admins-need-second-factor'));
    expect((await mine.ask('PUT', rule, { adminsNeedSecondFactor: true })).status).toBe(200);
    expect(await mine.ask('GET', '/api/users')).toMatchObject({ status: 403, body: { code: 'second-factor-needed' } });
    const { secret } = (await mine.ask('POST', '/api/session/second-factor', { password: PASSWORD })).body;
    await mine.ask('POST', '/api/session/second-factor/confirm', { code: codeOf(secret) });
    expect((await mine.ask('GET', '/api/users')).status).toBe(200);
  });
});

describe('CSRF', () => {
  const body = { language: 'de' };
  test.each([
    ['another site’s script', { 'sec-fetch-site': 'cross-site' }],
    ['another host of the same domain', { 'sec-fetch-site': 'same-site' }],
    ['an address typed or a bookmark', { 'sec-fetch-site': 'none' }],
    ['an old browser on another site', { 'sec-fetch-site': undefined, origin: 'https://evil.example' }],
    ['an old browser, a sandboxed frame', { 'sec-fetch-site': undefined, origin: 'null' }],
    ['an old browser, plain HTTP', { 'sec-fetch-site': undefined, origin: 'http://localhost:80' }],
    ['nothing said at all, but a cookie', { 'sec-fetch-site': undefined }],
  ])('%s cannot act with somebody’s cookie', async (_, headers) => {
    const mine = await loggedIn();
    const answer = await mine.ask('PATCH', '/api/session', body, headers);
    expect(answer).toMatchObject({ status: 403, body: { code: 'request-forged' } });
    expect(web.premises.desk.accounts.get(id)!.language).toBe('en');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'a form’s content type (%s) is refused even from here',
    async (type) => {
      const mine = await loggedIn();
      const answer = await mine.ask('PATCH', '/api/session', '{"language":"de"}', { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, body: { code: 'request-type' } });
    },
  );

  test('our own page may, in an old browser too', async () => {
    const mine = await loggedIn();
    const old = { 'sec-fetch-site': undefined, origin: 'https://box.example', host: 'box.example' };
    expect((await mine.ask('PATCH', '/api/session', body, old)).body.language).toBe('de');
    expect((await mine.ask('PATCH', '/api/session', { language: 'en' })).body.language).toBe('en');
  });

  test('another page cannot log somebody in as somebody else', async () => {
    const answer = await browser().ask(
      'POST',
      '/api/session',
      { name, password: PASSWORD },
      { 'sec-fetch-site': 'cross-site' },
    );
    expect(answer.body.code).toBe('request-forged');
  });
});
