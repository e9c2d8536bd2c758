import { expect, test } from 'vitest';
import type { SchemaNode } from '../../src/config/examine.ts';
import { settingsSchema } from '../../src/config/schema.ts';

type Words = SchemaNode & {
  readonly title?: string;
  readonly title_de?: string;
  readonly description?: string;
  readonly description_de?: string;
  readonly labels?: Readonly<Record<string, { de: string; en: string }>>;
};

/** Every group, list and setting of the schema with its path. */
function nodes(node: Words, path = ''): [string, Words][] {
  const children = [
    ...Object.entries(node.properties ?? {}).map(([key, child]) => [`${path}.${key}`, child] as const),
    ...(node.anyOf ?? []).map((child) => [path, child] as const),
    ...(node.items ? [[`${path}[]`, node.items] as const] : []),
  ];
  return [[path, node], ...children.flatMap(([name, child]) => nodes(child, name))];
}

const all = nodes(settingsSchema as Words).filter(([, node]) => node.type !== 'null');
const lacking = (of: (node: Words) => boolean) => all.filter(([, node]) => of(node)).map(([path]) => path);

test('every setting has a label and a description in both languages', () => {
  expect(all.length).toBeGreaterThan(120);
  expect(lacking(({ title, title_de }) => !title?.trim() || !title_de?.trim())).toEqual([]);
  expect(lacking(({ description, description_de }) => !description?.trim() || !description_de?.trim())).toEqual([]);
});

test('labels are short, German is written with umlauts, and is not the English', () => {
  expect(lacking(({ title, title_de }) => Math.max(title!.length, title_de!.length) > 32)).toEqual([]);
  const folded = /\b(?:fuer|ueber|koenn\w*|muess\w*|waehr\w*|zurueck\w*|moegl\w*|Schluessel\w*|gueltig\w*)\b/i;
  expect(lacking(({ title_de, description_de }) => folded.test(`${title_de} ${description_de}`))).toEqual([]);
  const alike = lacking(({ description, description_de }) => description === description_de);
  expect(alike).toEqual([]);
});

test('every value that can be chosen has a name in both languages', () => {
  const unnamed = all.flatMap(([path, { enum: values, const: only, labels }]) =>
    (values ?? (only === undefined ? [] : [only]))
      .filter((value) => !labels?.[value]?.de || !labels[value].en)
      .map((value) => `${path}: ${value}`),
  );
  expect(unnamed).toEqual([]);
});

test('what a description says of defaults and units stays true: names end in their unit', () => {
  const numbers = all.filter(([path, node]) => node.type === 'integer' && !/(?:^|\.|_)(?:port|version)$/.test(path));
  expect(numbers.filter(([path]) => !/_(?:s|h|days|bytes)$/.test(path)).map(([path]) => path)).toEqual([]);
});
