import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { classifyMail, encryptedPayload, signedParts } from '../../src/mail/classify.ts';
import { outerHead, outerTail } from '../../src/mail/compose.ts';
import { readHead } from '../../src/mail/read.ts';
import { collect, crlf, fails, tempFolder } from './helpers.ts';

async function fileOf(mail: string | Buffer): Promise<string> {
  const path = join(await tempFolder(), 'mail.eml');
  await writeFile(path, mail);
  return path;
}

const FIELDS = { setId: 'set-1', part: 1, total: 2 };
const ARMORED = '-----BEGIN PGP MESSAGE-----\r\n\r\nabcd\r\n-----END PGP MESSAGE-----\r\n';

function encryptedMail(): string {
  const mail = {
    from: 'a@a.example',
    to: 'b@b.example',
    messageId: '<x@a.example>',
    dateMs: 0,
    fields: FIELDS,
    boundary: 'b',
  };
  return `${outerHead({ ...mail, receiptTo: 'a@a.example' })}${ARMORED}${outerTail('b')}`;
}

describe('what a mail is', () => {
  test('our own encrypted mail, its head, and the OpenPGP message in it', async () => {
    const path = await fileOf(encryptedMail());
    expect(await classifyMail(path)).toMatchObject({
      kind: 'encrypted',
      from: 'a@a.example',
      messageId: '<x@a.example>',
      fields: FIELDS,
      receiptTo: 'a@a.example',
    });
    expect((await collect(encryptedPayload(path))).toString()).toBe(ARMORED);
  });

  test('an encrypted mail that an Exchange server rebuilt, with a payload in base64', async () => {
    const payload = Buffer.from([0x85, 0, 1, 2, 255]);
    const path = await fileOf(
      crlf(
        'From: "A, B" <a@a.example>',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        '',
        '--b',
        'Content-Type: application/pgp-encrypted; name="x"',
        '',
        'Version: 1',
        '--b',
        'Content-Type: application/octet-stream; name="encrypted.asc"',
        'Content-Transfer-Encoding: base64',
        '',
        payload.toString('base64'),
        '--b--',
      ),
    );
    expect(await classifyMail(path)).toMatchObject({
      kind: 'encrypted',
      from: 'a@a.example',
      fields: null,
      receiptTo: null,
    });
    expect((await collect(encryptedPayload(path))).equals(payload)).toBe(true);
  });

  test.each([
    ['plain text', 'Subject: Hallo\r\n\r\nText', 'other'],
    ['nothing at all', '', 'other'],
    ['no header', 'just some words\nand more', 'other'],
    ['mixed with a PDF', crlf('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'x', '--b--'), 'other'],
    ['a multipart without a boundary', 'Content-Type: multipart/mixed\r\n\r\nx', 'other'],
    ['mixed, cut off', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX', 'other'],
    ['S/MIME', 'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b\r\n\r\n', 'other'],
    ['an unknown report', 'Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n', 'other'],
    [
      'a receipt',
      'Content-Type: Multipart/Report; Report-Type="Disposition-Notification"; boundary=b\r\n\r\n',
      'report',
    ],
    ['a bounce', 'Content-Type: multipart/report; boundary=b; report-type=delivery-status\r\n\r\n', 'bounce'],
    [
      'PGP/MIME signed',
      'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\r\n\r\n',
      'signed',
    ],
  ])('F58: %s', async (_, mail, kind) => {
    expect((await classifyMail(await fileOf(mail))).kind).toBe(kind);
  });

  test('F50, F51: what an outer header says wrongly is as if it said nothing; two senders are none', async () => {
    const path = await fileOf(
      crlf(
        'From: a@a.example',
        'From: b@b.example',
        'Message-ID: none',
        'X-TELEMEDICINE-SETID: x',
        'X-TELEMEDICINE-SETPART: 7',
        'X-TELEMEDICINE-SETTOTAL: 5',
        'Disposition-Notification-To: a@a.example, b@b.example',
        '',
      ),
    );
    expect(await classifyMail(path)).toMatchObject({ from: null, messageId: null, fields: null, receiptTo: null });
  });

  test('fragments with their numbers; impossible ones are refused', async () => {
    const partial = (params: string) =>
      fileOf(`From: a@a.example\r\nContent-Type: message/partial; ${params}\r\n\r\nx`);
    const fragment = { kind: 'fragment', id: 'i@a', number: 2, total: 3 };
    expect(await classifyMail(await partial('id="i@a"; number=2; total=3'))).toMatchObject(fragment);
    expect((await classifyMail(await partial('id="i@a"; number=2'))).kind).toBe('fragment');
    for (const params of ['number=1', 'id=x', 'id=x; number=0', 'id=x; number=-1', 'id=x; number=4; total=3']) {
      await fails(classifyMail(await partial(params)), 'mail-fragment-invalid');
    }
    await fails(classifyMail(await partial('id=x; number=1; total=1000000000')), 'mail-fragment-invalid');
    await fails(classifyMail(await partial(`id=${'x'.repeat(300)}; number=1`)), 'mail-fragment-invalid');
    await fails(
      classifyMail(await partial('id=x; number=1\r\nContent-Transfer-Encoding: base64')),
      'mail-fragment-invalid',
    );
  });

  test('only the head of a mail is read', async () => {
    const path = await fileOf(`Subject: x\r\n\r\n${'y'.repeat(1_000_000)}`);
    expect((await readHead(path)).fields).toEqual([['subject', 'x']]);
  });

  test('F48: an encrypted mail without its parts, or cut, is refused', async () => {
    await fails(collect(encryptedPayload(await fileOf('Subject: x\r\n\r\n'))), 'mail-structure-invalid');
    const cut = encryptedMail().slice(0, -10);
    await fails(collect(encryptedPayload(await fileOf(cut))), 'mail-truncated');
  });

  test('F51: a signed multipart whose closing line is followed by the outer boundary at once ends before that line break', async () => {
    const signed = ['Content-Type: multipart/mixed; boundary=in', '', '--in', '', 'one', '--in--'].join('\r\n');
    const head = 'Content-Type: multipart/signed; boundary=out; protocol="application/pgp-signature"\r\n\r\n';
    const signature = '--out\r\nContent-Type: application/pgp-signature\r\n\r\nSIG\r\n--out--\r\n';
    for (const padding of ['', ' \t']) {
      const mail = `${head}--out\r\n${signed}${padding}\r\n${signature}`;
      for (const text of [mail, mail.replaceAll('\r\n', '\n')]) {
        const parts = await signedParts(await fileOf(text));
        expect((await collect(parts.content())).toString()).toBe(signed + padding);
        expect(parts.signature).toBe('SIG');
      }
    }
  });

  test('F51: what is signed is the first part alone, to the byte; a mail stored with bare line feeds gets its CRLF back', async () => {
    const signed = crlf('Content-Type: multipart/mixed; boundary=in', '', '--in', '', 'one  ', '', '--in--', '');
    const head =
      'Subject: x\r\nContent-Type: multipart/signed; boundary=out; protocol="application/pgp-signature"\r\n\r\npre\r\n';
    const signature = '--out\r\nContent-Type: application/pgp-signature\r\n\r\nSIG\r\n--out--\r\n';
    const mail = `${head}--out\r\n${signed}\r\n${signature}`;
    for (const text of [mail, mail.replaceAll('\r\n', '\n')]) {
      const parts = await signedParts(await fileOf(text));
      expect((await collect(parts.content())).toString()).toBe(signed);
      expect((await collect(parts.content())).toString()).toBe(signed);
      expect(parts.signature).toBe('SIG');
    }
    const empty = await signedParts(await fileOf(`${head}--out\r\n${signature}`));
    expect((await collect(empty.content())).length).toBe(0);
    for (const broken of [
      encryptedMail(),
      `${head}--out\r\n\r\nx\r\n--out--\r\n`,
      `${head}--out\r\n\r\nx\r\n--out\r\n\r\nSIG\r\n--out--\r\n`,
    ]) {
      await fails(signedParts(await fileOf(broken)), 'mail-structure-invalid');
    }
    await fails(signedParts(await fileOf(mail.replace('SIG', 'x'.repeat(300_000)))), 'mail-too-large');
  });
});
