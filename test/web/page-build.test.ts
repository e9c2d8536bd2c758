import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isOurs, isPackage, readSources } from '../structure/sources.ts';

const CONFIG = fileURLToPath(new URL('../../src/web/page/vite.config.ts', import.meta.url));

interface Chunk {
  file: string;
  isEntry?: boolean;
  src?: string;
  name?: string;
  imports?: string[];
  css?: string[];
}

let folder: string;
let manifest: Record<string, Chunk>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-page-'));
  await build({ configFile: CONFIG, build: { outDir: folder, emptyOutDir: true, manifest: true } });
  manifest = JSON.parse(await readFile(join(folder, '.vite/manifest.json'), 'utf8'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Files that the browser loads for some chunks, with everything that they import. */
function filesOf(...keys: string[]): string[] {
  const seen = new Set<string>();
  const visit = (key: string) => {
    const chunk = manifest[key]!;
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const css of chunk.css ?? []) seen.add(css);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const key of keys) visit(key);
  return [...seen];
}

async function weigh(files: readonly string[]) {
  const sizes = await Promise.all(
    files.map(async (name) => {
      const plain = await readFile(join(folder, name));
      const brotli = await readFile(join(folder, `${name}.br`));
      return { plain: plain.length, gzip: gzipSync(plain).length, brotli: brotli.length };
    }),
  );
  const sum = (of: 'plain' | 'gzip' | 'brotli') => sizes.reduce((total, size) => total + size[of], 0);
  return { plain: sum('plain'), gzip: sum('gzip'), brotli: sum('brotli') };
}

const keyOf = (end: string) => Object.keys(manifest).find((key) => key.endsWith(end))!;

test('whoever opens the overview loads less than 150 kB', async () => {
  const first = [
    'index.html',
    ...filesOf('index.html', keyOf('texts/de'), keyOf('pages/overview.tsx'), keyOf('plot-drawing.ts')),
    'icon.svg',
  ];
  const { plain, gzip, brotli } = await weigh(first);
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `first load, with plots: ${kB(gzip)} gzip, ${kB(brotli)} brotli, ${kB(plain)} plain, ${first.length} files`,
  );
  expect(first.length).toBeGreaterThan(5);
  expect(gzip).toBeLessThan(150_000);
});

test('one language is loaded, not both', () => {
  const loaded = filesOf('index.html').map((name) => basename(name));
  expect(loaded.filter((name) => /^(?:de|en)-/.test(name))).toEqual([]);
  expect(manifest[keyOf('texts/de')]!.file).not.toBe(manifest[keyOf('texts/en')]!.file);
});

test('every page is a part of its own: what one does not open is not loaded', () => {
  const start = new Set(filesOf('index.html'));
  const pages = Object.keys(manifest).filter((key) => /^pages\/[^/]+\.tsx$/.test(key));
  expect(pages.length).toBeGreaterThan(3);
  expect(pages.filter((key) => start.has(manifest[key]!.file))).toEqual([]);
});

test('names of files carry a hash of their content, so that they may be kept for ever', async () => {
  const names = (await readdir(join(folder, 'assets'))).filter((name) => !/\.(?:br|gz)$/.test(name));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !/-[\w-]{8}\.(?:js|css)$/.test(name))).toEqual([]);
});

test('of the box the page imports types only, and the texts and figures that both need', () => {
  const page = readSources().filter(({ path }) => path.startsWith('src/web/page/') && !path.endsWith('vite.config.ts'));
  const shared = /^src\/(?:core\/(?:texts|figures)|line\/state-texts|web\/texts(?:\/.*)?)\.ts$/;
  const packages = ['preact', '@preact/signals', 'preact-iso', 'uplot', 'virtual:texts'];
  const foreign = page.flatMap(({ path, imports }) =>
    imports
      .filter(({ to, typeOnly }) => {
        if (typeOnly) return false;
        if (isOurs(to)) return !to.startsWith('src/web/page/') && !shared.test(to);
        return !isPackage(to) || !packages.includes(to);
      })
      .map(({ to }) => `${path} → ${to}`),
  );
  expect(foreign).toEqual([]);
});
