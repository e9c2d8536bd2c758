import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropCertificate, ensureCertificate, readCertificate, takeCertificate } from '../../src/web/certificate.ts';
import { type IssuedCertificate, makeCa, type TestCa } from '../support/ca.ts';
import { manualClock } from '../support/clock.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

const run = promisify(execFile);
const DAY_MS = 24 * 3_600_000;
const names = ['box.klinik.example', 'rohrpost.local', '192.0.2.7', 'fd00::1', 'localhost'];

let root: string;
let ca: TestCa;
let good: IssuedCertificate;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-certificate-'));
  ca = await makeCa(join(root, 'ca'));
  good = await ca.issue({ names: ['localhost', 'box.klinik.example'], ips: ['127.0.0.1'] });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newFolder = () => mkdtemp(join(root, 'box-'));
const clock = { ...manualClock(), now: () => Date.now() };

describe("the box's own certificate", () => {
  test('is made once, for every name and address, readable for nobody else', async () => {
    const folder = await newFolder();
    const made = await ensureCertificate(folder, { names, clock });
    expect(made).toMatchObject({ made: true, selfSigned: true });
    expect(made.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    const certificate = new X509Certificate(made.cert);
    for (const name of names.filter((text) => /[a-z]\./.test(text))) expect(certificate.checkHost(name)).toBe(name);
    for (const ip of ['192.0.2.7', 'fd00::1']) expect(certificate.checkIP(ip)).toBe(ip);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(made.expires_ms - clock.now()).toBeLessThan(825 * DAY_MS);
    expect(await ensureCertificate(folder, { names, clock })).toMatchObject({
      made: false,
      fingerprint: made.fingerprint,
    });
    for (const name of await readdir(join(folder, 'web'))) {
      expect((await stat(join(folder, 'web', name))).mode & 0o077).toBe(0);
    }
  });

  test('is made anew 60 days before its end, and when a wrong clock had dated it into the future', async () => {
    const folder = await newFolder();
    const made = await ensureCertificate(folder, { names, clock });
    const at = (now_ms: number) => ensureCertificate(folder, { names, clock: { ...clock, now: () => now_ms } });
    expect((await at(made.expires_ms - 61 * DAY_MS)).made).toBe(false);
    const renewed = await at(made.expires_ms - 59 * DAY_MS);
    expect([made.replaces, renewed.made, renewed.replaces]).toEqual([false, true, true]);
    expect(renewed.fingerprint).not.toBe(made.fingerprint);
    expect((await at(clock.now())).made).toBe(true);
  });

  test('comes back where the file was damaged', async () => {
    const folder = await newFolder();
    await ensureCertificate(folder, { names, clock });
    for (const name of ['self-signed.pem', 'own.pem']) await writeFile(join(folder, 'web', name), 'half a fi');
    expect(await ensureCertificate(folder, { names, clock })).toMatchObject({ made: true, selfSigned: true });
  });
});

describe('a certificate of the clinic', () => {
  const code = (given: { cert: string; key?: string }, calledAs: string | null = null, folder = root) =>
    takeCertificate(folder, given, { clock, calledAs }).then(
      () => 'taken',
      (error) => error.code as string,
    );

  test('is taken with its key, and left again', async () => {
    const folder = await newFolder();
    const own = await ensureCertificate(folder, { names, clock });
    const taken = await takeCertificate(
      folder,
      { ...good, cert: good.cert + ca.caPem },
      { clock, calledAs: 'localhost' },
    );
    expect(taken).toMatchObject({ selfSigned: false, names: ['localhost', 'box.klinik.example', '127.0.0.1'] });
    expect((await readCertificate(folder))!.fingerprint).toBe(taken.fingerprint);
    await dropCertificate(folder);
    expect((await readCertificate(folder))!.fingerprint).toBe(own.fingerprint);
  });

  test('each thing that is wrong with it has its own word', async () => {
    const other = await ca.issue({ names: ['localhost'] });
    const expired = await ca.issue({ names: ['localhost'], expired: true });
    const nameless = await selfMade('/CN=localhost', []);
    const weak = await selfMade('/CN=localhost', ['-addext', 'subjectAltName=DNS:localhost'], 'rsa:1024');
    const locked = (await run('openssl', ['pkcs8', '-topk8', '-passout', 'pass:x', '-in', weak.keyFile])).stdout;
    expect(await code({ cert: 'nothing', key: good.key })).toBe('certificate-unreadable');
    expect(await code({ cert: good.cert.replace(/[A-Z]{3}/, '!!!'), key: good.key })).toBe('certificate-unreadable');
    expect(await code({ cert: good.cert, key: other.key })).toBe('certificate-key-other');
    expect(await code({ cert: good.cert })).toBe('certificate-key-missing');
    expect(await code({ cert: weak.cert, key: locked })).toBe('certificate-key-unreadable');
    expect(await code({ cert: good.cert, key: good.key.replace(/\n[A-Za-z0-9+/]{8}/, '\nAAAAAAAA') })).toBe(
      'certificate-key-unreadable',
    );
    expect(await code({ cert: good.cert + other.cert, key: good.key })).toBe('certificate-chain');
    expect(await code({ cert: ca.caPem + good.cert, key: good.key })).toBe('certificate-key-other');
    expect(await code(expired)).toBe('certificate-expired');
    expect(await code(nameless)).toBe('certificate-no-names');
    expect(await code(weak)).toBe('certificate-unusable');
    expect(await code(good, 'box.praxis.example')).toBe('certificate-name-other');
    expect(await code(good, '127.0.0.1')).toBe('taken');
    const early = { ...clock, now: () => Date.now() - 400 * DAY_MS };
    await expect(takeCertificate(root, good, { clock: early, calledAs: null })).rejects.toMatchObject({
      code: 'certificate-not-yet',
    });
  });

  async function selfMade(subject: string, more: string[], key = 'rsa:2048') {
    const folder = await newFolder();
    const files = { keyFile: join(folder, 'key'), certFile: join(folder, 'cert') };
    await run('openssl', [
      ...['req', '-x509', '-newkey', key, '-nodes', '-days', '9', '-subj', subject, ...more],
      ...['-keyout', files.keyFile, '-out', files.certFile],
    ]);
    const [keyText, cert] = await Promise.all(
      [files.keyFile, files.certFile].map(async (file) => (await run('cat', [file])).stdout),
    );
    return { ...files, key: keyText!, cert: cert! };
  }
});

describe('over the API', () => {
  let web: TestWeb;
  beforeAll(async () => {
    web = await openWeb();
  });
  afterAll(() => web.stop());

  const served = (at = web) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(
        { host: '127.0.0.1', port: Number(new URL(at.url).port), rejectUnauthorized: false },
        () => {
          resolve(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        },
      );
      socket.on('error', reject);
    });

  test('one is put in without a restart, and served to the next connection; then left again', async () => {
    const before = await served();
    const admin = web.as('admin');
    expect((await admin.get('/api/certificate')).body).toMatchObject({ selfSigned: true, fingerprint: before });
    const refused = await admin.put('/api/certificate', { ...good }, { headers: { host: 'box.praxis.example' } });
    expect([refused.status, refused.body.code]).toEqual([422, 'certificate-name-other']);
    const taken = await admin.put('/api/certificate', { ...good, other_name: true });
    expect(taken.body).toMatchObject({ selfSigned: false, issuer: 'CN=Test CA' });
    expect(await served()).toBe(taken.body.fingerprint);
    expect(taken.text).not.toContain('PRIVATE');
    const back = await admin.delete('/api/certificate');
    expect(back.body.fingerprint).toBe(before);
    expect(await served()).toBe(before);
    const acts = web.premises.desk.audit.list({ limit: 5 }).map(({ act }) => act);
    expect(acts).toEqual(['certificate-drop', 'certificate-put-in']);
  });

  test('one is requested, signed by a CA, and put in without its key ever leaving the box', async () => {
    const admin = web.as('admin');
    const asked = await admin.post('/api/certificate/request', { names: ['localhost', '127.0.0.1'] });
    expect((await admin.get('/api/certificate')).body.requested).toBe(true);
    const [csr, pem] = [join(root, 'box.csr'), join(root, 'box.pem')];
    await writeFile(csr, asked.body.request);
    const { stdout } = await run('openssl', ['req', '-in', csr, '-noout', '-text', '-verify']);
    expect(stdout).toContain('DNS:localhost, IP Address:127.0.0.1');
    await run('openssl', [
      ...['x509', '-req', '-in', csr, '-CA', join(root, 'ca', 'ca.pem'), '-CAkey', join(root, 'ca', 'ca.key')],
      ...['-days', '9', '-copy_extensions', 'copyall', '-set_serial', '77', '-out', pem],
    ]);
    const cert = (await run('cat', [pem])).stdout;
    const taken = await admin.put('/api/certificate', { cert, other_name: true });
    expect(taken.body).toMatchObject({ selfSigned: false, requested: false, names: ['localhost', '127.0.0.1'] });
    expect(await served()).toBe(taken.body.fingerprint);
  });

  test('names that are none are told beside their field', async () => {
    const { status, body } = await web.as('admin').post('/api/certificate/request', { names: ['box', 'a b', ''] });
    expect(status).toBe(400);
    expect(body.problems.map(({ path }: { path: unknown[] }) => path)).toEqual([
      ['names', 1],
      ['names', 2],
    ]);
  });

  test("the box's own is renewed while the box runs: served to the next connection, and in the audit", async () => {
    const held = manualClock(Date.now());
    const box = await openWeb({ settings: null, clock: held });
    try {
      const before = await served(box);
      held.advance(671 * DAY_MS);
      const acts = () => box.premises.desk.audit.list({ limit: 9 }).map(({ act }) => act);
      await expect.poll(acts, { timeout: 10_000 }).toContain('certificate-made');
      const { fingerprint } = box.premises.certificate();
      expect(fingerprint).not.toBe(before);
      expect(await served(box)).toBe(fingerprint);
    } finally {
      await box.stop();
    }
  });

  test('an operator may look, and not change', async () => {
    const operator = web.as('operator');
    expect((await operator.get('/api/certificate')).status).toBe(200);
    expect((await operator.put('/api/certificate', good)).status).toBe(403);
    expect((await operator.delete('/api/certificate')).status).toBe(403);
    expect((await web.as('viewer').get('/api/certificate')).status).toBe(403);
  });
});
