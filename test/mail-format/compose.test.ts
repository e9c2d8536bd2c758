import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Content,
  composeInner,
  type InnerPlan,
  innerSize,
  messageId,
  newBoundary,
  outerHead,
  outerTail,
  sealedSize,
} from '../../src/mail/compose.ts';
import { pythonJson } from '../support/python.ts';
import { collect, fails, readLeaves, tempFolder } from './helpers.ts';

const FIELDS = { setId: 'set-1', part: 2, total: 3 };

async function fileOf(bytes: Buffer): Promise<{ path: string; sizeBytes: number; sha256: string }> {
  const path = join(await tempFolder(), 'content');
  await writeFile(path, bytes);
  return { path, sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function planOf(contents: readonly Content[], encoding: InnerPlan['encoding']): InnerPlan {
  return {
    fields: FIELDS,
    contents,
    encoding,
    boundary: newBoundary(),
    extraFields: [['X-ROHRPOST-ACCEPTS', 'batch']],
  };
}

describe('composing', () => {
  test.each(['base64', 'binary'] as const)(
    'the planned size is the streamed size, whatever the length (%s)',
    async (encoding) => {
      // Around groups of three, lines of 57 bytes, blocks of 14,000 lines, and reads of a megabyte.
      for (const size of [0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 797_999, 798_000, 798_001, 1 << 20, 2_500_003]) {
        const bytes = randomBytes(size);
        const { path } = await fileOf(bytes);
        const plan = planOf(
          [
            { kind: 'dicom', name: '0001.dcm', path, sizeBytes: size },
            { kind: 'comment', text: 'x'.repeat(size % 1000), studyUid: '1.2.3' },
            { kind: 'document', type: 'application/pdf', name: 'ä.pdf', path, sizeBytes: size, studyUid: '1.2.3' },
          ],
          encoding,
        );
        const composed = await collect(composeInner(plan));
        expect(composed.length, `${size}`).toBe(innerSize(plan));
        const [dicom, , document] = await readLeaves(composed, 1 << 20);
        expect(dicom!.content.equals(bytes) && document!.content.equals(bytes), `${size}`).toBe(true);
      }
    },
  );

  test('base64 lines have 76 columns and end in CRLF', async () => {
    const file = await fileOf(randomBytes(2_000_000));
    const composed = await collect(composeInner(planOf([{ kind: 'dicom', name: 'a.dcm', ...file }], 'base64')));
    const lines = composed.toString('latin1').split('\r\n');
    expect(lines.some((line) => line.includes('\n'))).toBe(false);
    const encoded = lines.filter((line) => /^[A-Za-z0-9+/]{70,}=*$/.test(line));
    expect(encoded.length).toBe(Math.floor(2_000_000 / 57));
    expect(encoded.every((line) => line.length === 76)).toBe(true);
  });

  test.each(['base64', 'binary'] as const)('Python’s email package reads what we compose (%s)', async (encoding) => {
    // Bytes that look like boundaries, line ends of all kinds, and an end that looks like one.
    const dicom = await fileOf(Buffer.concat([randomBytes(5000), Buffer.from('\r\n--\r\n--rohrpost-\r\n\n--\r\r\n')]));
    const pdf = await fileOf(randomBytes(3000));
    const plan = planOf(
      [
        { kind: 'dicom', name: '0001.dcm', ...dicom },
        { kind: 'document', type: 'application/pdf', name: 'Röntgen "1".pdf', studyUid: '1.2.3', ...pdf },
        { kind: 'comment', text: 'Grüße\nan alle', studyUid: '1.2.3' },
      ],
      encoding,
    );
    const seen = await pythonJson<Record<string, unknown>[]>(PYTHON_READS, {
      input: await collect(composeInner(plan)),
    });
    const root = { type: 'multipart/mixed', setid: 'set-1', part: '2', total: '3', accepts: 'batch', defects: 0 };
    expect(seen[0]).toMatchObject(root);
    expect(seen[1]).toMatchObject({ type: 'application/dicom', name: '0001.dcm', study: null, defects: 0 });
    expect(seen[2]).toMatchObject({ type: 'application/pdf', name: 'Röntgen _1_.pdf', study: '1.2.3', defects: 0 });
    expect(seen[3]).toMatchObject({ type: 'text/plain', text: 'Grüße\r\nan alle', study: '1.2.3', defects: 0 });
    if (encoding === 'base64') {
      expect(seen[1]!.sha256).toBe(dicom.sha256);
      expect(seen[2]!.sha256).toBe(pdf.sha256);
    }
  });

  test('F24: a file that is not as long as planned stops the mail', async () => {
    const file = await fileOf(randomBytes(100));
    for (const sizeBytes of [99, 101]) {
      const plan = planOf([{ kind: 'dicom', name: 'a.dcm', ...file, sizeBytes }], 'base64');
      await fails(collect(composeInner(plan)), 'mail-content-changed');
    }
  });

  test('F56: a document’s name and type cannot break the header', async () => {
    const file = await fileOf(Buffer.from('x'));
    for (const name of [
      'a"\r\nX-Evil: 1',
      '../../etc/x',
      'con',
      '😀'.repeat(4000),
      `${'a'.repeat(4000)}.pdf`,
      '',
      '\ud800',
    ]) {
      const document = { kind: 'document' as const, studyUid: '1.2', name, ...file };
      for (const type of [
        'application/pdf',
        'multipart/mixed; boundary=x',
        'message/rfc822',
        'text/plain\r\nX-Evil: 1',
      ]) {
        const [leaf] = await readLeaves(await collect(composeInner(planOf([{ ...document, type }], 'binary'))));
        expect(leaf!.entity.headers.fields).toHaveLength(4);
        expect(leaf!.entity.type).toBe(type === 'application/pdf' ? type : 'application/octet-stream');
        expect(leaf!.content.toString()).toBe('x');
      }
    }
  });

  test('the outer mail: constant subject, one recipient, the set fields; Python sees RFC 3156', async () => {
    const boundary = newBoundary();
    const head = outerHead({
      from: 'a@Klinik-A.example',
      to: 'b@klinik-b.example',
      messageId: messageId('x1', 'klinik-a.example'),
      dateMs: Date.UTC(2026, 1, 3, 4, 5, 6),
      fields: FIELDS,
      receiptTo: 'a@klinik-a.example',
      boundary,
    });
    const armored = '-----BEGIN PGP MESSAGE-----\r\n\r\nabcd\r\n-----END PGP MESSAGE-----\r\n';
    const mail = Buffer.concat([head, Buffer.from(armored), outerTail(boundary)]);
    const seen = await pythonJson<Record<string, unknown>[]>(PYTHON_READS, { input: mail });
    expect(seen[0]).toMatchObject({
      type: 'multipart/encrypted',
      protocol: 'application/pgp-encrypted',
      subject: 'DICOM-eMail',
      from: 'a@klinik-a.example',
      to: 'b@klinik-b.example',
      date: 'Tue, 03 Feb 2026 04:05:06 +0000',
      id: '<x1@klinik-a.example>',
      receipt: 'a@klinik-a.example',
      setid: 'set-1',
      defects: 0,
    });
    expect(seen[1]).toMatchObject({ type: 'application/pgp-encrypted', text: 'Version: 1\r\n' });
    expect(seen[2]).toMatchObject({ type: 'application/octet-stream', text: armored });
  });

  test('F38: no address that is not plain gets into a mail', async () => {
    const good = {
      from: 'a@a.example',
      to: 'b@b.example',
      messageId: '<x@a.example>',
      dateMs: 0,
      fields: FIELDS,
      boundary: 'b',
    };
    for (const bad of ['b@b.example, c@c.example', 'b@b.example\r\nBcc: c@c.example', '"c@c.example x"@b.example']) {
      await fails(() => outerHead({ ...good, to: bad }), 'mail-address-invalid');
      await fails(() => outerHead({ ...good, from: bad }), 'mail-address-invalid');
      await fails(() => outerHead({ ...good, receiptTo: bad }), 'mail-address-invalid');
    }
    expect(() => outerHead({ ...good, messageId: '<x@a.example>\r\nBcc: c@c.example' })).toThrow();
  });

  test('the bound of a sealed mail is above armor’s 66 characters for 48 bytes, and not far above', () => {
    for (const inner of [0, 1000, 1_000_000, 1_000_000_000]) {
      const armored = Math.ceil((inner + 1200) / 48) * 66 + 1200;
      expect(sealedSize(inner)).toBeGreaterThan(armored);
      expect(sealedSize(inner)).toBeLessThan(armored * 1.003 + 20_000);
    }
  });
});

const PYTHON_READS = `
import sys, json, hashlib, email, email.policy
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default.clone(linesep='\\r\\n'))
seen = []
for part in message.walk():
    content = None if part.is_multipart() else part.get_payload(decode=True)
    seen.append({
        'type': part.get_content_type(), 'name': part.get_filename(), 'study': part['X-TELEMEDICINE-STUDYID'],
        'setid': part['X-TELEMEDICINE-SETID'], 'part': part['X-TELEMEDICINE-SETPART'], 'total': part['X-TELEMEDICINE-SETTOTAL'],
        'accepts': part['X-ROHRPOST-ACCEPTS'], 'subject': part['Subject'], 'from': part['From'], 'to': part['To'],
        'date': part['Date'], 'id': part['Message-ID'], 'receipt': part['Disposition-Notification-To'],
        'protocol': part.get_param('protocol'), 'defects': len(part.defects),
        'sha256': content is not None and hashlib.sha256(content).hexdigest(),
        'text': content is not None and content.decode('utf-8', 'replace'),
    })
json.dump(seen, sys.stdout)
`;
