import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockFolder } from '../../src/store/database.ts';
import { openDesk } from '../../src/store/desk.ts';
import { rohrpost } from './rohrpost.ts';

const env = { PASS: 'ein langer Satz zum Merken', WRONG: 'ein ganz anderer Satz', SHORT: 'kurz' };
const by = (name: keyof typeof env) => ['--passphrase-env', name];

let root: string;
let a: string;
let file: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rohrpost-cli-'));
  a = join(root, 'a');
  file = join(root, 'a.pgp');
  await rohrpost(['init', '--data', a, '--name', 'Klinik A', '--address', 'a@klinik.example', '--lang', 'en']);
  await rohrpost(['settings', 'secret', 'mailbox', '--data', a], { input: 'geheim' });
  const desk = openDesk(a);
  desk.accounts.add({ name: 'anna', role: 'admin', language: 'de', password: '-', must_change: 0, now_ms: 1 });
  desk.close();
  const made = await rohrpost(['backup', file, '--data', a, '--lang', 'en', ...by('PASS')], { env });
  expect(made.err).toBe('');
  expect(made).toMatchObject({ code: 0, out: expect.stringContaining('Not in it are studies') });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const fingerprint = async (folder: string) =>
  JSON.parse((await rohrpost(['key', 'show', '--json', '--data', folder])).out).fingerprint as string;

test('a backup is readable for its owner only, and not written over', async () => {
  expect((await stat(file)).mode & 0o077).toBe(0);
  const again = await rohrpost(['backup', file, '--data', a, ...by('PASS')], { env });
  expect(again.code).toBe(2);
  expect((await stat(file)).size).toBeGreaterThan(1_000);
  const short = await rohrpost(['backup', join(root, 'b.pgp'), '--data', a, '--lang', 'en', ...by('SHORT')], { env });
  expect(short).toMatchObject({ code: 1, err: expect.stringContaining('[backup-passphrase-short]') });
  expect((await stat(join(root, 'b.pgp'))).size).toBe(0);
});

test('restored onto a new folder, which is then that box', async () => {
  const b = join(root, 'b');
  const done = await rohrpost(['restore', file, '--data', b, '--lang', 'en', ...by('PASS')], { env });
  expect(done, done.err).toMatchObject({
    code: 0,
    out: expect.stringContaining('Backup of "Klinik A" (a@klinik.example)'),
  });
  expect(done.out).toContain('must stay switched off');
  expect(await fingerprint(b)).toBe(await fingerprint(a));
  const desk = openDesk(b);
  expect(desk.accounts.all().map(({ name }) => name)).toEqual(['anna']);
  expect(desk.audit.list({ limit: 1 })[0]).toMatchObject({ act: 'restore', subject: 'Klinik A' });
  desk.close();
  expect(await readFile(join(b, 'master.key'))).not.toEqual(await readFile(join(a, 'master.key')));
});

test('--look touches nothing; a wrong passphrase and a running box are refused', async () => {
  const c = join(root, 'c');
  const look = await rohrpost(['restore', file, '--data', c, '--lang', 'en', '--look', ...by('PASS')], { env });
  expect(look).toMatchObject({ code: 0, out: expect.stringContaining('users: anna') });
  expect(look.out).not.toContain('Restored');
  expect((await readdir(c)).filter((name) => name.endsWith('.yaml') || name === 'keys')).toEqual([]);
  const wrong = await rohrpost(['restore', file, '--data', c, '--lang', 'en', ...by('WRONG')], { env });
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('[backup-passphrase]') });
  const lock = lockFolder(c);
  const busy = await rohrpost(['restore', file, '--data', c, '--lang', 'en', ...by('PASS')], { env });
  lock.release();
  expect(busy).toMatchObject({ code: 75, err: expect.stringContaining('[store-in-use]') });
});

test('a damaged file is told as such', async () => {
  const bytes = await readFile(file);
  bytes[bytes.length >> 1]! ^= 8;
  const bad = join(root, 'bad.pgp');
  await writeFile(bad, bytes);
  const done = await rohrpost(['restore', bad, '--data', join(root, 'd'), '--lang', 'en', ...by('PASS')], { env });
  expect(done).toMatchObject({ code: 1, err: expect.stringContaining('[backup-damaged]') });
  const none = await rohrpost(['restore', join(root, 'none'), '--data', join(root, 'd'), ...by('PASS')], { env });
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('[input-file]') });
});

test('a backup can go to standard output', async () => {
  const bytes = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, '../../src/main.ts'), 'backup', '-', '--data', a, '--passphrase-env', 'PASS'],
    { encoding: 'buffer', env: { ...process.env, ...env }, maxBuffer: 1 << 26 },
  );
  await writeFile(join(root, 'piped.pgp'), bytes.stdout);
  const look = ['restore', join(root, 'piped.pgp'), '--look', '--data', join(root, 'e'), '--lang', 'en', ...by('PASS')];
  expect((await rohrpost(look, { env })).out).toContain('Klinik A');
});

test('a support bundle of a box that is not running, and of one whose settings are broken', async () => {
  const path = join(root, 'support.zip');
  const made = await rohrpost(['support', path, '--data', a, '--lang', 'en']);
  expect(made, made.err).toMatchObject({ code: 0, out: expect.stringContaining(path) });
  const { stdout } = await promisify(execFile)('unzip', ['-p', path, '*/settings.json']);
  expect(JSON.parse(stdout).site.name).toBe('Klinik A');
  const broken = join(root, 'broken');
  await rohrpost(['restore', file, '--data', broken, ...by('PASS')], { env });
  await writeFile(join(broken, 'settings.yaml'), 'site: [');
  const second = join(root, 'broken.zip');
  await rohrpost(['support', second, '--data', broken]);
  const box = await promisify(execFile)('unzip', ['-p', second, '*/box.json']);
  expect(JSON.parse(box.stdout).trouble.code).toBe('config-invalid');
});
