import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openKeyring } from '../../src/box/keyring.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { createSettings } from '../../src/config/settings.ts';
import { webLimits } from '../../src/core/limits.ts';
import { silentLog } from '../../src/core/log.ts';
import { peopleLimits } from '../../src/core/people-limits.ts';
import { openSession } from '../../src/web/people/login.ts';
import { openPasswords } from '../../src/web/people/passwords.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

/** What somebody in the clinic's network may try on the page, and a person with some rights beyond them. */

const PASSPHRASE = 'ein langer Satz zum Merken';
const open: TestWeb[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const web of open.splice(0)) await web.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function box(o: Parameters<typeof openWeb>[0] = {}): Promise<TestWeb> {
  const web = await openWeb(o);
  open.push(web);
  return web;
}

/** A box with a key of its own, as one that was set up has it. */
async function boxWithKey(): Promise<TestWeb> {
  const folder = await mkdtemp(join(tmpdir(), 'rohrpost-attack-'));
  folders.push(folder);
  const keyring = openKeyring(folder, await openSecrets(folder));
  await keyring.ensureOwnKey({ name: 'Test', email: 'box@test.example', nowMs: Date.now() - 60_000 });
  await createSettings(folder, {
    site: { name: 'Testpraxis', language: 'en' },
    dicom: { host: '127.0.0.1', port: 0 },
    mail: { address: 'box@test.example' },
    disk: { refuse_below_bytes: 0 },
  });
  return box({ folder });
}

const keysOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1]));

test('somebody at the same computer later: no answer of the API is in a cache, be it an error', async () => {
  const web = await box();
  for (const path of ['/api', '/api/state', '/api/session', '/api/studies', '/api/key/file', '/api/nothing']) {
    for (const caller of [web.as('admin'), web.as(null)]) {
      const { headers } = await caller.get(path);
      expect(headers['cache-control'], path).toBe('no-store');
    }
  }
});

test('nobody in particular sends a megabyte of made-up keys to the log-in: refused unread', async () => {
  const web = await box();
  for (const path of ['/api/session', '/api/claim']) {
    const { status, text } = await web.as(null).post(path, keysOf(100_000));
    expect(path === '/api/claim' ? [409, 413] : [413]).toContain(status);
    expect(text.length).toBeLessThan(1_000);
  }
  const long = { name: 'a', password: '\u0001'.repeat(1_000) };
  expect((await web.as(null).post('/api/session', long)).status).not.toBe(413);
  expect(webLimits.public_body_bytes).toBeLessThan(100_000);
});

test('somebody with a role sends the same: the answer does not grow with the question', async () => {
  const { status, body, text } = await (await box()).as('viewer').post('/api/studies/search', keysOf(100_000));
  expect([status, body.code]).toEqual([400, 'request-invalid']);
  expect(text.length).toBeLessThan(100_000);
});

test('a setting names the passphrase of our key: it is told to no server, not overwritten and not forgotten', async () => {
  const web = await boxWithKey();
  const admin = web.as('admin');
  const { secrets } = web.premises;
  await secrets.set('totp-of-somebody', 'bleibt');
  const before = await secrets.get('own-key');
  const now = (await admin.get('/api/settings')).body;
  expect(now.secrets).toEqual([]);
  for (const name of ['own-key', 'totp-of-somebody', 'totp-']) {
    const smtp = { host: '127.0.0.1', port: 9, security: 'tls', user: 'box', password: `secret:${name}` };
    const changes = [{ path: 'mail.smtp', value: smtp }];
    const change = { revision: now.revision, changes, secrets: { [name]: 'Kennwort' } };
    expect((await admin.patch('/api/settings', change)).body.code).toBe('config-invalid');
    expect((await web.as('operator').post('/api/probes/smtp', { smtp })).body.code).toBe('request-invalid');
  }
  expect(await secrets.get('own-key')).toBe(before);
  expect(await secrets.get('totp-of-somebody')).toBe('bleibt');
  const fitting = { host: '127.0.0.1', port: 9, security: 'tls', user: 'box', password: 'secret:own-key-2' };
  const changes = [{ path: 'mail.smtp', value: fitting }];
  expect((await admin.patch('/api/settings', { revision: now.revision, changes })).status).toBe(200);
});

test('an old second factor, of a telephone that was stolen since, does not come back with a backup', async () => {
  const web = await boxWithKey();
  const admin = web.as('admin');
  const { secrets } = web.premises;
  await secrets.set('totp-of-somebody', 'alt');
  await secrets.set('mailbox', 'alt');
  const { bytes } = await admin.post('/api/backup', { passphrase: PASSPHRASE });
  await secrets.set('totp-of-somebody', 'neu');
  const headers = { 'content-type': 'application/octet-stream' };
  const { upload } = (await admin.post('/api/restore/upload', bytes, { headers })).body;
  const { look } = (await admin.post('/api/restore/look', { upload, passphrase: PASSPHRASE })).body;
  const decided = await admin.post('/api/restore', { look, accounts: false, certificate: false });
  expect(decided.status, decided.text).toBe(202);

  // Another upload would clear away what was decided on, and another decision would not be the one that was confirmed.
  expect((await admin.post('/api/restore/upload', bytes, { headers })).body.code).toBe('restore-under-way');
  const other = await admin.post('/api/restore', { look, accounts: true, certificate: false });
  expect(other.body.code).toBe('restore-under-way');

  const { folder } = web;
  await open.pop()!.stop();
  const restored = await box({ folder });
  expect(await restored.premises.secrets.get('totp-of-somebody')).toBe('neu');
  expect(await restored.premises.secrets.get('mailbox')).toBe('alt');
  expect(restored.premises.desk.audit.list({ limit: 1 })[0]?.act).toBe('restore');
});

test('a stolen session guesses the code of a second factor that was begun: pauses', async () => {
  const web = await box();
  const { desk, clock } = web.premises;
  const password = await openPasswords().hash('Regenschirm-9-Laterne');
  const who = { name: 'erika', role: 'viewer', language: 'en', password, must_change: 0 } as const;
  const { id } = desk.accounts.add({ ...who, now_ms: clock.now() });
  const { secret } = openSession(web.premises, id, { address: '127.0.0.1', agent: '' });
  const headers = { cookie: `__Host-rohrpost=${secret}`, 'sec-fetch-site': 'same-origin' };
  const post = (url: string, payload: object) => web.ask({ method: 'POST', url, payload, headers });
  const begun = await post('/api/session/second-factor', { password: 'Regenschirm-9-Laterne' });
  expect(begun.status, begun.text).toBe(200);
  const codes: string[] = [];
  for (let n = 0; n < peopleLimits.guesses_account + 3; n++) {
    codes.push((await post('/api/session/second-factor/confirm', { code: 'abcdef' })).body.code);
  }
  expect(codes[0]).toBe('second-factor-wrong');
  expect(codes.at(-1)).toBe('login-locked');
});

test('backups that nobody waits for any more: no bug in the log, nothing left behind, and the next one works', async () => {
  const errors: string[] = [];
  const log = { ...silentLog, error: (message: string) => void errors.push(message) };
  const web = await box({ log });
  const { port } = new URL(web.url);
  for (const after_ms of [0, 10, 40]) {
    const asking = request({
      ...{ host: '127.0.0.1', port, path: '/api/backup', method: 'POST', rejectUnauthorized: false },
      headers: { authorization: `Bearer ${web.as('admin').token}`, 'content-type': 'application/json' },
    });
    asking.on('error', () => {});
    asking.end(JSON.stringify({ passphrase: PASSPHRASE }));
    await once(asking, 'socket');
    await delay(after_ms);
    asking.destroy();
  }
  await delay(300);
  expect((await web.as('admin').post('/api/backup', { passphrase: PASSPHRASE })).status).toBe(200);
  expect(errors).toEqual([]);
});

test('HEAD of the events, which never end, is not answered', async () => {
  const web = await box();
  const { token } = web.as('viewer');
  const headers = { authorization: `Bearer ${token}` };
  expect((await web.ask({ method: 'HEAD', url: '/api/events', headers })).status).toBe(404);
});
