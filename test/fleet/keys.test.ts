import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trustedKey } from '../../src/update/trust.ts';
import { fleet, fleetKeys, ROOT_PASSPHRASE } from '../support/fleet.ts';

const run = promisify(execFile);
let folder: string;
let passphrase: string;
const at = (...names: string[]) => join(folder, ...names);
const certificate = async (...names: string[]) => new X509Certificate(await readFile(at(...names)));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-keys-'));
  passphrase = at('passphrase');
  await writeFile(passphrase, `${ROOT_PASSPHRASE}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const make = (name: string, ...more: string[]) =>
  fleet('keys', 'make', at(name), '--name', 'Klinik Köln/Süd + Co', '--passphrase-file', passphrase, ...more);

test.each(['rsa', 'ec'])(
  'keys of kind %s: openssl and our own verifier take the signer for code signing',
  async (kind) => {
    const made = await make(kind, '--kind', kind);
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining('Fingerprint:') });
    const [root, signer] = [await certificate(kind, 'root.pem'), await certificate(kind, 'signer.pem')];
    expect(() => trustedKey([signer], [root], Date.now())).not.toThrow();
    expect(signer.toLegacyObject().subject).toMatchObject({ O: 'Klinik Köln/Süd + Co' });
    const told = await run('openssl', ['x509', '-in', at(kind, 'signer.pem'), '-noout', '-purpose', '-text']);
    expect(told.stdout).toMatch(/X509v3 Extended Key Usage: critical\s+Code Signing\n/);
    expect(told.stdout).toMatch(/X509v3 Key Usage: critical\s+Digital Signature\n/);
    expect(told.stdout).toContain(kind === 'rsa' ? 'Public-Key: (3072 bit)' : 'NIST CURVE: P-256');
    await run('openssl', ['verify', '-x509_strict', '-CAfile', at(kind, 'root.pem'), at(kind, 'signer.pem')]);
    expect(root.publicKey.asymmetricKeyDetails).toMatchObject(
      kind === 'rsa' ? { modulusLength: 4096 } : { namedCurve: 'secp384r1' },
    );
  },
);

test('nobody else can read a private key; the root is in a folder of its own, under its passphrase', async () => {
  await make('modes', '--kind', 'ec');
  for (const file of ['signer.key', 'offline/root.key'])
    expect((await stat(at('modes', file))).mode & 0o777).toBe(0o600);
  expect((await stat(at('modes'))).mode & 0o777).toBe(0o700);
  const key = await readFile(at('modes', 'offline', 'root.key'), 'utf8');
  expect(key).toContain('BEGIN ENCRYPTED PRIVATE KEY');
  expect(() => createPrivateKey({ key, passphrase: 'wrong' })).toThrow();
  const asn1 = await run('openssl', ['asn1parse', '-in', at('modes', 'offline', 'root.key')]);
  expect(asn1.stdout).toMatch(/PBKDF2[\s\S]*:0927C0[\s\S]*hmacWithSHA256[\s\S]*aes-256-cbc/);
});

test('a short passphrase, or none, makes no root', async () => {
  await writeFile(at('short'), 'too short\n');
  const made = await fleet('keys', 'make', at('weak'), '--passphrase-file', at('short'));
  expect(made).toMatchObject({ code: 1, err: expect.stringContaining('keys-passphrase-short') });
  await expect(stat(at('weak'))).rejects.toThrow();
});

test('keys that are there are never overwritten', async () => {
  await make('twice', '--kind', 'ec');
  const before = await readFile(at('twice', 'signer.key'));
  expect(await make('twice', '--kind', 'ec')).toMatchObject({ code: 1, err: expect.stringContaining('keys-exist') });
  expect(await readFile(at('twice', 'signer.key'))).toEqual(before);
});

test('the development set says so in every certificate, and has a root of its own', async () => {
  const made = await fleet('keys', 'make', at('dev'), '--development', '--kind', 'ec');
  expect(made.err).toContain('DEVELOPMENT KEYS');
  for (const file of ['root.pem', 'signer.pem']) {
    expect((await certificate('dev', file)).subject).toContain('DEVELOPMENT');
  }
});

test('the image build tells a development root among others, whoever made it, and builds no release image on it', async () => {
  await fleetKeys(at('build', 'release'));
  await fleetKeys(at('build', 'dev'), { development: true });
  const [release, dev] = await Promise.all(
    ['release', 'dev'].map((name) => readFile(at('build', name, 'root.pem'), 'utf8')),
  );
  await writeFile(at('build', 'both.pem'), release! + dev!);
  const script = new URL('../../image/lib/keys.sh', import.meta.url).pathname;
  const isOfDevelopment = (...file: string[]) =>
    run('bash', [
      '-euo',
      'pipefail',
      '-c',
      '. "$0"; of_development "$1" && echo yes || echo no',
      script,
      at('build', ...file),
    ]);
  expect((await isOfDevelopment('release', 'root.pem')).stdout).toBe('no\n');
  expect((await isOfDevelopment('dev', 'root.pem')).stdout).toBe('yes\n');
  expect((await isOfDevelopment('both.pem')).stdout).toBe('yes\n');
});

test('a copy of the root is checked: a wrong passphrase, and a key that is not the certificate’s', async () => {
  await make('copy', '--kind', 'ec');
  const check = (file: string) => fleet('keys', 'check-root', at('copy', 'offline'), '--passphrase-file', file);
  expect(await check(passphrase)).toMatchObject({ code: 0 });
  await writeFile(at('other'), 'some other passphrase\n');
  expect(await check(at('other'))).toMatchObject({ code: 1, err: expect.stringContaining('keys-passphrase-wrong') });
  await make('copy2', '--kind', 'ec');
  await writeFile(at('copy', 'offline', 'root.pem'), await readFile(at('copy2', 'root.pem')));
  expect(await check(passphrase)).toMatchObject({ code: 1, err: expect.stringContaining('keys-mismatch') });
});

test('renewing a signer keeps the old one beside it, and takes only a root that is trusted', async () => {
  await make('renew', '--kind', 'ec');
  const before = await certificate('renew', 'signer.pem');
  const renew = (root: string) =>
    fleet('keys', 'renew-signer', at('renew'), '--root', root, '--kind', 'ec', '--passphrase-file', passphrase);
  expect(await renew(at('renew', 'offline'))).toMatchObject({ code: 0 });
  const after = await certificate('renew', 'signer.pem');
  expect(after.fingerprint256).not.toBe(before.fingerprint256);
  expect(after.toLegacyObject().subject).toMatchObject({ O: 'Klinik Köln/Süd + Co' });
  const old = `signer-${before.serialNumber.slice(0, 8).toLowerCase()}.pem`;
  expect((await certificate('renew', old)).fingerprint256).toBe(before.fingerprint256);
  expect(() => trustedKey([after], [before], Date.now())).toThrow();
  await fleetKeys(at('foreign'));
  expect(await renew(at('foreign', 'offline'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('keys-no-such-root'),
  });
  expect((await certificate('renew', 'signer.pem')).fingerprint256).toBe(after.fingerprint256);
});

test('changing over to a second root: the one that the signer stands under cannot go', async () => {
  await make('change', '--kind', 'ec');
  const first = (await certificate('change', 'root.pem')).fingerprint256;
  const run = (...args: string[]) => fleet('keys', ...args, '--passphrase-file', passphrase);
  expect(await run('add-root', at('change'), '--kind', 'ec')).toMatchObject({ code: 0 });
  expect((await readFile(at('change', 'root.pem'), 'utf8')).match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(await run('retire-root', at('change'), first)).toMatchObject({
    ...{ code: 1, err: expect.stringContaining('keys-last-root') },
  });
  const second = at('change', 'offline-2');
  expect(await run('renew-signer', at('change'), '--root', second, '--kind', 'ec')).toMatchObject({ code: 0 });
  expect(await run('retire-root', at('change'), first)).toMatchObject({ code: 0 });
  expect((await certificate('change', 'root.pem')).fingerprint256).not.toBe(first);
});

test('a signer under a passphrase opens with it and with no other', async () => {
  await make('locked', '--kind', 'ec', '--signer-passphrase-file', passphrase);
  const keys = ['--keys', at('locked')];
  const create = (file: string) =>
    fleet('create', at('channel'), '--name', 'stable', ...keys, '--signer-passphrase-file', file);
  await writeFile(at('wrong'), 'wrong\n');
  expect(await create(at('wrong'))).toMatchObject({ code: 1, err: expect.stringContaining('keys-passphrase-wrong') });
  expect(await create(passphrase)).toMatchObject({ code: 0 });
});
