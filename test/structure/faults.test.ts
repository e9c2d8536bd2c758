import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './sources.ts';

/** test/fault/README.md says which test provokes which fault; here, that it says so of each, and that those tests are there. */

const FAULTS = Array.from({ length: 78 }, (_, index) => `F${String(index + 1).padStart(2, '0')}`);
const PLACES = ['test', 'image', 'more', 'fault'];

interface Line {
  fault: string;
  what: string;
  tests: { file: string; words: string[] }[];
  where: string[];
  gap: string;
}

const lines = readFileSync(join(root, 'test/fault/README.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| F\d/.test(line))
  .map(parse);

/** `| F01 | what | `file` "words", "words"; `file` "words" | where | gap |` */
function parse(line: string): Line {
  const cells = line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
  expect(cells, line).toHaveLength(5);
  const [fault, what, provoked, where, gap] = cells as [string, string, string, string, string];
  const tests: Line['tests'] = [];
  for (const [, file, words] of provoked.matchAll(/`([^`]+)`|"([^"]+)"/g)) {
    if (file !== undefined) tests.push({ file, words: [] });
    else tests.at(-1)?.words.push(words!);
  }
  return { fault, what, tests, where: where.split(', '), gap };
}

test('each fault has one line, in order', () => {
  expect(lines.map(({ fault }) => fault)).toEqual(FAULTS);
});

describe.each(lines)('$fault, $what', ({ tests, where, gap }) => {
  test('is provoked by tests that are there', () => {
    expect(tests).not.toEqual([]);
    const missing = tests.flatMap(({ file, words }) => {
      if (!/^test\/.*\.ts$/.test(file) || !existsSync(join(root, file))) return [`${file} is not there`];
      const text = readFileSync(join(root, file), 'utf8');
      const absent = words.filter((word) => !text.includes(word)).map((word) => `${file} says nowhere: ${word}`);
      return words.length === 0 ? [`${file}: which test?`] : absent;
    });
    expect(missing).toEqual([]);
  });

  test('says where they run, and what is not covered', () => {
    expect(where.filter((place) => !PLACES.includes(place))).toEqual([]);
    expect(gap).toMatch(/^(?:–|gap: .{10,})$/);
  });
});
