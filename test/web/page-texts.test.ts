import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { webTexts } from '../../src/web/texts.ts';
import { readSources } from '../structure/sources.ts';

/** German and English of everything the page says. */

const entries = Object.entries(webTexts as Record<string, { de: string; en: string }>);
const sources = readSources().filter(({ path }) => path.startsWith('src/web/page/'));
const text = sources.map((source) => source.text).join('\n');

test('the page has its texts, and the sources are seen', () => {
  expect(entries.length).toBeGreaterThan(100);
  expect(sources.length).toBeGreaterThan(30);
});

test('no text is empty in either language', () => {
  const empty = entries.filter(([, { de, en }]) => de.trim() === '' || en.trim() === '');
  expect(empty.map(([key]) => key)).toEqual([]);
});

test('both languages fill in the same values', () => {
  const names = (sentence: string) => [...new Set(sentence.match(/(?<=\{)[a-z]+(?=[:}])/g) ?? [])].sort().join(' ');
  expect(entries.filter(([, { de, en }]) => names(de) !== names(en)).map(([key]) => key)).toEqual([]);
});

test('a text of several words is not the same in both languages', () => {
  const same = entries.filter(([, { de, en }]) => de === en && /\p{L}{2}\S*\s+\p{L}{2}/u.test(withoutValues(de)));
  expect(same.map(([key]) => key)).toEqual([]);
});

test('German is written with umlauts, and politely', () => {
  const folded =
    /\b(?:fuer|ueber|koenn\w*|muess\w*|waehr\w*|zurueck\w*|moegl\w*|verfueg\w*|Schluessel\w*|gueltig\w*)\b/i;
  const familiar = /\b(?:du|dein|deine|deinen|deiner|dir|dich|klicke|gib|wähle|prüfe)\b/;
  expect(entries.filter(([, { de }]) => folded.test(de) || familiar.test(de)).map(([key]) => key)).toEqual([]);
});

test('every key that a page uses is there', () => {
  const keys = new Set(Object.keys(webTexts));
  const used = [...text.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key!);
  expect(used.length).toBeGreaterThan(100);
  expect(used.filter((key) => !keys.has(key))).toEqual([]);
});

test('every text is used', () => {
  // A key may be put together: `common.role-${role}` uses all that begin and end so.
  const patterns = [...text.matchAll(/`([a-z][\w.-]*(?:\$\{[^}`]*\}[\w.-]*)+)`/g)].map(
    ([, template]) => new RegExp(`^${template!.replace(/\$\{[^}]*\}|[.]/g, (part) => (part === '.' ? '\\.' : '.+'))}$`),
  );
  const unused = Object.keys(webTexts).filter(
    (key) => !text.includes(`'${key}'`) && !patterns.some((pattern) => pattern.test(key)),
  );
  expect(unused).toEqual([]);
});

test('no words for people stand in the code itself', () => {
  const names = new Set(['Rohrpost', 'Deutsch', 'English']);
  const strays = sources
    .filter(({ path }) => path.endsWith('.tsx'))
    .flatMap(({ path, text: code }) => wordsIn(parseSync(path, code).program).map((words) => `${path}: ${words}`))
    .filter((stray) => !names.has(stray.slice(stray.indexOf(': ') + 2)));
  expect(strays).toEqual([]);
  expect(wordsIn(parseSync('x.tsx', 'const a = <p title="Hallo">Welt {b}</p>;').program)).toEqual(['Hallo', 'Welt']);
});

const SPOKEN = ['label', 'title', 'aria-label', 'alt', 'placeholder', 'lead', 'confirm', 'description', 'caption'];

/** What stands in the document as it is: text between tags, and attributes that are read or spoken. */
function wordsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(wordsIn);
  if (typeof node !== 'object' || node === null) return [];
  const { type, name, value } = node as { type?: string; name?: { name?: string }; value?: unknown };
  if (type === 'JSXText') return /\p{L}{2}/u.test(String(value)) ? [String(value).trim()] : [];
  if (type === 'JSXAttribute' && SPOKEN.includes(name?.name ?? '')) {
    const literal = value as { type?: string; value?: unknown } | null;
    if (literal?.type === 'Literal' && /\p{L}{2}/u.test(String(literal.value))) return [String(literal.value)];
  }
  return Object.values(node).flatMap(wordsIn);
}

function withoutValues(sentence: string): string {
  return sentence.replace(/\{[^}]*\}/g, '');
}
