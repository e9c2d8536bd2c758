import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build, resolveConfig } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The browser of a clinic's PC is kept back for two years at times. The build lowers syntax to its target; what it does not
// lower are functions of the platform that are newer.

const CONFIG = fileURLToPath(new URL('../../src/web/page/vite.config.ts', import.meta.url));

/** What was current in November 2024. */
const CURRENT_THEN: Record<string, number> = { chrome: 131, edge: 131, firefox: 132, safari: 18.1, ios: 18.1 };

/** Came into the last of these browsers after that. */
const TOO_NEW_IN_SCRIPTS = [
  /\bRegExp\.escape\b/,
  /\bPromise\.try\b/,
  /\bMath\.sumPrecise\b/,
  /\bError\.isError\b/,
  /\bIterator\.(from|concat|zip)\b/,
  /\.(toHex|toBase64|setFromHex)\(/,
  /\bUint8Array\.from(Hex|Base64)\b/,
  /\bDurationFormat\b/,
  /\bTemporal\.\w/,
  /\bFloat16Array\b/,
  /\bJSON\.rawJSON\b/,
  /\b(Map|WeakMap)\.prototype\.getOrInsert|\.getOrInsert(Computed)?\(/,
  /\bstartViewTransition\b/,
  /\bcookieStore\b/,
  /\bscheduler\.(yield|postTask)\b/,
  /\.requestClose\(/,
  /\bnavigation\.navigate\b/,
  /\bnew URLPattern\b/,
  /\bcommandfor\b/i,
];
const TOO_NEW_IN_STYLES = [
  /@scope\b/,
  /@function\b/,
  /\banchor(-size)?\(/,
  /\bposition-anchor\b/,
  /\bposition-area\b/,
  /::details-content/,
  /\binterpolate-size\b/,
  /\bcalc-size\(/,
  /\bsibling-(index|count)\(/,
  /:\s*if\(/,
  /\bcontrast-color\(/,
  /\b(scroll|view)-timeline\b/,
  /\btext-box(-trim)?\b/,
];

let folder: string;
let files: { name: string; text: string }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rp-page-build-'));
  await build({ configFile: CONFIG, build: { outDir: join(folder, 'page'), emptyOutDir: true } });
  const names = await readdir(join(folder, 'page'), { recursive: true });
  const texts = names.filter((name) => /\.(js|css|html)$/.test(name));
  files = await Promise.all(
    texts.map(async (name) => ({ name, text: await readFile(join(folder, 'page', name), 'utf8') })),
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const of = (ending: string) => files.filter(({ name }) => name.endsWith(ending));
const offences = (ending: string, patterns: readonly RegExp[]) =>
  of(ending).flatMap(({ name, text }) =>
    patterns.flatMap((pattern) => {
      const found = pattern.exec(text);
      return found ? [`${name}: ${text.slice(Math.max(0, found.index - 60), found.index + 60)}`] : [];
    }),
  );

test('the build is for browsers of two years ago', async () => {
  const { target, cssTarget } = (await resolveConfig({ configFile: CONFIG }, 'build')).build;
  for (const list of [target, cssTarget]) {
    expect((list as string[]).length).toBeGreaterThan(3);
    for (const entry of list as string[]) {
      const [, browser, version] = /^([a-z]+)([\d.]+)$/.exec(entry)!;
      expect(Number(version), entry).toBeLessThanOrEqual(CURRENT_THEN[browser!]!);
    }
  }
});

test('scripts and styles use nothing that came later', () => {
  expect(of('.js').length).toBeGreaterThan(5);
  expect(of('.css').length).toBeGreaterThan(0);
  expect(offences('.js', TOO_NEW_IN_SCRIPTS)).toEqual([]);
  expect(offences('.css', TOO_NEW_IN_STYLES)).toEqual([]);
});

test('nothing stands inside the document, and nothing is asked of elsewhere', () => {
  const [{ text } = { text: '' }] = of('index.html');
  expect(text).toContain('<div id="app">');
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  const foreign = files.flatMap(({ name, text }) =>
    [...text.matchAll(/(?:src|href|url\(|import\(?\s*)["'(]*(https?:)?\/\/[\w.-]+/g)].map(
      ([found]) => `${name}: ${found}`,
    ),
  );
  expect(foreign).toEqual([]);
});

test('all of the page together stays small', () => {
  const bytes = files.reduce((sum, { text }) => sum + brotliCompressSync(text).length, 0);
  console.log(`the whole page, every part and both languages: ${(bytes / 1000).toFixed(0)} kB compressed`);
  expect(bytes).toBeLessThan(400_000);
});
