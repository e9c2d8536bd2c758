import { describe, expect, test } from 'vitest';
import { barText, tableText } from '../../src/cli/format.ts';
import { sayIn, texts } from '../../src/cli/texts.ts';
import { pathSteps, setAt, settingLines } from '../../src/config/paths.ts';
import { codes, type ErrorCode, errorText } from '../../src/core/errors.ts';
import { bytesText, fingerprintText, harmless, spanText } from '../../src/core/figures.ts';
import { retell } from '../../src/core/retell.ts';
import { stateText } from '../../src/line/state-texts.ts';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('texts', () => {
  test.each(Object.entries(texts))('%s says the same in both languages', (_, { de, en }) => {
    expect(de.trim()).not.toBe('');
    expect(en.trim()).not.toBe('');
    expect(placeholders(de)).toEqual(placeholders(en));
  });

  test('placeholders are filled', () => {
    expect(sayIn('de')('usage.unknown-option', { what: '--x' })).toBe('Die Option „--x“ gibt es nicht.');
    expect(sayIn('en')('yes')).toBe('yes');
  });

  test('a state that nobody knows keeps its name', () => {
    expect(stateText('part', 'sealed', 'de')).toBe('zu senden');
    expect(stateText('part', 'lost', 'de')).toBe('lost');
  });
});

describe('retelling a stored sentence', () => {
  const words = (name: string) => (name.endsWith('_ms') || name.endsWith('bytes') ? '4711' : `550 5.1.1 (${name}) [x]`);
  test.each(Object.keys(codes) as ErrorCode[])('%s', (code) => {
    const names = placeholders(codes[code].en);
    const details = Object.fromEntries(names.map((name) => [name, words(name!)]));
    const stored = errorText(code, 'en', details);
    expect(retell(code, stored, 'en')).toBe(stored);
    const german = retell(code, stored, 'de');
    if (placeholders(codes[code].de).every((name) => names.includes(name))) {
      expect(german).toBe(errorText(code, 'de', details));
    }
  });

  test('what is no sentence of its code is left as it is', () => {
    expect(retell('disk-full', 'something else', 'de')).toBe('something else');
    expect(retell('of-a-newer-version', 'words', 'de')).toBe('words');
    expect(retell(null, null, 'de')).toBe('');
  });
});

describe('figures', () => {
  test('bytes, spans and bars', () => {
    expect(bytesText(999, 'en')).toBe('999 B');
    expect(bytesText(104_857_600, 'de')).toBe('105 MB');
    expect(bytesText(1_500_000, 'de')).toBe('1,5 MB');
    expect(spanText(-5, 'en')).toBe('0.0 s');
    expect(spanText(3_661_000, 'en')).toBe('1 h 1 min');
    expect(spanText(200_000, 'en')).toBe('3 min 20 s');
    expect(barText(1, 2)).toBe('█████░░░░░');
    expect(barText(0, 0)).toBe('░░░░░░░░░░');
    expect(barText(3, 3)).toBe('██████████');
  });

  test('a fingerprint in groups of four', () => {
    expect(fingerprintText('0123456789ABCDEF0123456789ABCDEF01234567')).toBe(
      '0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567',
    );
  });

  test('a table of rows of different lengths', () => {
    expect(tableText([])).toEqual([]);
    expect(
      tableText([
        ['a', 'n'],
        ['long', '7', 'x'],
        ['b', '1,234'],
      ]),
    ).toEqual(['a     n', 'long      7  x', 'b     1,234']);
  });

  test('a peer cannot steer the terminal', () => {
    expect(harmless('550 \x1b[2Jno\r\nsuch \x9buser')).toBe('550 [2Jno such user');
  });
});

describe('paths of settings', () => {
  const draft = () => ({
    site: { name: 'A' },
    mail: { smtp: null as object | null },
    partners: [{ id: 'sued', hold: false, targets: ['x'] }],
  });
  const set = (path: string, value: unknown) => {
    const settings = draft();
    setAt(settings, pathSteps(path), value);
    return settings;
  };

  test('lead into groups, lists by id or position, and groups that are off', () => {
    expect(set('site.name', 'B').site.name).toBe('B');
    expect(set('mail.smtp.host', 'h').mail.smtp).toEqual({ host: 'h' });
    expect(set('partners.sued.hold', true).partners[0]!.hold).toBe(true);
    expect(set('partners[sued].hold', true).partners[0]!.hold).toBe(true);
    expect(set('partners.0.targets.1', 'y').partners[0]!.targets).toEqual(['x', 'y']);
  });

  test.each(['', '.', 'a..b', '__proto__.x', 'site.name.x', 'A', 'site.constructor\u0000'])(
    '%j leads nowhere',
    (path) => {
      expect(() => set(path, 1)).toThrow(expect.objectContaining({ code: 'setting-path-unfit' }));
    },
  );

  test('an unknown id is told with those that are known', () => {
    const unknown = { code: 'id-unknown', details: { id: 'west', allowed: 'sued' } };
    expect(() => set('partners.west.hold', 1)).toThrow(expect.objectContaining(unknown));
    expect(({} as Record<string, unknown>).hold).toBeUndefined();
  });

  test('what is shown can be set', () => {
    expect(settingLines(draft())).toEqual([
      'site.name = "A"',
      'mail.smtp = null',
      'partners.sued.id = "sued"',
      'partners.sued.hold = false',
      'partners.sued.targets = ["x"]',
    ]);
  });
});
