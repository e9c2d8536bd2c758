import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'fast-png';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { dataSets, makePair, unfinished } from '../e2e/pair.ts';
import { describeSite, eventually } from '../support/boxes.ts';
import { storescu } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { listSamples } from '../support/samples.ts';
import { TOP } from './world/images.ts';

// The program as the appliance carries it: bundled, with those packages beside it that stay packages, and no others.

const run = promisify(execFile);
const NODE = join(TOP, 'node_modules/.bin/node');
let root: string;
let tree: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-program-'));
  tree = join(root, 'tree');
  await run(NODE, [
    join(TOP, 'node_modules/vite/bin/vite.js'),
    ...['build', '--config', join(TOP, 'image/lib/program.vite.ts'), '--outDir', join(tree, 'build/program')],
  ]);
  const [, apart = ''] = /^APART='(.*)'$/m.exec(await readFile(join(TOP, 'image/lib/program.sh'), 'utf8')) ?? [];
  for (const name of apart.split(' ')) {
    await cp(join(TOP, 'node_modules', name), join(tree, 'node_modules', name), { recursive: true });
  }
  await mkdir(join(tree, 'node_modules/.bin'));
  await symlink(await realpath(NODE), join(tree, 'node_modules/.bin/node'));
  for (const name of ['package.json', 'scripts/rohrpost']) await cp(join(TOP, name), join(tree, name));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('two boxes of it send a study from one to the other, byte for byte, with a receipt', {
  timeout: 120_000,
}, async () => {
  const [modality, arrived] = [join(root, 'modality'), join(root, 'arrived')];
  for (const folder of [modality, arrived]) await mkdir(folder);
  const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
  const files = [1, 2, 3].map((number) => join(modality, `${number}.dcm`));
  for (const file of files) await writeFile(file, buildInstance(uids));
  const targets = [{ id: 'import', kind: 'folder', path: arrived }];
  const [a, b] = await makePair(root, { targets, program: join(tree, 'scripts/rohrpost') });
  const boxes = [await a.start(), await b.start()];
  onTestFinished(async () => {
    for (const box of boxes) await box.stop();
  });
  const describe = () => `${describeSite(a)} ${describeSite(b)}\n${boxes.map((box) => box.log()).join('\n')}`;
  await storescu({ port: a.dicomPort, calledAe: 'KLINIK_B', files, timeout_ms: 30_000 });
  await eventually(() => b.look((store) => store.overview.studies({ stages: ['delivered'], limit: 1 })[0]), {
    ...{ within_ms: 40_000, describe },
  });
  await eventually(() => unfinished(a, b).length === 0, { within_ms: 40_000, describe });
  for (const name of await readdir(arrived, { recursive: true })) {
    if (name.endsWith('FINISHED.txt')) await rm(join(arrived, name));
  }
  expect(await dataSets(arrived)).toEqual(await dataSets(modality));
});

test('every command is there', async () => {
  const program = join(tree, 'scripts/rohrpost');
  const commands = ['run', 'init', 'status', 'key', 'settings', 'backup', 'support', 'self-test', 'screen', 'doctor'];
  for (const command of commands) {
    const { stdout } = await run(program, [command, '--help']);
    expect(stdout).toContain(command);
  }
});

test('its decoders draw a picture in a process that may read nothing else', async () => {
  const sample = (await listSamples()).find((one) => one.transferSyntaxUid === '1.2.840.10008.1.2.4.90');
  const may = [tree, sample!.path].map((path) => `--allow-fs-read=${path}`);
  const { stdout } = await run(
    NODE,
    ['--permission', ...may, join(tree, 'build/program/preview-process.js'), sample!.path],
    { encoding: 'buffer', maxBuffer: 1e8 },
  );
  const end = stdout.indexOf('\n');
  expect(JSON.parse(stdout.toString('utf8', 0, end))).not.toHaveProperty('code');
  expect(decode(stdout.subarray(end + 1)).width).toBeGreaterThan(0);
});

test('a module that is started by its address is there, or the build says so', async () => {
  const { default: config } = await import('../../image/lib/program.vite.ts');
  const plugins = (config as { plugins: { name: string; transform(code: string): string }[] }).plugins;
  const { transform } = plugins.find(({ name }) => name === 'started-by-address')!;
  const started = (name: string) => `new Worker(new URL('./${name}.ts', import.meta.url))`;
  expect(transform(started('entry'))).toContain("new URL('./entry.js', import.meta.url)");
  expect(() => transform(started('forgotten'))).toThrow('forgotten.ts');
});
