import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Inner, readInner } from '../../src/mail/inner.ts';
import { parseReceipt } from '../../src/mail/receipt.ts';
import { python } from '../support/python.ts';
import { crlf, fails, tempFolder } from './helpers.ts';

const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const DICOMDIR = '1.2.840.10008.1.3.10';

/** The beginning of a Part-10 file, as far as its kind can be told. */
function dicom(sopClass = CT_IMAGE, text = 'image'): Buffer {
  const uid = Buffer.from(sopClass.length % 2 === 0 ? sopClass : `${sopClass}\0`);
  const length = Buffer.from([uid.length, 0]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM\x02\0\x02\0UI'), length, uid, Buffer.from(text)]);
}

async function read(mail: string | Buffer): Promise<Inner & { folder: string }> {
  const folder = await tempFolder();
  const path = join(folder, 'inner');
  const out = join(folder, 'out');
  await writeFile(path, mail);
  await mkdir(out);
  let number = 0;
  try {
    return { ...(await readInner(path, { newPath: () => join(out, `${++number}`) })), folder: out };
  } catch (error) {
    expect(await readdir(out), 'nothing is left behind').toEqual([]);
    throw error;
  }
}

function part(content: Buffer | string, ...header: string[]): string {
  const base64 = Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\r\n');
  return `${crlf('--b', ...header, 'Content-Transfer-Encoding: base64', '')}${base64}\r\n`;
}

function mixed(parts: string[], ...header: string[]): string {
  return `${crlf(...header, 'Content-Type: multipart/mixed; boundary=b', '')}${parts.join('')}--b--\r\n`;
}

function brief({ contents }: Inner): unknown[] {
  return contents.map(({ kind, type, name, studyUid }) => [kind, type, name, studyUid]);
}

describe('what is inside a mail', () => {
  test('a batch: objects, a document, a comment; fields, hashes and private files', async () => {
    const inner = await read(
      mixed(
        [
          part(dicom(), 'Content-Type: application/dicom; name="Mustermann.dcm"'),
          part(dicom(CT_IMAGE, 'two'), 'Content-Type: application/DICOM; id=IM1'),
          part(
            '%PDF-1.4',
            'Content-Type: application/pdf; name="=?utf-8?q?R=C3=B6.pdf?="',
            'X-Telemedicine-StudyID: 1.2.3',
          ),
          part(
            Buffer.from('Gr\xfc\xdfe \x80', 'latin1'),
            'Content-Type: text/plain; charset=windows-1252',
            'X-TELEMEDICINE-STUDYID: new-1',
          ),
        ],
        'X-TELEMEDICINE-SETID: s',
        'X-TELEMEDICINE-SETPART: 1',
        'X-TELEMEDICINE-SETTOTAL: 1',
        'X-ROHRPOST-ACCEPTS: batch',
      ),
    );
    expect(inner.fields).toEqual({ setId: 's', part: 1, total: 1 });
    expect(inner.headers.get('x-rohrpost-accepts')).toBe('batch');
    expect(brief(inner)).toEqual([
      ['dicom', 'application/dicom', '', undefined],
      ['dicom', 'application/dicom', '', undefined],
      ['document', 'application/pdf', 'Rö.pdf', '1.2.3'],
      ['comment', 'text/plain', '', 'new-1'],
    ]);
    expect(await readFile(inner.contents[3]!.path, 'utf8')).toBe('Grüße €');
    for (const { path, sizeBytes, sha256 } of inner.contents) {
      const bytes = await readFile(path);
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([sizeBytes, sha256]);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    expect((await readFile(inner.contents[0]!.path)).equals(dicom())).toBe(true);
  });

  test.each([
    ['one part as the root', part(dicom(), 'Content-Type: application/dicom').slice(5), ['dicom', 'application/dicom']],
    [
      'octet-stream with DICM',
      mixed([part(dicom(), 'Content-Type: application/octet-stream')]),
      ['dicom', 'application/octet-stream'],
    ],
    [
      'related',
      mixed([part(dicom(), 'Content-Type: application/dicom')]).replace('mixed', 'related'),
      ['dicom', 'application/dicom'],
    ],
    ['HTML', mixed([part('<p>', 'Content-Type: text/html; charset=x-none')]), ['document', 'text/html']],
    [
      'a named text',
      mixed([part('x', 'Content-Type: text/plain', 'Content-Disposition: attachment')]),
      ['document', 'text/plain'],
    ],
    [
      'octets that belong to a study',
      mixed([part('x', 'Content-Type: application/octet-stream', 'X-TELEMEDICINE-STUDYID: 1')]),
      ['document', 'application/octet-stream'],
    ],
    [
      'F57: octets that nobody declared',
      mixed([part('x', 'Content-Type: application/octet-stream; name=a.dcm')]),
      ['unknown', 'application/octet-stream'],
    ],
    [
      'F55: a mail in the mail',
      mixed([`--b\r\nContent-Type: message/rfc822\r\n\r\n${mixed([])}`.replaceAll('--b--', '')]),
      ['unknown', 'message/rfc822'],
    ],
  ])('%s', async (_, mail, expected) => {
    expect(brief(await read(mail)).map((row) => (row as string[]).slice(0, 2))).toEqual([expected]);
  });

  test('F57: a DICOMDIR is passed over; so are signatures', async () => {
    const inner = await read(
      mixed([
        part(dicom(DICOMDIR), 'Content-Type: application/dicom; id=DICOMDIR'),
        part(dicom(), 'Content-Type: application/dicom'),
        part('x', 'Content-Type: application/pgp-signature'),
      ]),
    );
    expect(brief(inner).length).toBe(1);
    expect((await readdir(inner.folder)).length).toBe(1);
  });

  test('F51: of a multipart/signed the fields of what is signed count', async () => {
    const set = (id: string) => [
      `X-TELEMEDICINE-SETID: ${id}`,
      'X-TELEMEDICINE-SETPART: 1',
      'X-TELEMEDICINE-SETTOTAL: 1',
    ];
    const signed = mixed([part(dicom(), 'Content-Type: application/dicom')], ...set('inside'));
    const head = crlf(...set('outside'), 'Content-Type: multipart/signed; boundary=s', '', '--s');
    const signature = crlf('', '--s', 'Content-Type: application/pgp-signature', '', 'SIG', '--s--');
    const inner = await read(`${head}${signed}${signature}`);
    expect(inner.fields!.setId).toBe('inside');
    expect(brief(inner)).toHaveLength(1);
  });

  test('F50: impossible fields inside are refused', () =>
    fails(
      read(mixed([part('x')], 'X-TELEMEDICINE-SETID: s', 'X-TELEMEDICINE-SETPART: 7', 'X-TELEMEDICINE-SETTOTAL: 5')),
      'mail-set-fields-invalid',
    ));

  test('F59: receipts are known as such, by report and by mechanism 2; their words are no comment', async () => {
    const fields = 'Original-Message-ID: <x@a.example>\r\nDisposition: a/b;displayed\r\n';
    const report = mixed([
      part('Danke', 'Content-Type: text/plain'),
      part(fields, 'Content-Type: message/disposition-notification'),
    ]);
    const first = await read(
      report.replace('multipart/mixed', 'multipart/report; report-type=disposition-notification'),
    );
    expect(brief(first)).toEqual([['receipt', 'message/disposition-notification', '', undefined]]);
    expect(await parseReceipt(first.contents[0]!.path)).toMatchObject({
      originalMessageId: '<x@a.example>',
      disposition: 'displayed',
    });

    const second = await read(
      mixed([], 'X-TELEMEDICINE-ORIGINAL-CONTENT-ID: <c@a.example>', 'X-TELEMEDICINE-REPORT: a/b;deleted'),
    );
    expect(second.contents.map(({ kind }) => kind)).toEqual(['receipt']);
    expect(await parseReceipt(second.contents[0]!.path)).toMatchObject({
      originalContentId: '<c@a.example>',
      disposition: 'deleted',
    });
  });

  test.each([
    ['../../etc/x', 'x'],
    ['..\\..\\x.pdf', 'x.pdf'],
    ['con', '_con'],
    ['CON.pdf', '_CON.pdf'],
    ['a/..', ''],
    ['...', ''],
    ['a\0b\u202efdp.exe', 'a b_fdp.exe'],
    ['a:b*c?.pdf', 'a_b_c_.pdf'],
    [`${'ä'.repeat(4000)}.pdf`, `${'ä'.repeat(116)}.pdf`],
    ['.'.repeat(100_000), ''],
  ])('F56: the name %j is shown as %j and never used', async (name, shown) => {
    const quoted = `Content-Disposition: attachment; filename="${name.replaceAll('\\', '\\\\')}"`;
    const inner = await read(
      Buffer.from(
        mixed([part('x', 'Content-Type: application/pdf', quoted), part('y', 'Content-Type: application/pdf', quoted)]),
      ),
    );
    expect(inner.contents.map((content) => content.name)).toEqual([shown, shown]);
    expect((await readdir(inner.folder)).sort()).toEqual(['1', '2']);
  });

  test('F48: a damaged part takes everything before it away again', async () => {
    const good = part(dicom(), 'Content-Type: application/dicom');
    await fails(read(mixed([good, good.replace('AAAA', 'AA*A')])), 'mail-base64-broken');
    await fails(read(mixed([good, good]).slice(0, -10)), 'mail-truncated');
    await fails(read(mixed([good, part('not a zip', 'Content-Type: application/zip')])), 'mail-zip-broken');
  });

  test('a path that is taken is left alone', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'inner');
    await writeFile(path, mixed([part('x', 'Content-Type: application/pdf')]));
    await expect(readInner(path, { newPath: () => path })).rejects.toThrow('EEXIST');
    expect((await stat(path)).size).toBeGreaterThan(0);
  });
});

async function zip(script: string): Promise<string> {
  const archive = await python(
    `import sys, zipfile, io\nout = io.BytesIO()\nz = zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED)\n${script}`,
    {
      input: dicom().toString('base64'),
    },
  );
  return mixed([part(archive, 'Content-Type: application/zip; name="DICOM.ZIP"')]);
}

const WRITE = `z.close()\nsys.stdout.buffer.write(out.getvalue())\n`;

describe('DICOM.ZIP', () => {
  test('files are known by their bytes, their names ignored, DICOMDIR and folders passed over', async () => {
    const mail = await zip(`
import base64
image = base64.b64decode(sys.stdin.read())
z.writestr('DICOMDIR', image.replace(b'${CT_IMAGE}\\0', b'${DICOMDIR}'.ljust(26, b'\\0')))
z.writestr('DICOM/', '')
z.writestr('../../etc/x', image)
z.writestr('/C:\\\\con', image, zipfile.ZIP_STORED)
z.writestr('b.txt', '%PDF-1.4')
z.writestr('a.dcm', 'words')
${WRITE}`);
    const inner = await read(mail);
    expect(brief(inner).map((row) => (row as string[])[0])).toEqual(['dicom', 'dicom', 'document', 'unknown']);
    expect((await readdir(inner.folder)).length).toBe(4);
    expect((await readFile(inner.contents[0]!.path)).equals(dicom())).toBe(true);
  });

  test('F55: a bomb stops early', async () => {
    const mail = await zip(`
with z.open('zeros', 'w') as f:
    for _ in range(300): f.write(bytes(1 << 20))
${WRITE}`);
    await fails(read(mail), 'mail-zip-too-large');
  });

  test('F55: many small bombs in one mail share one room', async () => {
    const mail = await zip(`z.writestr('zeros', bytes(30 << 20))\n${WRITE}`);
    const [bomb] = /--b\r\n.*?(?=--b--)/s.exec(mail)!;
    await read(mixed([bomb]));
    await fails(read(mixed(Array.from({ length: 8 }, () => bomb))), 'mail-zip-too-large');
  });

  test('F55: more entries than any study', async () => {
    await fails(read(await zip(`for i in range(20001): z.writestr(str(i), '')\n${WRITE}`)), 'mail-zip-too-large');
  });

  test('F48: damaged, cut and encrypted archives are refused', async () => {
    const make = (damage: string) =>
      zip(`
z.writestr('a', 'A' * 1000, zipfile.ZIP_STORED)
z.close()
raw = bytearray(out.getvalue())
central = raw.rindex(b'PK\\1\\2')
${damage}
sys.stdout.buffer.write(raw)
`);
    for (const damage of [
      'raw[500] ^= 1',
      'raw[central + 8] |= 1',
      'raw = raw[:-30]',
      'raw[central + 10] = 99',
      'raw = raw[:10]',
      'raw[0:4] = b"XXXX"',
    ]) {
      await fails(read(await make(damage)), 'mail-zip-broken');
    }
    expect(brief(await read(await make('pass')))).toHaveLength(1);
  });
});
