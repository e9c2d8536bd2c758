import { randomBytes } from 'node:crypto';
import { unarmor } from 'openpgp';
import { describe, expect, test } from 'vitest';
import { armorStream, dearmorStream } from '../../src/pgp/armor.ts';
import { bytesOf, expectCode, inPieces, sourceOf } from './helpers.ts';

const armored = (bytes: Buffer, piece_bytes = 1 << 20) => bytesOf(armorStream(inPieces(bytes, piece_bytes)));
const dearmored = (text: Buffer | string, piece_bytes = 1 << 20) =>
  bytesOf(dearmorStream(inPieces(Buffer.from(text as string), piece_bytes)));

describe('armor', () => {
  test('every length round, in pieces of every size', async () => {
    for (let size = 0; size < 200; size++) {
      const bytes = randomBytes(size);
      const text = await armored(bytes, 1 + (size % 61));
      expect((await dearmored(text, 1 + (size % 7))).equals(bytes), `${size} bytes`).toBe(true);
    }
    const large = randomBytes(1_000_003);
    const text = await armored(large, 65_521);
    for (const piece_bytes of [1021, 65_536, 10_000_000]) {
      expect((await dearmored(text, piece_bytes)).equals(large)).toBe(true);
    }
  });

  test('is what others read: 64 columns, CRLF, a checksum that openpgp agrees with', async () => {
    const bytes = randomBytes(1000);
    const text = (await armored(bytes, 7)).toString('latin1');
    const lines = text.split('\r\n');
    expect(lines.slice(0, 2)).toEqual(['-----BEGIN PGP MESSAGE-----', '']);
    expect(lines.slice(2, 22).every((line) => line.length === 64)).toBe(true);
    const { data } = await unarmor(text);
    expect(Buffer.from((await new Response(data as never).arrayBuffer()) as ArrayBuffer).equals(bytes)).toBe(true);
  });
});

describe('dearmor takes', () => {
  const bytes = randomBytes(500);
  const base64 = bytes.toString('base64');
  const wrap = (body: string, eol = '\n', headers = '') =>
    `-----BEGIN PGP MESSAGE-----${eol}${headers}${eol}${body}${eol}-----END PGP MESSAGE-----${eol}`;
  const lines = (width: number, eol = '\n') => base64.replace(new RegExp(`.{${width}}`, 'g'), `$&${eol}`);

  const forms: [string, string][] = [
    ['LF', wrap(lines(64))],
    ['CRLF', wrap(lines(76, '\r\n'), '\r\n')],
    ['one long line', wrap(base64)],
    ['lines of odd length', wrap(lines(61))],
    ['lines of one character', wrap(lines(1))],
    ['blanks at the ends of lines', wrap(lines(64, ' \t\r\n'))],
    ['headers', wrap(lines(64), '\n', 'Version: BCPG v1.47\nComment: Grüße\n')],
    ['a header line of blanks only', wrap(lines(64), '\n', '').replace('-----\n\n', '-----\n \t \n')],
    ['text before', `Sehr geehrte Damen und Herren,\n\n${wrap(lines(64))}`],
    ['a byte order mark', `\ufeff${wrap(lines(64))}`.replace('\ufeff', '\ufeff\n')],
    ['blank lines after', `${wrap(lines(64))}\r\n\r\n  \n`],
    ['blank lines inside', wrap(lines(64, '\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n'))],
    ['no line end after the last line', wrap(lines(64)).trimEnd()],
  ];
  for (const [name, text] of forms) {
    test(name, async () => {
      for (const piece_bytes of [1, 3, 64, 1 << 20])
        expect((await dearmored(text, piece_bytes)).equals(bytes)).toBe(true);
    });
  }
});

describe('F48: dearmor refuses', () => {
  const bytes = randomBytes(480);

  test('an armor cut anywhere', async () => {
    const text = await armored(bytes);
    for (let length = 0; length < text.length - '\r\n'.length; length++) {
      await expectCode(dearmored(text.subarray(0, length)), 'pgp-armor-truncated', 'pgp-armor-malformed');
    }
  });

  test('a changed character, by the checksum', async () => {
    const text = (await armored(bytes)).toString();
    for (let i = 40; i < 600; i += 7) {
      if (/[\r\n]/.test(text[i]!)) continue;
      const changed = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1);
      await expectCode(dearmored(changed), 'pgp-crc-mismatch');
    }
  });

  test('a wrong checksum', async () => {
    const text = (await armored(bytes)).toString().replace(/=(....)\r\n-----END/, '=AAAA\r\n-----END');
    await expectCode(dearmored(text), 'pgp-crc-mismatch');
  });

  const good = `-----BEGIN PGP MESSAGE-----\n\n${bytes.toString('base64')}\n-----END PGP MESSAGE-----\n`;
  const bad: [string, string][] = [
    ['no block', 'Guten Tag!\n'],
    ['another block', good.replaceAll('MESSAGE', 'PUBLIC KEY BLOCK')],
    ['no blank line after the headers', good.replace('\n\n', '\n')],
    ['characters that are not base64', good.replace(/(.{50})\n-----END/, 'ü$1\n-----END')],
    ['a dash inside', good.replace(/.(.{50})\n-----END/, '-$1\n-----END')],
    ['padding inside', good.replace(/.(.{50})\n-----END/, '=$1\n-----END')],
    ['too few characters', good.replace(/.(.{50})\n-----END/, '$1\n-----END')],
    ['text after it', `${good}Mit freundlichen Grüßen\n`],
    ['a second block', good + good],
    ['another end line', good.replace('END PGP MESSAGE', 'END PGP SIGNATURE')],
    ['64 KiB of text before it', 'x\n'.repeat(32_768) + good],
  ];
  for (const [name, text] of bad) {
    test(name, async () => {
      for (const piece_bytes of [1, 100, 1 << 20]) {
        await expectCode(dearmored(text, piece_bytes), 'pgp-armor-malformed', 'pgp-armor-truncated');
      }
    });
  }

  test('the source is closed when it is refused', async () => {
    let isClosed = false;
    async function* source() {
      try {
        for (;;) yield Buffer.from('no armor at all\n');
      } finally {
        isClosed = true;
      }
    }
    await expectCode(bytesOf(dearmorStream(source())), 'pgp-armor-malformed');
    expect(isClosed).toBe(true);
    expect((await bytesOf(sourceOf(Buffer.from('x')))).length).toBe(1);
  });
});
