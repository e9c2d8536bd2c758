import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CodeTable, codes } from '../../src/core/errors.ts';
import { readSources, root } from './sources.ts';

const folder = join(root, 'src/core/codes');
const tables: { file: string; table: CodeTable }[] = [];
for (const file of readdirSync(folder)) {
  const exported: CodeTable[] = Object.values(await import(join(folder, file)));
  for (const table of exported) tables.push({ file, table });
}
const entries = Object.entries(codes as CodeTable);

test('every code has a sentence in German and in English', () => {
  const empty = entries.filter(([, { de, en }]) => de.trim().length < 3 || en.trim().length < 3);
  expect(empty.map(([code]) => code)).toEqual([]);
});

test('both sentences have the same placeholders', () => {
  const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join(' ');
  const different = entries.filter(([, { de, en }]) => placeholders(de) !== placeholders(en));
  expect(different.map(([code]) => code)).toEqual([]);
});

test('German is written with umlauts', () => {
  const folded =
    /\b(?:fuer|ueber|koenn\w*|muess\w*|waehr\w*|zurueck\w*|moegl\w*|verfueg\w*|Schluessel\w*|gueltig\w*)\b/i;
  expect(entries.filter(([, { de }]) => folded.test(de)).map(([code]) => code)).toEqual([]);
});

test('the two sentences are not one and the same', () => {
  expect(entries.filter(([, { de, en }]) => de === en).map(([code]) => code)).toEqual([]);
});

test('every area file is in the one table, and no code is in two', () => {
  const all = tables.flatMap(({ table }) => Object.keys(table));
  expect(all.filter((code, index) => all.indexOf(code) !== index)).toEqual([]);
  expect(all.sort()).toEqual(Object.keys(codes).sort());
});

test('codes are written in kebab-case', () => {
  expect(Object.keys(codes).filter((code) => !/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(code))).toEqual([]);
});

test('every code is used', () => {
  const text = readSources()
    .filter(({ path }) => !path.startsWith('src/core/codes/'))
    .map((source) => source.text)
    .join('\n');
  expect(Object.keys(codes).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});
