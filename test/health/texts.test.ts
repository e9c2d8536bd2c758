import { describe, expect, test } from 'vitest';
import { codes } from '../../src/core/errors.ts';
import type { Texts } from '../../src/core/texts.ts';
import { advice } from '../../src/health/advice.ts';
import { healthTexts } from '../../src/health/say.ts';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)[^}]*\}/g)].map((match) => match[1]).sort();
const all: Texts = { ...healthTexts, ...(advice as Texts) };

describe('texts of findings', () => {
  test.each(Object.entries(all))('%s says the same in both languages', (_, { de, en }) => {
    expect(de.trim()).not.toBe('');
    expect(en.trim()).not.toBe('');
    expect(new Set(placeholders(de))).toEqual(new Set(placeholders(en)));
  });

  test('advice is given for codes that exist, and for none that time heals or content decides', () => {
    expect(Object.keys(advice).filter((code) => !Object.hasOwn(codes, code))).toEqual([]);
  });
});
