import { describe, expect, test } from 'vitest';
import { parseSetFields, setFieldLines } from '../../src/mail/fields.ts';
import { decodeWords, Headers, parseParameterized } from '../../src/mail/headers.ts';
import { crlf, fails } from './helpers.ts';

function headers(...lines: string[]): Headers {
  return new Headers(Buffer.from(crlf(...lines), 'latin1'));
}

function fields(setId: string, part: string, total: string): Headers {
  return headers(
    `x-telemedicine-setid: ${setId}`,
    `X-Telemedicine-SetPart:${part}`,
    `X-TELEMEDICINE-SETTOTAL: \t${total}  `,
  );
}

describe('set fields', () => {
  test('what is written is read; names in any case, values trimmed; none is no fault', () => {
    const written = { setId: 'a-B_1.,', part: 2, total: 3 };
    expect(parseSetFields(headers(...setFieldLines(written)))).toEqual(written);
    expect(parseSetFields(fields('x', '1', '1'))).toEqual({ setId: 'x', part: 1, total: 1 });
    expect(parseSetFields(headers('From: a@b.example'))).toBeNull();
  });

  test.each([
    ['x', '0', '5'],
    ['x', '-1', '5'],
    ['x', '7', '5'],
    ['x', '1', '0'],
    ['x', '1', '1000000000'],
    ['x', '1', '50001'],
    ['x', '1e3', '5000'],
    ['x', '0x1', '5'],
    ['x', '1.0', '5'],
    ['x', '', '5'],
    ['', '1', '5'],
    ['x y', '1', '5'],
    ['../x', '1', '5'],
    ['ä', '1', '5'],
    ['x'.repeat(129), '1', '5'],
  ])('F50: set %j, part %j of %j is refused', (setId, part, total) =>
    fails(() => parseSetFields(fields(setId, part, total)), 'mail-set-fields-invalid'),
  );

  test('F50: a field that is missing beside the others, or there twice, is refused', async () => {
    await fails(() => parseSetFields(headers('X-TELEMEDICINE-SETID: x')), 'mail-set-fields-invalid');
    const twice = headers(...setFieldLines({ setId: 'x', part: 1, total: 2 }), 'X-TELEMEDICINE-SETPART: 2');
    await fails(() => parseSetFields(twice), 'mail-set-fields-invalid');
  });
});

describe('headers', () => {
  test('folded, oddly spaced, in other character sets, with lines that are no fields', () => {
    const read = headers(
      'Subject: eins',
      '\tzwei',
      '  drei',
      'no field',
      ': nameless',
      'X-A :1',
      'x-a: 2',
      'B\xe4d: x',
      'Y: \xe4',
    );
    expect(read.get('SUBJECT')).toBe('eins zwei  drei');
    expect(read.all('X-a')).toEqual(['1', '2']);
    expect(read.get('y')).toBe('ä');
    expect(read.fields).toHaveLength(4);
    expect(new Headers(Buffer.from('Y: ä\n')).get('y')).toBe('ä');
  });

  test('parameters: quoted, bare, with comments, RFC 2231 in pieces, RFC 2047 words, hostile names', () => {
    const { value, params } = parseParameterized(
      'Text/PLAIN (a (nested) "comment\\)); Charset="utf\\-8";; x = y z ; Name*0*=iso-8859-1\'de\'R%F6n; name*1="t;gen"; __proto__=x',
    );
    expect(value).toBe('text/plain');
    expect({ ...params }).toMatchObject({ charset: 'utf-8', x: 'y z', name: 'Rönt;gen' });
    expect(Object.getPrototypeOf(params)).toBeNull();
    expect(decodeWords('=?UTF-8?Q?a=C3=A4_b?= =?iso-8859-1?b?5A==?= c')).toBe('aä bä c');
    expect(decodeWords('=?no-such-set?q?=E4?=')).toBe('ä');
  });

  test('F55: a header made to keep a parser busy takes no time', () => {
    const start = performance.now();
    for (const filling of ['(', '"', ';', '; a="', '\\', '=?a?q?', '?= ', ' ', ";a*0*='", '; ;', '<', '=\t']) {
      const block = Buffer.from(`Content-Type: ${filling.repeat(250_000 / filling.length)}\r\n`);
      const text = new Headers(block).get('content-type')!;
      parseParameterized(text);
      decodeWords(text);
    }
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
