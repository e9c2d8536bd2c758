import { expect, test } from 'vitest';
import { compareVersions, isVersion } from '../../src/core/versions.ts';
import { seeded } from '../support/random.ts';

/** SemVer §11.4.4, and what lies around it, the oldest first. */
const ORDER = [
  '0.9.9',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.0.1',
  '1.0.10',
  '1.2',
  '1.10.0',
  '2.0.0-0',
  '2.0.0-99999999999999999999',
  '2.0.0--',
  '2.0.0',
  '10.0.0',
];

test('every pair of the order compares as it stands, both ways', () => {
  for (const [i, a] of ORDER.entries()) {
    for (const [j, b] of ORDER.entries()) {
      expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j));
    }
  }
});

test('missing numbers are zero, what was built does not count', () => {
  expect(compareVersions('1.2', '1.2.0.0')).toBe(0);
  expect(compareVersions('1.2.3+abc', '1.2.3+def.1')).toBe(0);
});

test.each([
  '',
  '1',
  'v1.2',
  '1.2.3.4.5',
  '1..2',
  '1.2-',
  '1.2-a..b',
  '1.2 ',
  '1.2\n',
  '-1.2',
  '1234567890.1',
  '1.٣',
  `1.2-${'a'.repeat(70)}`,
])('%j is no version', (text) => {
  expect(isVersion(text)).toBe(false);
  expect(() => compareVersions(text, '1.0')).toThrow();
});

test('10,000 random triples: one order, without contradiction', () => {
  const { below, pick } = seeded(7);
  const part = () => pick(['0', '1', '2', '10', '007', 'a', 'b', 'rc', '-']);
  const make = () => {
    const numbers = Array.from({ length: 2 + below(3) }, () => pick(['0', '1', '2', '10', '01']));
    const before = Array.from({ length: below(3) }, part);
    return numbers.join('.') + (before.length > 0 ? `-${before.join('.')}` : '') + pick(['', '+x', '+1.2']);
  };
  for (let round = 0; round < 10_000; round++) {
    const [a, b, c] = [make(), make(), make()];
    expect(compareVersions(a, a)).toBe(0);
    expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a)), `${a} ${b}`).toBe(0);
    if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
      expect(compareVersions(a, c), `${a} ${b} ${c}`).toBeLessThanOrEqual(0);
    }
  }
});
