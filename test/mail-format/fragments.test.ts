import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { classifyMail, encryptedPayload } from '../../src/mail/classify.ts';
import { outerHead, outerTail } from '../../src/mail/compose.ts';
import { joinFragments, splitIntoFragments } from '../../src/mail/fragments.ts';
import { python } from '../support/python.ts';
import { collect, crlf, fails, tempFolder } from './helpers.ts';

const LIMIT = 20_000;

async function mailOf(payload_bytes: number): Promise<{ folder: string; path: string; armored: string; mail: string }> {
  const folder = await tempFolder();
  const path = join(folder, 'mail.eml');
  const lines = randomBytes(payload_bytes)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\r\n');
  const armored = `-----BEGIN PGP MESSAGE-----\r\n\r\n${lines}-----END PGP MESSAGE-----\r\n`;
  const fields = { setId: 'set-1', part: 1, total: 2 };
  const head = { from: 'a@a.example', to: 'b@b.example', messageId: '<x@a.example>', dateMs: 0, fields, boundary: 'b' };
  const mail = `${outerHead(head)}${armored}${outerTail('b')}`;
  await writeFile(path, mail);
  return { folder, path, armored, mail };
}

async function split(path: string, folder: string): Promise<string[]> {
  return splitIntoFragments(path, { maxBytes: LIMIT, id: '<x@a.example>', folder, name: (n) => `f${n}.eml` });
}

describe('fragments', () => {
  test('a mail is cut below the limit at line ends, without our fields, and joined to the byte', async () => {
    const { folder, path, mail } = await mailOf(100_000);
    const paths = await split(path, folder);
    expect(paths.length).toBe(Math.ceil(mail.length / (LIMIT - 2048 - 64)));
    for (const [index, fragment] of paths.entries()) {
      const text = await readFile(fragment, 'latin1');
      expect(text.length).toBeLessThanOrEqual(LIMIT);
      expect(text.endsWith('\r\n') && !text.endsWith('\r\n\r\n')).toBe(true);
      expect(/\r\n\r\n[\r\n]/.test(text)).toBe(false);
      const found = await classifyMail(fragment);
      expect(found).toMatchObject({ kind: 'fragment', id: '<x@a.example>', number: index + 1, total: paths.length });
      expect(found).toMatchObject({ from: 'a@a.example', fields: null, messageId: `<x.${index + 1}@a.example>` });
      expect(found.headers.get('subject')).toBe(`DICOM-eMail (${index + 1}/${paths.length})`);
    }
    await joinFragments(paths, join(folder, 'joined.eml'));
    expect((await readFile(join(folder, 'joined.eml'), 'latin1')) === mail).toBe(true);
  });

  test('relays that add or strip line breaks at a fragment’s end change nothing', async () => {
    const { folder, path, armored } = await mailOf(60_000);
    const paths = await split(path, folder);
    for (const end of ['', '\r\n', '\n', '\r\n\r\n\r\n']) {
      for (const fragment of paths) await writeFile(fragment, (await readFile(fragment, 'latin1')).trimEnd() + end);
      const out = join(folder, `joined-${end.length}-${end.charCodeAt(0)}.eml`);
      await joinFragments(paths, out);
      expect((await collect(encryptedPayload(out))).toString() === armored).toBe(true);
      expect((await classifyMail(out)).fields).toEqual({ setId: 'set-1', part: 1, total: 2 });
    }
  });

  test('a joiner that keeps to RFC 2046 strictly gets the same encrypted message', async () => {
    const { folder, path, armored } = await mailOf(60_000);
    const paths = await split(path, folder);
    const out = await python(STRICT_JOINER, { args: paths.toReversed() });
    expect(out.toString('latin1').replaceAll(/\r?\n/g, '\r\n') === armored).toBe(true);
  });

  test('fragments whose sender kept to RFC 2046 strictly are joined with the fields of their own header', async () => {
    const folder = await tempFolder();
    const paths = [join(folder, '1'), join(folder, '2')];
    const [first, second] = ['number=1', 'number=2; total=2'].map((numbers) =>
      crlf(
        'From: a@a.example',
        'Subject: x (1/2)',
        'X-TELEMEDICINE-SETID: s',
        `Content-Type: message/partial; id=i; ${numbers}`,
        '',
      ),
    );
    await writeFile(
      paths[0]!,
      first + crlf('Subject: x', 'Message-ID: <x@a.example>', 'Content-Type: text/plain', '', 'one'),
    );
    await writeFile(paths[1]!, second + crlf('two'));
    await joinFragments(paths, join(folder, 'joined'));
    expect(await readFile(join(folder, 'joined'), 'utf8')).toBe(
      crlf(
        'from: a@a.example',
        'x-telemedicine-setid: s',
        'Subject: x',
        'Message-ID: <x@a.example>',
        'Content-Type: text/plain',
        '',
        'one',
        'two',
      ),
    );
  });

  test('F46, F47: fragments that are missing, doubled, out of order or of another total are not joined', async () => {
    const { folder, path } = await mailOf(60_000);
    const paths = await split(path, folder);
    const out = join(folder, 'joined.eml');
    const [first, second] = paths as [string, string];
    await writeFile(join(folder, 'other'), 'Subject: x\r\n\r\ny');
    for (const wrong of [
      [],
      paths.slice(1),
      paths.slice(0, -1),
      paths.toReversed(),
      [first, first],
      [...paths, second],
    ]) {
      await fails(joinFragments(wrong, out), 'mail-fragment-invalid');
    }
    await fails(joinFragments([join(folder, 'other')], out), 'mail-fragment-invalid');
    await expect(stat(out)).rejects.toThrow();
  });

  test('a mail that cannot be cut is left whole, with nothing lying about', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'mail.eml');
    await writeFile(path, `From: a@a.example\r\n\r\n${'x'.repeat(100_000)}`);
    await fails(split(path, folder), 'mail-cannot-be-cut');
    await writeFile(path, `From: a@a.example\r\n\r\n${'\r\n'.repeat(50_000)}`);
    await fails(split(path, folder), 'mail-cannot-be-cut');
    const options = { maxBytes: 3000, id: 'x', folder, name: (n: number) => `${n}` };
    await fails(splitIntoFragments(path, options), 'mail-cannot-be-cut');
    expect(await readdir(folder)).toEqual(['mail.eml']);
  });
});

/** RFC 2046 §5.2.2.1: the enclosing header of fragment 1, without some fields, and only those fields of the enclosed one. */
const STRICT_JOINER = `
import sys, email, email.policy
def fragment(path):
    head, _, body = open(path, 'rb').read().decode('ascii').partition('\\r\\n\\r\\n')
    message = email.message_from_string(head)
    message.body = body
    return message
parts = sorted((fragment(path) for path in sys.argv[1:]), key=lambda m: int(m.get_param('number')))
assert all(m.get_content_type() == 'message/partial' and m.get_param('id') == '<x@a.example>' for m in parts)
assert len(parts) == int(parts[-1].get_param('total'))
own = lambda name: name.lower().startswith('content-') or name.lower() in ('subject', 'message-id', 'encrypted', 'mime-version')
text = '\\r\\n'.join(m.body.rstrip('\\r\\n') for m in parts)
enclosed = email.message_from_string(text)
joined = email.message.Message()
for name, value in parts[0].items():
    if not own(name): joined[name] = value
for name, value in enclosed.items():
    if own(name): joined[name] = value
joined.set_payload(enclosed.get_payload())
assert joined['From'] == 'a@a.example' and joined['Subject'] == 'DICOM-eMail' and joined['Message-ID'] == '<x@a.example>'
assert joined['X-TELEMEDICINE-SETID'] is None
again = email.message_from_bytes(joined.as_bytes())
assert again.get_content_type() == 'multipart/encrypted' and not again.defects
sys.stdout.write(again.get_payload()[1].get_payload())
`;
