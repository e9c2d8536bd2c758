import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSecrets } from '../../src/config/secrets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

const code = (name: string) => expect.objectContaining({ code: name });
const mode = async (name: string) => (await stat(join(folder, name))).mode & 0o777;

test('what is stored comes back, after a restart too, and lies encrypted in files of mode 0600', async () => {
  const secrets = await openSecrets(folder);
  await secrets.set('smtp', 'Tr0ub4dor & ünïcode');
  await secrets.set('imap', '');
  const again = await openSecrets(folder);
  expect(await again.get('smtp')).toBe('Tr0ub4dor & ünïcode');
  expect(await again.get('secret:smtp')).toBe('Tr0ub4dor & ünïcode');
  expect(await again.get('imap')).toBe('');
  expect(await again.names()).toEqual(['imap', 'smtp']);
  expect(await readFile(join(folder, 'secrets.json'), 'utf8')).not.toContain('Tr0ub4dor');
  expect([await mode('secrets.json'), await mode('master.key')]).toEqual([0o600, 0o600]);
  await again.delete('smtp');
  await again.delete('smtp');
  await expect(secrets.get('smtp')).rejects.toThrow(code('secret-unknown'));
});

test('the same password twice does not look the same', async () => {
  const secrets = await openSecrets(folder);
  await secrets.set('a', 'same');
  await secrets.set('b', 'same');
  const { secrets: store } = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8'));
  expect(store.a.data).not.toBe(store.b.data);
});

test('entries that were swapped or altered are refused', async () => {
  const secrets = await openSecrets(folder);
  await secrets.set('a', 'one');
  await secrets.set('b', 'two');
  const file = join(folder, 'secrets.json');
  const content = JSON.parse(await readFile(file, 'utf8'));
  const { a, b } = content.secrets;
  await writeFile(file, JSON.stringify({ ...content, secrets: { a: b, b: a } }));
  await expect(secrets.get('a')).rejects.toThrow(code('secret-master-key'));
  await writeFile(file, JSON.stringify({ ...content, secrets: { a: { ...a, tag: a.tag.slice(0, 8) } } }));
  await expect(secrets.get('a')).rejects.toThrow(code('secret-master-key'));
});

test('a master key that is gone or another is told apart from a first start', async () => {
  await (await openSecrets(folder)).set('a', 'one');
  await rm(join(folder, 'master.key'));
  await expect(openSecrets(folder)).rejects.toThrow(code('secret-master-key'));
  expect(await readdir(folder)).toEqual(['secrets.json']);
  await writeFile(join(folder, 'master.key'), 'ab'.repeat(32));
  await expect((await openSecrets(folder)).get('a')).rejects.toThrow(code('secret-master-key'));
  await writeFile(join(folder, 'master.key'), 'short');
  await expect(openSecrets(folder)).rejects.toThrow(code('secret-master-key'));
});

test("systemd's credential is the master key where there is one, and no key file is made", async () => {
  const credentialsFolder = join(folder, 'credentials');
  await mkdir(credentialsFolder);
  await writeFile(join(credentialsFolder, 'rohrpost-master-key'), Buffer.alloc(32, 7));
  const secrets = await openSecrets(folder, { credentialsFolder });
  await secrets.set('a', 'one');
  expect((await readdir(folder)).sort()).toEqual(['credentials', 'secrets.json']);
  expect(await (await openSecrets(folder, { credentialsFolder })).get('a')).toBe('one');
});

test('bad names, a broken store, many at once', async () => {
  const secrets = await openSecrets(folder);
  for (const name of ['', 'A', '../x', '-a', 'a'.repeat(65), '__proto__', 'secret:a']) {
    await expect(secrets.set(name, 'x')).rejects.toThrow(code('secret-name'));
  }
  await expect(secrets.get('constructor')).rejects.toThrow(code('secret-unknown'));
  await Promise.all(Array.from({ length: 10 }, (_, n) => secrets.set(`s${n}`, `${n}`)));
  expect(await secrets.names()).toHaveLength(10);
  await writeFile(join(folder, 'secrets.json'), '{"version":1,"secrets":{"a":{"data":"Tr0ub');
  const failure = await secrets.get('a').catch((error) => error);
  expect(failure.code).toBe('secret-store-broken');
  expect(failure.message).not.toContain('Tr0ub');
});

test('one that may not be there; a disk that fails says nothing of it', async () => {
  const secrets = await openSecrets(folder);
  await secrets.set('a', 'one');
  expect(await secrets.find('secret:a')).toBe('one');
  expect(await secrets.find('b')).toBeNull();
  await rm(join(folder, 'secrets.json'));
  await mkdir(join(folder, 'secrets.json'));
  for (const name of ['a', 'b']) {
    await expect(secrets.get(name)).rejects.toThrow(code('disk-error'));
    await expect(secrets.find(name)).rejects.toThrow(code('disk-error'));
  }
});

test('a password that another process stores is told, once', async () => {
  await (await openSecrets(folder)).set('a', 'one');
  const secrets = await openSecrets(folder, { watch_ms: 10 });
  let told = 0;
  await new Promise<void>((resolve) => {
    secrets.onChange(() => {
      told++;
      resolve();
    });
    void openSecrets(folder).then((others) => others.set('a', 'two'));
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told).toBe(1);
  expect(await secrets.get('a')).toBe('two');
  await secrets.close();
});
