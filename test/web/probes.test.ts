import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKey } from '../../src/pgp/keys.ts';
import { startHostileSmtp } from '../support/hostile-smtp.ts';
import { type Mailhost, startMailhost } from '../support/mailhost.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { freePort } from '../support/ports.ts';
import { openWeb, type TestCaller, type TestWeb } from '../support/web.ts';

/** Tests of connections against real Postfix, Dovecot and Orthanc: what they find, with whose words, and who may. */

let host: Mailhost;
let pacs: Orthanc;
let web: TestWeb;
let admin: TestCaller;
let operator: TestCaller;
let caFile: string;

const smtp = (more: object = {}) => ({
  ...{ host: 'localhost', port: host.smtp.port, security: 'starttls', user: host.users.a!.address },
  ...{ ca_file: caFile, ...more },
});
const imap = (more: object = {}) => ({
  ...{ host: 'localhost', port: host.imap.portTls, security: 'tls', user: host.users.a!.address },
  ...{ ca_file: caFile, password: 'secret:mail', folder: 'INBOX', ...more },
});
const orthanc = (more: object = {}) => ({
  host: '127.0.0.1',
  port: pacs.dicomPort,
  ae_title: pacs.ae,
  tls: null,
  ...more,
});
const rightPassword = () => host.users.a!.password;

beforeAll(async () => {
  [host, pacs] = await Promise.all([startMailhost(), startOrthanc()]);
  caFile = `${host.folder}/tls/ca.pem`;
  web = await openWeb({ settings: { mail: { address: host.users.a!.address } } });
  admin = web.as('admin');
  operator = web.as('operator');
}, 60_000);
afterAll(async () => {
  await web?.stop();
  await Promise.all([host?.stop(), pacs?.stop()]);
});

async function set(changes: { path: string; value: unknown }[], secrets?: Record<string, string>): Promise<void> {
  const { revision } = (await admin.get('/api/settings')).body;
  const { status, text } = await admin.patch('/api/settings', { revision, changes, secrets });
  if (status !== 200) throw new Error(text);
}

describe('mail server for sending', () => {
  const probe = (draft: object, password?: string) =>
    operator.post('/api/probes/smtp', { smtp: draft, ...(password !== undefined && { password }) });

  test('a right log-in, by STARTTLS and by TLS, with the words of the server', async () => {
    for (const draft of [smtp(), smtp({ port: host.smtp.portTls, security: 'tls' })]) {
      const { status, body } = await probe(draft, rightPassword());
      expect(status).toBe(200);
      expect(body).toMatchObject({ state: 'ok', words: expect.stringMatching(/ESMTP Postfix.*TLSv1\.[23].*AUTH/) });
      expect(body.elapsed_ms).toBeGreaterThan(0);
    }
  });

  test('a wrong password: what the server says, and what to do', async () => {
    const { status, body } = await probe(smtp(), 'not-it-0815');
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'fail', code: 'transport-auth-failed' });
    expect(body.words).toContain('535 5.7.8');
    expect(body.advice).toContain('whole mail address');
    expect(JSON.stringify(body)).not.toContain('not-it-0815');
  });

  test('a certificate that nobody vouches for', async () => {
    const { ca_file: _, ...untrusted } = smtp();
    expect((await probe(untrusted, rightPassword())).body).toMatchObject({
      ...{ state: 'fail', code: 'transport-certificate-untrusted' },
      advice: expect.stringContaining('ca_file'),
    });
  });

  test('a server without STARTTLS, TLS on the port of STARTTLS, a port where nobody is', async () => {
    const plain = await startHostileSmtp({ stripped: true, auth: true });
    const stripped = await probe(smtp({ port: plain.port }), rightPassword());
    expect(stripped.body).toMatchObject({ state: 'fail', code: 'transport-tls-refused' });
    expect(plain.commands.filter((command) => /AUTH/.test(command))).toEqual([]);
    await plain.stop();
    expect((await probe(smtp({ security: 'tls' }), rightPassword())).body).toMatchObject({
      ...{ state: 'fail', code: expect.stringMatching(/^transport-(tls-refused|connection-lost)$/) },
      advice: expect.stringContaining('465'),
    });
    const nobody = await probe(smtp({ port: await freePort() }), rightPassword());
    expect(nobody.body).toMatchObject({ state: 'fail', code: 'transport-connect-failed' });
    expect(nobody.body.words).toContain('ECONNREFUSED');
  });

  test('a draft that names a device instead of a certificate is refused before anything is read', async () => {
    for (const ca_file of ['/dev/zero', '/no/such/file.pem']) {
      expect((await probe(smtp({ ca_file }), 'x')).body.code).toBe('input-file');
    }
  });

  test('in German where the page is German', async () => {
    const german = { headers: { 'accept-language': 'de', authorization: `Bearer ${operator.token}` } };
    const { body } = await operator.post('/api/probes/smtp', { smtp: smtp(), password: 'x' }, german);
    expect(body.words).toMatch(/weist die Anmeldung ab/);
    expect(body.advice).toMatch(/Viele Anbieter/);
  });

  test('what is no draft is refused, with the field', async () => {
    const { status, body } = await probe(smtp({ port: 0 }), 'x');
    expect(status).toBe(400);
    expect(body.problems).toMatchObject([{ path: ['smtp', 'port'] }]);
  });
});

describe('mailbox', () => {
  const probe = (draft: object, password?: string) =>
    operator.post('/api/probes/imap', { imap: draft, ...(password !== undefined && { password }) });

  test('right; a wrong password; a folder that is not there', async () => {
    expect((await probe(imap(), rightPassword())).body).toMatchObject({
      ...{ state: 'ok', words: expect.stringMatching(/Dovecot.*INBOX: \d+ mails?/) },
    });
    expect((await probe(imap(), 'x')).body).toMatchObject({ state: 'fail', code: 'transport-auth-failed' });
    const missing = await probe(imap({ folder: 'No such' }), rightPassword());
    expect(missing.body).toMatchObject({ state: 'fail', code: 'transport-folder-missing' });
  });
});

describe('passwords that are stored', () => {
  test('without settings for mail there is nothing to test', async () => {
    expect((await operator.post('/api/probes/smtp', {})).body.code).toBe('probe-no-mailbox');
    expect((await operator.post('/api/probes/self-mail', {})).body.code).toBe('probe-no-mailbox');
  });

  test('are used for the server they are stored for, and told to no other', async () => {
    await set([{ path: 'mail.smtp', value: smtp({ password: 'secret:mail' }) }], { mail: rightPassword() });
    expect((await operator.post('/api/probes/smtp', {})).body.state).toBe('ok');
    const same = await operator.post('/api/probes/smtp', { smtp: smtp({ password: 'secret:mail' }) });
    expect(same.body.state).toBe('ok');

    const thief = await startHostileSmtp({ stripped: true, auth: true });
    for (const draft of [{ port: thief.port }, { user: 'box@clinic-b.example' }, { password: 'secret:another' }]) {
      const stolen = await operator.post('/api/probes/smtp', { smtp: smtp({ password: 'secret:mail', ...draft }) });
      expect(stolen.body).toMatchObject({ state: 'fail', code: 'probe-password-needed' });
    }
    expect(thief.connections).toBe(0);
    await thief.stop();
  });
});

describe('a mail to ourselves', () => {
  const until = async (run: string) => {
    for (const late = Date.now() + 30_000; Date.now() < late; await delay(100)) {
      const { body } = await operator.get(`/api/probes/runs/${run}`);
      if (body.finding) return body;
    }
    throw new Error('it did not end');
  };

  test('goes out, comes back, is opened and removed; the box that collects meanwhile leaves it alone', async () => {
    await set([{ path: 'mail.imap', value: imap({ afterwards: 'delete' }) }]);
    const begun = await operator.post('/api/probes/self-mail', {});
    expect(begun).toMatchObject({ status: 200, body: { finding: null } });
    const ended = await until(begun.body.run);
    expect(ended.finding).toMatchObject({ state: 'ok', words: expect.stringContaining('opened and verified in') });
    expect(ended.elapsed_ms).toBeGreaterThan(0);
    const left = await host.doveadm('search', '-u', host.users.a!.address, 'all');
    expect(left.trim()).toBe('');
    const box = web.premises.box()!;
    expect(box.store.overview.counts().filter(({ entity }) => entity === 'mail')).toEqual([]);
  }, 60_000);

  test('a draft whose password is wrong: the words of the server', async () => {
    const draft = { smtp: smtp(), smtp_password: 'wrong', imap: imap(), imap_password: rightPassword() };
    const begun = await operator.post('/api/probes/self-mail', draft);
    expect((await until(begun.body.run)).finding).toMatchObject({ state: 'fail', code: 'transport-auth-failed' });
  });

  test('a run that nobody began', async () => {
    expect((await operator.get('/api/probes/runs/nothing')).status).toBe(404);
  });
});

describe('PACS', () => {
  test('C-ECHO; a called AE title that it refuses; a port where nobody is', async () => {
    expect((await operator.post('/api/probes/echo', orthanc())).body).toMatchObject({ state: 'ok' });
    const refused = await operator.post('/api/probes/echo', orthanc({ ae_title: 'WRONG' }));
    expect(refused.body).toMatchObject({ state: 'fail', code: 'dicom-association-rejected' });
    expect(refused.body.advice).toContain('AE title');
    const nobody = await operator.post('/api/probes/echo', orthanc({ port: await freePort() }));
    expect(nobody.body).toMatchObject({ state: 'fail', code: 'dicom-connect-failed' });
  });

  test('C-STORE: a test image of nobody, which says so, is in the PACS', async () => {
    const { body } = await operator.post('/api/probes/store', orthanc());
    expect(body).toMatchObject({ state: 'ok', words: expect.stringContaining('Rohrpost, Testbild') });
    const [stored, ...others] = await pacs.instances();
    expect(others).toEqual([]);
    const file = await pacs.download(stored!);
    expect(file.includes('Rohrpost^Testbild')).toBe(true);
    expect(file.includes('Testbild / test image')).toBe(true);
    const refused = await operator.post('/api/probes/store', orthanc({ ae_title: 'WRONG' }));
    expect(refused.body).toMatchObject({ state: 'fail', code: 'dicom-association-rejected' });
  });

  test('a target as it is saved, and one that is not', async () => {
    await set([{ path: 'targets', value: [{ id: 'pacs', kind: 'dicom', ...orthanc() }] }]);
    expect((await operator.post('/api/probes/target/pacs')).body.state).toBe('ok');
    expect((await operator.post('/api/probes/target/other')).status).toBe(404);
  });
});

describe('partners', () => {
  test('key and way; a test set, and its outcome for whoever asks later', async () => {
    const made = await generateKey({ name: 'B', email: 'b@x.example', passphrase: 'x', nowMs: Date.now() - 60_000 });
    await web.premises.box()!.keyring.importPublic(made.publicArmored);
    const partner = { id: 'b', name: 'Klinik B', address: host.users.b!.address, ae_title: 'B' };
    await set([
      { path: 'partners', value: [{ ...partner, fingerprints: [made.fingerprint], receipts: { ask: false } }] },
    ]);
    const { body } = await operator.post('/api/probes/partner/b');
    expect(body.checks).toMatchObject([
      { name: 'key of b', state: 'ok' },
      { name: 'mail server (SMTP)', state: 'ok' },
    ]);
    const sent = await operator.post('/api/probes/trial/b');
    expect(sent).toMatchObject({ status: 200, body: { partner: 'b', finding: null } });
    let trial = sent.body;
    for (const late = Date.now() + 30_000; trial.finding === null && Date.now() < late; await delay(100)) {
      trial = (await operator.get(`/api/probes/trials/${sent.body.trial}`)).body;
    }
    expect(trial.finding).toMatchObject({ state: 'ok', words: expect.stringContaining('taken by the mail server') });
    const found = await host.doveadm('search', '-u', host.users.b!.address, 'all');
    expect(found.trim().split('\n')).toHaveLength(1);
    expect((await operator.get('/api/probes/trials/nothing')).status).toBe(404);
    expect((await operator.post('/api/probes/trial/nobody')).status).toBe(404);
  }, 60_000);
});

describe('everything, and everybody', () => {
  test('the doctor looks at all of it', async () => {
    const { status, body } = await operator.get('/api/doctor');
    expect(status).toBe(200);
    const names = body.checks.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['box', 'mail server (SMTP)', 'mailbox (IMAP)', 'own key', 'target pacs']),
    );
  });

  test('nobody may have the box knock without the role; who did is in the audit, without passwords', async () => {
    for (const who of [web.as('viewer'), web.as(null)]) {
      for (const path of ['smtp', 'imap', 'self-mail', 'echo', 'store', 'share', 'folder', 'target/pacs', 'trial/b']) {
        expect((await who.post(`/api/probes/${path}`, {})).status).toBe(who.token === '' ? 401 : 403);
      }
    }
    const { body } = await admin.get('/api/audit');
    const acts = body.rows.filter(({ act }: { act: string }) => ['probe', 'trial', 'doctor'].includes(act));
    expect(acts.length).toBeGreaterThan(20);
    expect(acts[0].by).toBe('test-operator');
    expect(JSON.stringify(body)).not.toContain(rightPassword());
  });

  test('only a few at once', async () => {
    const silent = await startHostileSmtp({ on: { greeting: 'SILENCE' } });
    const knock = () => operator.post('/api/probes/smtp', { smtp: smtp({ port: silent.port }), password: 'x' });
    const waiting = Array.from({ length: 4 }, knock);
    while (silent.connections < 4) await delay(20);
    const fifth = await knock();
    expect(fifth).toMatchObject({ status: 429, body: { code: 'probe-busy' } });
    await silent.stop();
    for (const { body } of await Promise.all(waiting)) expect(body.state).toBe('fail');
  });
});
