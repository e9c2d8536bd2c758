import { describe, expect, test } from 'vitest';
import { parseAddress, parseMailbox, sameAddress } from '../../src/mail/address.ts';
import { fails } from './helpers.ts';

describe('addresses', () => {
  test('a plain address is taken, its domain in lower case', () => {
    expect(parseAddress('Dicom.Mail+1@Klinik-A.Example')).toBe('Dicom.Mail+1@klinik-a.example');
    expect(parseAddress('a@localhost')).toBe('a@localhost');
    expect(sameAddress('DICOM@a.example', 'dicom@A.example')).toBe(true);
    expect(sameAddress('dicom@a.example', 'dicom@b.example')).toBe(false);
  });

  test.each([
    '"a@evil.example x"@good.example',
    'a@evil.example,b@good.example',
    'a(comment)@good.example',
    'a@good.example(comment)',
    'Name <a@good.example>',
    '<a@good.example>',
    '@relay.example:a@good.example',
    'a@good.example\r\nBcc: b@evil.example',
    'a@good.example\n',
    ' a@good.example',
    'a@good.example ',
    'a@[127.0.0.1]',
    'a@@good.example',
    'a@',
    '@good.example',
    'good.example',
    '',
    '.a@good.example',
    'a..b@good.example',
    'a.@good.example',
    'a@good..example',
    'a@good.example.',
    'a@-good.example',
    'ä@good.example',
    'a@gööd.example',
    'a@ɢood.example',
    'a;b@good.example',
    'a b@good.example',
    'group:a@good.example;',
    'a\0@good.example',
    'a%evil.example@good.example\u2028',
    `${'a'.repeat(65)}@good.example`,
    `a@${'b'.repeat(64)}.example`,
    `a@${'b.'.repeat(130)}example`,
  ])('F38: %j is refused', (text) => fails(() => parseAddress(text), 'mail-address-invalid'));

  test('F38: the sender of a mail is one strictly readable address or nobody', () => {
    expect(parseMailbox('a@Good.example')).toBe('a@good.example');
    expect(parseMailbox('  Klinik A <a@good.example> ')).toBe('a@good.example');
    expect(parseMailbox('"Klinik, A (Radiologie) <x>" <a@good.example>')).toBe('a@good.example');
    expect(parseMailbox('=?utf-8?q?R=C3=B6ntgen?= <a@good.example>')).toBe('a@good.example');
    for (const value of [
      undefined,
      '',
      'a@good.example, b@evil.example',
      '<a@good.example>, <b@evil.example>',
      'b@evil.example <a@good.example>',
      '"a@evil.example x"@good.example',
      '<a@good.example> <b@evil.example>',
      'x <a@good.example> b@evil.example',
      'group: <a@good.example>;',
      'x (<a@good.example>) <b@evil.example>',
      '"unclosed <a@good.example>',
    ]) {
      expect(parseMailbox(value), String(value)).toBeNull();
    }
  });
});
