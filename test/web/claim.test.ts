import { expect, onTestFinished, test } from 'vitest';
import { pairingCode } from '../../src/web/people/pairing.ts';
import { manualClock } from '../support/clock.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

const PASSWORD = 'drei blaue Kähne im Nebel';

async function unclaimed(o: Parameters<typeof openWeb>[0] = {}): Promise<TestWeb> {
  const web = await openWeb({ claimed: false, settings: null, ...o });
  onTestFinished(() => web.stop());
  return web;
}

const owner = (code: string, more: object = {}) => ({
  ...{ code, language: 'de', name: 'chefin', password: PASSWORD },
  ...more,
});

test('a box without an owner tells so, and nothing else answers', async () => {
  const web = await unclaimed();
  const { body } = await web.as(null).get('/api/state');
  expect(body).toMatchObject({ claimed: false, setUp: false, running: false, trouble: null });
  expect(await web.as(null).get('/api/users')).toMatchObject({ status: 403, body: { code: 'box-unclaimed' } });
  expect(await web.as(null).get('/api/session')).toMatchObject({ status: 403, body: { code: 'box-unclaimed' } });
});

test('who has the code owns the box; the next one comes too late', async () => {
  const web = await unclaimed();
  const code = pairingCode(web.premises.desk)!;
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  const answer = await web.as(null).post('/api/claim', owner(code.toLowerCase().replace('-', ' ')));
  expect(answer).toMatchObject({
    status: 200,
    body: { name: 'chefin', role: 'admin', language: 'de', via: 'session' },
  });
  expect(answer.headers['set-cookie']).toMatch(
    /^__Host-rohrpost=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  expect((await web.as(null).get('/api/state')).body.claimed).toBe(true);
  expect(await web.as(null).post('/api/claim', owner(code))).toMatchObject({
    status: 409,
    body: { code: 'box-claimed' },
  });
  expect(pairingCode(web.premises.desk)).toBeNull();
  expect(web.premises.desk.setup.get('pairing-code')).toBeUndefined();
  expect(web.premises.desk.audit.list({ limit: 1 })).toMatchObject([{ act: 'box-claim', by: 'chefin' }]);
});

test('two people claim at the same moment: one owner', async () => {
  const web = await unclaimed();
  const code = pairingCode(web.premises.desk)!;
  const answers = await Promise.all(
    ['anna', 'bernd'].map((name) => web.as(null).post('/api/claim', owner(code, { name }))),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(web.premises.desk.accounts.count()).toBe(1);
});

test('wrong codes: growing pauses for whoever guesses; the owner gets in from another desk meanwhile', async () => {
  const clock = manualClock();
  const web = await unclaimed({ clock });
  const code = pairingCode(web.premises.desk)!;
  const from = (remoteAddress: string, typed: string) =>
    web.as(null).post('/api/claim', owner(typed), { remoteAddress });
  const pauses: number[] = [];
  for (let wrong = 0; wrong < 10; ) {
    const answer = await from('192.0.2.66', 'AAAA-AAAA');
    if (answer.status === 403) {
      expect(answer.body.code).toBe('pairing-code-wrong');
      wrong++;
      continue;
    }
    expect(answer).toMatchObject({ status: 429, body: { code: 'pairing-locked' } });
    const seconds = Number(answer.headers['retry-after']);
    pauses.push(seconds);
    clock.advance(seconds * 1_000);
  }
  expect(pauses.slice(0, 4)).toEqual([2, 4, 8, 16]);
  // Even the right code is not looked at while the pause lasts.
  expect((await from('192.0.2.66', code)).status).toBe(429);
  expect((await from('192.0.2.7', code)).status).toBe(200);
});

test.each([
  ['zu kurz', 'password-length'],
  ['Rohrpost-Passwort-2026!', 'password-too-simple'],
  ['chefin chefin chefin', 'password-too-simple'],
  ['aaaaaaaaaaaaaaaaaaaa', 'password-too-simple'],
  ['19700101-20261120', 'password-too-simple'],
  ['x'.repeat(900), 'password-length'],
])('a password that is easily guessed (%s) is refused beside its field', async (password, code) => {
  const web = await unclaimed();
  const answer = await web.as(null).post('/api/claim', owner(pairingCode(web.premises.desk)!, { password }));
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'request-invalid', problems: [{ path: ['password'], code }] },
  });
});

test.each([['Ümläüt'], ['-a'], ['a b'], ['x'.repeat(41)], ['../../etc'], ['a\u0000b'], ['']])(
  'a user name that is none (%j) is refused beside its field',
  async (name) => {
    const web = await unclaimed();
    const answer = await web.as(null).post('/api/claim', owner(pairingCode(web.premises.desk)!, { name }));
    expect(answer.status).toBe(400);
    expect(answer.body.problems[0]).toMatchObject({ path: ['name'], code: 'setting-user-name' });
  },
);
