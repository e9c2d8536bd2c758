import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { classifyMail, signedParts } from '../../src/mail/classify.ts';
import { newBoundary } from '../../src/mail/compose.ts';
import {
  composeReceipt,
  type Disposition,
  parseReceipt,
  plainReceiptMail,
  type ReceiptContent,
  signedReceiptMail,
} from '../../src/mail/receipt.ts';
import { startGnupg } from '../support/gnupg.ts';
import { pythonJson } from '../support/python.ts';
import { collect, crlf, fails, tempFolder } from './helpers.ts';

const HEAD = {
  from: 'b@b.example',
  to: 'a@a.example',
  messageId: '<r1@b.example>',
  dateMs: 0,
  originalMessageId: '<x@a.example>',
};

function receipt(disposition: Disposition, more: Partial<ReceiptContent> = {}): Buffer {
  const boundary = newBoundary();
  return composeReceipt({
    originalMessageId: '<x@a.example>',
    finalRecipient: 'b@b.example',
    disposition,
    boundary,
    ...more,
  });
}

function mdn(...lines: string[]): Buffer {
  return Buffer.from(
    crlf(
      'Content-Type: multipart/report; report-type=disposition-notification; boundary=b',
      '',
      '--b',
      '',
      'Disposition: automatic-action/MDN-sent-automatically; deleted',
      '--b',
      'Content-Type: message/disposition-notification',
      '',
      ...lines,
      '',
      '--b--',
    ),
  );
}

describe('receipts', () => {
  test.each(['displayed', 'displayed/warning', 'deleted/error', 'deleted'] as const)(
    '%s: written, read, and read by Python',
    async (disposition) => {
      const entity = receipt(disposition, { code: 'mail-base64-broken', fields: [['X-Rohrpost-Box', 'box-1']] });
      expect(/^[\x20-\x7e\r\n\t]*$/.test(entity.toString('latin1'))).toBe(true);
      const read = await parseReceipt(entity);
      expect(read).toMatchObject({ disposition, originalMessageId: '<x@a.example>', originalContentId: null });
      expect(read.code).toBe('mail-base64-broken');
      expect(read.fields.get('x-rohrpost-box')).toBe('box-1');
      expect(await parseReceipt(plainReceiptMail(HEAD, entity))).toMatchObject({ disposition });

      const seen = await pythonJson<Record<string, unknown>>(PYTHON_READS, { input: plainReceiptMail(HEAD, entity) });
      expect(seen).toMatchObject({
        type: 'multipart/report',
        report: 'disposition-notification',
        subject: 'DICOM-eMail',
        auto: 'auto-replied',
        reply: '<x@a.example>',
        parts: ['text/plain', 'message/disposition-notification'],
        recipient: 'rfc822;b@b.example',
        original: '<x@a.example>',
        disposition: `automatic-action/MDN-sent-automatically;${disposition}`,
        defects: 0,
      });
      expect(seen.text).toMatch(/^Die Mail .*\r\n\r\nThe mail .*\r\n$/);
    },
  );

  test.each([
    ['automatic-action/MDN-sent-automatically;displayed', 'displayed'],
    ['automatic-action/MDN-sent-automatically; displayed', 'displayed'],
    ['Automatic-Action / MDN-sent-automatically ; Displayed', 'displayed'],
    ['manual-action/MDN-sent-manually; displayed', 'displayed'],
    ['automatic-action/MDN-sent-automatically;\r\n\tdisplayed/\r\n warning', 'displayed/warning'],
    ['automatic-action/MDN-sent-automatically; displayed (by; the/PACS)', 'displayed'],
    ['automatic-action/MDN-sent-automatically; displayed/expired', 'displayed/warning'],
    ['automatic-action/MDN-sent-automatically; DELETED/Error,warning', 'deleted/error'],
    ['automatic-action/MDN-sent-automatically;deleted', 'deleted'],
  ])('a foreign receipt: %j is %s', async (value, disposition) => {
    const lines = ['Reporting-UA: (TEWEPO) x; y', `DISPOSITION: ${value}`, 'Original-Message-ID:', '\t<x@a.example>'];
    for (const entity of [
      mdn(...lines),
      Buffer.from(
        mdn(...lines)
          .toString()
          .replaceAll('\r\n', '\n'),
      ),
    ]) {
      expect(await parseReceipt(entity)).toMatchObject({ disposition, originalMessageId: '<x@a.example>' });
    }
  });

  test('mechanism 2: the answer stands in X-TELEMEDICINE fields', async () => {
    const report = crlf(
      'X-TELEMEDICINE-ORIGINAL-CONTENT-ID: <c1@a.example>',
      'X-TELEMEDICINE-REPORT: automatic-action/MDN-sent-automatically;deleted/error',
      'Content-Type: text/plain',
      '',
      'words',
    );
    const read = await parseReceipt(Buffer.from(report));
    expect(read).toMatchObject({
      disposition: 'deleted/error',
      originalMessageId: null,
      originalContentId: '<c1@a.example>',
    });
  });

  test.each([
    ['no disposition', mdn('Original-Message-ID: <x@a.example>')],
    ['no original', mdn('Disposition: automatic-action/MDN-sent-automatically;displayed')],
    ['an empty original', mdn('Original-Message-ID: x', 'Disposition: a/b;displayed')],
    ['an unknown type', mdn('Original-Message-ID: <x@a.example>', 'Disposition: a/b;dispatched')],
    ['no type', mdn('Original-Message-ID: <x@a.example>', 'Disposition: displayed')],
    ['a contradiction', mdn('Original-Message-ID: <x@a.example>', 'Disposition: a/b;displayed/error')],
    ['ordinary mail', Buffer.from('Subject: x\r\n\r\nDisposition: a/b;displayed\r\n')],
    ['nothing', Buffer.alloc(0)],
  ])('F39: a receipt with %s is refused', (_, entity) => fails(parseReceipt(entity), 'mail-receipt-malformed'));

  test('F39: a report that never ends is refused', () =>
    fails(parseReceipt(mdn('X: '.padEnd(300_000, 'x'))), 'mail-too-large'));

  test('a signed receipt verifies with GnuPG, as a mail with CRLF and stored with bare line feeds', async () => {
    const gnupg = await startGnupg();
    try {
      const fingerprint = await gnupg.generate('Klinik B <b@b.example>');
      const entity = receipt('displayed');
      const armoredSignature = await gnupg.signDetached(entity, fingerprint);
      const mail = signedReceiptMail({ ...HEAD, entity, armoredSignature, boundary: newBoundary() });
      const path = join(await tempFolder(), 'mail.eml');
      for (const stored of [mail, Buffer.from(mail.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')]) {
        await writeFile(path, stored);
        expect((await classifyMail(path)).kind).toBe('signed');
        const parts = await signedParts(path);
        const signed = await collect(parts.content());
        expect(signed.equals(entity)).toBe(true);
        expect(await gnupg.verifyDetached(signed, parts.signature)).toBe(fingerprint);
        expect(await parseReceipt(path)).toMatchObject({ disposition: 'displayed' });
      }
    } finally {
      await gnupg.stop();
    }
  });

  test('F39, F51: of a signed mail only the signed part counts, whatever stands around it', async () => {
    const forged = 'X-TELEMEDICINE-REPORT: a/b;displayed\r\nX-TELEMEDICINE-ORIGINAL-CONTENT-ID: <x@a.example>\r\n';
    const mail = (signed: string, after = '') =>
      Buffer.from(
        `${forged}Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=s\r\n\r\n` +
          `--s\r\n${signed}\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nSIG\r\n${after}--s--\r\n`,
      );
    const report = mdn('Original-Message-ID: <x@a.example>', 'Disposition: a/b;displayed').toString();
    await fails(parseReceipt(mail('\r\nwords')), 'mail-receipt-malformed');
    await fails(parseReceipt(mail('\r\nwords', `--s\r\n${report}\r\n`)), 'mail-receipt-malformed');
    expect(await parseReceipt(mail(receipt('deleted').toString(), `--s\r\n${report}\r\n`))).toMatchObject({
      disposition: 'deleted',
      originalContentId: null,
    });
  });
});

const PYTHON_READS = `
import sys, json, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default.clone(linesep='\\r\\n'))
text, report = m.get_payload()
fields = report.get_payload()[0]
json.dump({
    'type': m.get_content_type(), 'report': m.get_param('report-type'), 'subject': m['Subject'], 'auto': m['Auto-Submitted'],
    'reply': m['In-Reply-To'], 'parts': [p.get_content_type() for p in (text, report)], 'text': text.get_payload(decode=True).decode(),
    'recipient': fields['Final-Recipient'], 'original': fields['Original-Message-ID'], 'disposition': fields['Disposition'],
    'defects': len(m.defects) + len(text.defects) + len(report.defects) + len(fields.defects),
}, sys.stdout)
`;
