import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { TOTP } from 'otpauth';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../structure/sources.ts';
import { addAccount, openBrowser, PASSWORD } from '../support/browser.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { rohrpost } from './rohrpost.ts';

/** What only who stands at the box can do: see the pairing code, and come back in. A box is running beside it. */

let web: TestWeb;
const run = (...args: string[]) => rohrpost([...args, '--data', web.folder, '--lang', 'en']);

afterEach(() => web.stop());

describe('status of a box that is not set up', () => {
  beforeEach(async () => {
    web = await openWeb({ claimed: false, settings: null });
  });

  test('shows where the page is, its certificate, and the code that claims the box', async () => {
    const { code, out } = await run('status');
    expect(code).toBe(0);
    expect(out).toContain('has not been set up yet');
    expect(out).toContain(`${web.url}/`);
    expect(out).toContain(web.premises.certificate().fingerprint);
    const pairing = /Pairing code +(\S+)/.exec(out)![1]!;
    const owner = { code: pairing, language: 'en', name: 'owner', password: PASSWORD };
    expect((await web.as(null).post('/api/claim', owner)).status).toBe(200);
    const json = JSON.parse((await run('status', '--json')).out);
    expect(json).toMatchObject({ running: true, page: { addresses: [`${web.url}/`], pairing_code: null } });
  });
});

test('status of a box that is set up shows the page too', async () => {
  web = await openWeb();
  const { out } = await run('status');
  expect(out).toContain('Testpraxis');
  expect(out).toContain(`${web.url}/`);
  expect(out).not.toContain('Pairing code');
});

describe('reset-admin', () => {
  beforeEach(async () => {
    web = await openWeb();
  });
  const oneTime = (out: string) => /^ {4}(\S+)$/m.exec(out)![1]!;

  test('password forgotten, phone lost, locked out, disabled: in again, beside the running box', async () => {
    const id = await addAccount(web, { name: 'chief' });
    const browser = openBrowser(web);
    await browser.logIn('chief');
    const { secret } = (await browser.ask('POST', '/api/session/second-factor', { password: PASSWORD })).body;
    const code = new TOTP({ secret }).generate();
    await browser.ask('POST', '/api/session/second-factor/confirm', { code });
    const away = openBrowser(web, { address: '192.0.2.77' });
    for (let n = 0; n < 8; n++) await away.logIn('chief', { password: 'ganz falsches Passwort' });
    web.premises.desk.accounts.update(id, { disabled: 1 });

    const { code: exit, out } = await run('reset-admin', 'CHIEF', '--by', 'Console');
    expect(exit).toBe(0);
    const password = oneTime(out);
    expect(password).toMatch(/^[0-9a-z]{5}(?:-[0-9a-z]{5}){3}$/);
    expect((await browser.ask('GET', '/api/session')).status).toBe(401);
    expect((await away.logIn('chief')).body.code).toBe('login-wrong');
    expect(await away.logIn('chief', { password })).toMatchObject({
      status: 200,
      body: { owes: 'password-must-change', secondFactor: false, recoveryCodes: 0 },
    });
    expect(await web.premises.secrets.names()).not.toContain(`totp-${id}`);
    const row = web.premises.desk.audit.list({ limit: 10 }).find(({ act }) => act === 'admin-reset');
    expect(row).toMatchObject({ by: 'Console', subject: 'chief' });
    expect(JSON.stringify(row)).not.toContain(password);
    expect(web.premises.desk.audit.verify().brokenAt).toBeNull();
  });

  test('without a name it is the first admin; a name that is none is told with those that are', async () => {
    await addAccount(web, { name: 'helper', role: 'operator' });
    const wrong = await run('reset-admin', 'helper');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('Known are: test-admin [account-no-admin]');
    const { out } = await run('reset-admin');
    expect(out).toContain('"test-admin"');
    expect((await openBrowser(web).logIn('test-admin', { password: oneTime(out) })).status).toBe(200);
  });

  test.runIf(process.getuid?.() === 0)('another user of the machine cannot', async () => {
    const args = [join(root, 'src/main.ts'), 'reset-admin', '--data', web.folder, '--lang', 'en'];
    const child = spawn(process.execPath, args, { uid: 65_534, gid: 65_534, timeout: 30_000, cwd: '/' });
    let words = '';
    child.stderr.on('data', (chunk) => {
      words += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).not.toBe(0);
    expect(words).toMatch(/console-only|EACCES|Cannot find module/);
    expect(web.premises.desk.audit.list({ limit: 10 }).map(({ act }) => act)).not.toContain('admin-reset');
  });
});

test('a box without an owner has nobody to reset', async () => {
  web = await openWeb({ claimed: false, settings: null });
  expect((await run('reset-admin')).err).toContain('[box-unclaimed]');
});
