import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { areaOf, type Import, isOurs, isPackage, readSources, root, type Source } from './sources.ts';

/** The rules of ARCHITECTURE.md, "Folders". Each test gives back the list of what breaks its rule. */

const sources = readSources();
const KITS = ['appliance', 'dicom', 'mail', 'pgp', 'share', 'store', 'config'];
const STATIONS = ['outbound', 'inbound'];
const SIDE_ROOMS = ['web', 'audit', 'backup', 'health', 'update'];

const stations = sources.filter(({ path }) => STATIONS.includes(areaOf(path)));

/** "file → what it imports" for every import that is against the rule. */
function offences(from: readonly Source[], against: (to: Import, source: Source) => boolean): string[] {
  return from.flatMap((source) =>
    source.imports.filter((item) => against(item, source)).map((item) => `${source.path} → ${item.to}`),
  );
}

const within = (...areas: string[]) => sources.filter(({ path }) => areas.includes(areaOf(path)));

test('the scan sees what it should', () => {
  const files = sources.find(({ path }) => path === 'src/core/files.ts')!;
  expect(files.imports).toContainEqual({ to: 'src/core/ids.ts', typeOnly: false });
  expect(files.imports).toContainEqual({ to: 'node:crypto', typeOnly: false });
  const errors = sources.find(({ path }) => path === 'src/core/codes/share.ts')!;
  expect(errors.imports).toEqual([{ to: 'src/core/errors.ts', typeOnly: true }]);
  expect(sources.filter(({ text, imports }) => /^import /m.test(text) && imports.length === 0)).toEqual([]);
});

test('every relative import names a file that is there, with its ending', () => {
  expect(offences(sources, ({ to }) => isOurs(to) && !existsSync(join(root, to)))).toEqual([]);
});

test('core imports nothing of ours', () => {
  expect(offences(within('core'), ({ to }) => isOurs(to) && areaOf(to) !== 'core')).toEqual([]);
});

test('kits, store and config import core only', () => {
  const foreign = ({ to }: Import, { path }: Source) => isOurs(to) && !['core', areaOf(path)].includes(areaOf(to));
  expect(offences(within(...KITS), foreign)).toEqual([]);
});

test('line imports values from core only', () => {
  const foreign = ({ to, typeOnly }: Import) => isOurs(to) && !typeOnly && !['core', 'line'].includes(areaOf(to));
  expect(offences(within('line'), foreign)).toEqual([]);
});

test('stations import values only from core, line and their own folder, and no package', () => {
  const foreign = ({ to, typeOnly }: Import, { path }: Source) =>
    !typeOnly && (isPackage(to) || (isOurs(to) && !['core', 'line', areaOf(path)].includes(areaOf(to))));
  expect(offences(stations, foreign)).toEqual([]);
});

test('a station imports of another station only the type', () => {
  const exportsStation = new Set(
    stations.filter(({ text }) => /^export (async )?function \w+Station\b/m.test(text)).map(({ path }) => path),
  );
  expect(exportsStation.size).toBeGreaterThan(8);
  const foreign = ({ to, typeOnly }: Import) => exportsStation.has(to) && !typeOnly;
  expect(offences(stations, foreign)).toEqual([]);
});

test('side rooms import no station', () => {
  expect(offences(within(...SIDE_ROOMS), ({ to }) => isOurs(to) && STATIONS.includes(areaOf(to)))).toEqual([]);
});

test('nothing below imports a wiring place; of what runs in threads, only types', () => {
  const wiring = ['box', 'cli', 'bench', 'main.ts'];
  const upwards = ({ to, typeOnly }: Import) =>
    isOurs(to) && (wiring.includes(areaOf(to)) || (areaOf(to) === 'workers' && !typeOnly));
  expect(offences(within('core', 'line', ...KITS, ...STATIONS), upwards)).toEqual([]);
});

test('each third-party package is imported in one folder only', () => {
  const folders = new Map<string, Set<string>>();
  for (const { path, imports } of sources) {
    for (const { to } of imports.filter((item) => isPackage(item.to))) {
      folders.set(to, (folders.get(to) ?? new Set()).add(areaOf(path)));
    }
  }
  const spread = [...folders].filter(([, areas]) => areas.size > 1).map(([name, areas]) => `${name}: ${[...areas]}`);
  expect(spread).toEqual([]);
});

test('no cycles', () => {
  const graph = new Map(
    sources.map(({ path, imports }) => [path, imports.filter((i) => isOurs(i.to) && !i.typeOnly).map((i) => i.to)]),
  );
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (trail.includes(path) || finished.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  expect(cycles).toEqual([]);
});

test('no barrel files', () => {
  const barrels = sources.filter(({ path, text }) => path.endsWith('/index.ts') || /^export \* from/m.test(text));
  expect(barrels.map(({ path }) => path)).toEqual([]);
});

test('no module-level state: no let or var outside functions', () => {
  const stateful = sources.filter(({ text }) => /^(?:export )?(?:let|var) /m.test(text));
  expect(stateful.map(({ path }) => path)).toEqual([]);
});

test('nothing that Node.js cannot strip, and no file that nobody wants to read', () => {
  const notErasable = sources.filter(({ text }) =>
    /^(?:export )?(?:declare )?(?:const )?(?:enum|namespace) /m.test(text),
  );
  expect(notErasable.map(({ path }) => path)).toEqual([]);
  const long = sources.filter(({ text }) => text.split('\n').length > 400);
  expect(long.map(({ path }) => path)).toEqual([]);
});
