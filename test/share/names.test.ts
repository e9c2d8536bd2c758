import { describe, expect, test } from 'vitest';
import { layout } from '../../src/share/layout.ts';
import { assertSafe, numbered } from '../../src/share/names.ts';

const code = (name: string) => expect.objectContaining({ code: name });

describe('names that never reach a share', () => {
  const unfit = [
    '..',
    '.',
    '',
    'a b',
    'a"b',
    'a;b',
    'a\\b',
    'a/b',
    'a\nb',
    'a\0',
    'ä',
    '.hidden',
    'a.',
    '-;',
    '*',
    '?',
  ];
  const devices = ['con', 'CON', 'nul.txt', 'COM1.dcm', 'lpt9', 'aux.'];
  test.each([...unfit, ...devices])('%j', (name) => {
    expect(() => assertSafe([], name)).toThrow(code('share-name-unfit'));
    expect(() => assertSafe([name], 'a')).toThrow(code('share-name-unfit'));
  });

  test('paths that are too long', () => {
    expect(() => assertSafe(['a'.repeat(150)], 'b'.repeat(50))).toThrow(code('share-path-too-long'));
    assertSafe(['a'.repeat(150)], 'b'.repeat(49));
  });

  test.each(['a', 'A-1_2.dcm', '1.2.840.10008', 'console', 'com10x', '-'])('but %j does', (name) => {
    assertSafe([name], name);
  });
});

describe('layout', () => {
  const values = { date: '20261122', modality: 'CT', study_id: 's1', series: '1.2.3' };

  test('fills a pattern', () => {
    expect(layout('{date}/{modality}-{study_id}/{series}', values)).toEqual(['20261122', 'CT-s1', '1.2.3']);
    expect(layout('', values)).toEqual([]);
  });

  test.each([
    ['Müller-Lüdenscheidt ß', 'Mueller-Luedenscheidt_ss'],
    ['Éèñ Ångström', 'Een_Angstroem'],
    ['../../etc/passwd', '__.._etc_passwd'],
    ['a\\b/c', 'a_b_c'],
    ['"; rm x"', '_rm_x_'],
    ['nul', '_nul'],
    ['COM1.txt', '_COM1.txt'],
    ['.hidden', '_hidden'],
    ['end...', 'end_'],
    ['', '_'],
    ['\u0000\n', '_'],
    ['日本', '_'],
    ['x'.repeat(300), 'x'.repeat(64)],
    [`${'x'.repeat(63)}.y`, `${'x'.repeat(63)}_`],
  ])('%j becomes %j', (value, segment) => {
    expect(layout('{series}', { series: value })).toEqual([segment]);
  });

  test('whatever goes in, what comes out is safe', () => {
    for (let n = 0; n < 2000; n++) {
      const random = Array.from({ length: n % 90 }, () => String.fromCharCode(Math.floor(Math.random() * 0x250))).join(
        '',
      );
      const folder = layout('{a}/x{b}', { a: random, b: random });
      expect(folder).toHaveLength(2);
      assertSafe(folder, 'name');
    }
  });

  test('says when a pattern makes paths too long, and when it names what nobody knows', () => {
    const long = { a: 'x'.repeat(64) };
    expect(() => layout('{a}/{a}/{a}', long)).toThrow(code('share-path-too-long'));
    expect(() => layout('{toString}', {})).toThrow('unknown field');
  });
});

test('numbered names keep their ending', () => {
  expect([1, 2].map((n) => numbered('a.b.dcm', n))).toEqual(['a.b.dcm', 'a.b-2.dcm']);
  expect([1, 3].map((n) => numbered('a', n))).toEqual(['a', 'a-3']);
});
