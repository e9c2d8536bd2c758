import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { composeInner } from '../../src/mail/compose.ts';
import { readMime } from '../../src/mail/read.ts';
import { python } from '../support/python.ts';
import { collect, crlf, fails, inChunks, readLeaves } from './helpers.ts';

function mixed(...parts: string[]): string {
  return `${crlf('Content-Type: multipart/mixed; boundary=b', '')}${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

function encoded(encoding: string, body: string): string {
  return mixed(`Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}`);
}

describe('reading MIME', () => {
  test('binary content is exact to the byte in chunks of any size, before and after what looks like a boundary', async () => {
    const contents = [
      '',
      '\r\n',
      '\n',
      '\r',
      '\r\n--',
      '--b',
      '--b--',
      'x\r\n--bb\r\n--b-\r\n--b--x\r\n-',
      '\n--b-- \tx\n\r\n',
      'a\r\n\r\n--B\r\n',
      '-\r\n-',
      '\r\n--c--\r\n',
      `\r\n--b${' '.repeat(80)}\r\n`,
    ].map((text) => Buffer.from(text, 'latin1'));
    // Those that hold a true boundary line no composer may write.
    const legal = contents.filter((content) => !/(^|\n)--b(--)?[ \t]*(\r?\n|$)/.test(content.toString('latin1')));
    expect(legal.length).toBeGreaterThan(9);
    for (const eol of ['\r\n', '\n']) {
      const part = (content: Buffer) =>
        Buffer.concat([
          Buffer.from(`--b${eol}Content-Transfer-Encoding: binary${eol}${eol}`),
          content,
          Buffer.from(eol),
        ]);
      const head = Buffer.from(`Content-Type: multipart/mixed; boundary=b${eol}${eol}preamble${eol}--bx${eol}`);
      const tail = Buffer.from(`--b--${eol}epilogue --b${eol}--b${eol}${eol}`);
      const mail = Buffer.concat([head, ...legal.map(part), tail]);
      for (const chunk_bytes of [1, 2, 3, 5, 7, 64, 65_536]) {
        const leaves = await readLeaves(mail, chunk_bytes);
        expect(leaves.map(({ content }) => content.toString('latin1'))).toEqual(legal.map((c) => c.toString('latin1')));
      }
    }
  });

  test('nested, headerless, header-only and padded parts; the tree has its paths', async () => {
    const inner = crlf(
      'Content-Type: multipart/related; boundary="i n"',
      '',
      '--i n  ',
      '',
      'one',
      '--i n',
      '',
      'two',
      '--i n--',
      'epilogue',
    );
    const mail = mixed(inner, '\r\nthree', 'Content-Type: image/png');
    const paths: string[] = [];
    const found: string[] = [];
    const root = await readMime(inChunks(mail, 10), {
      multipart: ({ path, type, depth }) => void paths.push(`${path}|${type}|${depth}`),
      leaf: ({ path, type }) => {
        paths.push(`${path}|${type}`);
        return (chunk) => void found.push(chunk.toString());
      },
      endLeaf: ({ path }, size) => void found.push(`<${path}:${size}>`),
    });
    expect(root.get('content-type')).toContain('multipart/mixed');
    const tree = [
      '|multipart/mixed|0',
      '1|multipart/related|1',
      '1.1|text/plain',
      '1.2|text/plain',
      '2|text/plain',
      '3|image/png',
    ];
    expect(paths).toEqual(tree);
    expect(found.join('')).toBe('one<1.1:3>two<1.2:3>three<2:5><3:0>');
  });

  test('a sink that is slow holds the source back', async () => {
    let given = 0;
    let taken = 0;
    async function* source() {
      yield Buffer.from('\r\n');
      for (; given < 50; given++) yield Buffer.alloc(1000);
    }
    await readMime(source(), {
      leaf: () => async (chunk) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        taken += chunk.length;
        expect(given * 1000 - taken).toBeLessThanOrEqual(1000);
      },
    });
    expect(taken).toBe(50_000);
  });

  test('what Python composes is read: random trees, encodings, line ends, to the byte', async () => {
    const mails = JSON.parse((await python(PYTHON_COMPOSES)).toString()) as {
      mail: string;
      leaves: [string, string][];
    }[];
    expect(mails.length).toBe(80);
    for (const { mail, leaves } of mails) {
      const read = await readLeaves(Buffer.from(mail, 'base64'), 1 + Math.floor(Math.random() * 3000));
      const got = read.map(({ entity, content }) => [entity.type, content.toString('base64')]);
      expect(got).toEqual(leaves);
    }
  });

  test('quoted-printable: soft breaks, escapes over chunk ends, a storm of it in no time', async () => {
    const text = 'a=3Db=\r\nc=C3=A4 =zz =\nd=0D=0A=';
    for (const chunk of [1, 2, 3, 100]) {
      expect((await readLeaves(encoded('Quoted-Printable', text), chunk))[0]!.content.toString()).toBe(
        'a=bcä =zz d\r\n=',
      );
    }
    const start = performance.now();
    for (const storm of ['=', '=3D', '=\n', '=4', '\r=\r']) {
      await readMime(inChunks(encoded('quoted-printable', storm.repeat(10_000_000 / storm.length))), {
        leaf: () => () => {},
      });
    }
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test.each([
    ['lines of 76', Buffer.from(randomBytes(1000)).toString('base64').replace(/.{76}/g, '$&\r\n')],
    ['no line ends', randomBytes(1000).toString('base64')],
    ['lines of 75', randomBytes(1001).toString('base64').replace(/.{75}/g, '$&\n')],
    ['blanks and empty lines', randomBytes(1003).toString('base64').replace(/.{13}/g, '$& \t\r\n\r\n')],
    ['one byte', 'QQ==\r\n\r\n'],
    ['nothing', '\r\n \r\n'],
  ])('base64 of %s is read in chunks of any size', async (_, text) => {
    for (const chunk of [1, 5, 100, 1 << 20]) {
      expect((await readLeaves(encoded('base64', text), chunk))[0]!.content.equals(Buffer.from(text, 'base64'))).toBe(
        true,
      );
    }
  });

  test.each([
    'QUJDR',
    'QUJD\r\nR',
    'QUJDRA',
    'QUJDRA=',
    'QUJ*',
    'QU-_',
    'QUJDRA==QUJD',
    'QUJDRA==\r\nQUJD\r\n',
    '=',
    'QUJD====',
    'QUJD\xa0QUJD',
  ])('F48: damaged base64 %j is refused', async (text) => {
    for (const chunk of [1, 100])
      await fails(readLeaves(Buffer.from(encoded('base64', text), 'latin1'), chunk), 'mail-base64-broken');
  });

  test('F48: an unknown transfer encoding is refused, but only where the content is wanted', async () => {
    await fails(readLeaves(encoded('x-uuencode', 'x')), 'mail-encoding-unknown');
    await readMime(inChunks(encoded('x-uuencode', 'x')), { leaf: () => null });
  });

  test('F48: a mail that is cut anywhere before its closing boundary is refused', async () => {
    const mail = mixed(crlf('Content-Type: multipart/mixed; boundary=c', '', '--c', '', 'x', '--c--'), '\r\ny');
    await readLeaves(mail);
    await readLeaves(mail.slice(0, -2));
    for (let length = mixed().indexOf('\r\n\r\n') + 4; length < mail.length - 2; length++) {
      await fails(readLeaves(mail.slice(0, length), 11), 'mail-truncated');
    }
    await fails(readLeaves(mail.replace('--c--', '--d--')), 'mail-truncated');
    await fails(readLeaves('Content-Type: multipart/mixed\r\n\r\nx'), 'mail-boundary-invalid');
    await fails(
      readLeaves(`Content-Type: multipart/mixed; boundary=${'x'.repeat(201)}\r\n\r\nx`),
      'mail-boundary-invalid',
    );
  });

  test('F55: 1,000 nested parts stop at the limit of depth', async () => {
    let mail = 'x';
    for (let i = 0; i < 1000; i++)
      mail = `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n${mail}\r\n--b${i}--\r\n`;
    await fails(readLeaves(mail), 'mail-nested-too-deep');
    await readLeaves('Content-Type: message/rfc822\r\n\r\n'.repeat(1000));
  });

  test('F55: 100 MB of header and a billion parts stop at once', async () => {
    let read = 0;
    async function* endless(start: string, repeated: string) {
      yield Buffer.from(start);
      const chunk = Buffer.from(repeated.repeat(65_536 / repeated.length));
      for (;;) {
        read += chunk.length;
        yield chunk;
      }
    }
    const nowhere = { leaf: () => null };
    await fails(readMime(endless('X: ', 'a'), nowhere), 'mail-headers-too-long');
    await fails(readMime(endless('', 'X: y\r\n'), nowhere), 'mail-headers-too-long');
    await fails(readMime(endless('X: y', '\r\n '), nowhere), 'mail-headers-too-long');
    await fails(
      readMime(endless('Content-Type: multipart/mixed; boundary=b\r\n\r\n', '--b\r\n\r\n'), nowhere),
      'mail-too-many-parts',
    );
    await fails(
      readMime(endless('Content-Type: multipart/mixed; boundary=b\r\n\r\n', '--b\n'), nowhere),
      'mail-too-many-parts',
    );
    expect(read).toBeLessThan(3 << 20);
    const limits = { total_bytes: 10 << 20, header_bytes: 1000, depth: 3, parts: 3 };
    await fails(readMime(endless('\r\n', 'x'), nowhere, limits), 'mail-too-large');
  });

  test('F55: content that is all beginnings of boundaries is read in seconds', async () => {
    const boundary = 'b'.repeat(200);
    const start = performance.now();
    for (const storm of ['\n--', '\r\n--b', `\n--${boundary}x`, `\n--${boundary}${' '.repeat(65)}`, '\n--b\r']) {
      const body = storm.repeat(10_000_000 / storm.length);
      const mail = `Content-Type: multipart/mixed; boundary=${boundary}\n\n--${boundary}\n\n${body}\n--${boundary}--\n`;
      const sizes: number[] = [];
      await readMime(inChunks(mail), { leaf: () => () => {}, endLeaf: (_, bytes) => void sizes.push(bytes) });
      expect(sizes).toEqual([body.length]);
    }
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test('F55: mails with bytes changed, cut out and put in are read or refused with a code, never more', async () => {
    const comment = { kind: 'comment' as const, text: 'Grüße', studyUid: '1.2' };
    const fields = { setId: 'x', part: 1, total: 1 };
    const composed = await collect(
      composeInner({ fields, contents: [comment, comment], encoding: 'base64', boundary: 'bb' }),
    );
    const mail = Buffer.from(
      mixed(composed.toString('latin1'), 'Content-Transfer-Encoding: quoted-printable\r\n\r\na=C3'),
      'latin1',
    );
    const pieces = [
      '--b\r\n',
      '--b--',
      '\r\n\r\n',
      '\n',
      '=',
      ';',
      '"',
      '(',
      '\0',
      ':',
      'Content-Type: multipart/mixed',
      '\xff',
    ];
    let refused = 0;
    let random = 12_345;
    const next = (below: number) => {
      random = (random * 1_103_515_245 + 12_345) & 0x7fffffff;
      return (random >>> 8) % below;
    };
    for (let round = 0; round < 3000; round++) {
      let changed = mail;
      for (let i = next(4); i >= 0; i--) {
        const at = next(changed.length);
        const cut = next(3) === 0 ? next(40) : 0;
        const put = Buffer.from(pieces[next(pieces.length)]!, 'latin1');
        changed = Buffer.concat([changed.subarray(0, at), put, changed.subarray(at + cut)]);
      }
      try {
        await readLeaves(changed, 1 + next(200));
      } catch (error) {
        refused++;
        if (!(error instanceof RohrpostError)) throw error;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(2900);
  });
});

const PYTHON_COMPOSES = `
import base64, json, random, sys, email.policy
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email import encoders
random.seed(7)
leaves = []
def leaf(eol):
    kind = random.choice(['base64', 'qp', 'text'])
    part = MIMENonMultipart('application', 'dicom', name='ä.dcm') if kind != 'text' else MIMENonMultipart('text', 'plain')
    if kind == 'text':
        body = eol.join('line %d --' % i + '-' * random.randrange(4) for i in range(random.randrange(30)))
        part.set_payload(body)
        content = body.encode()
    else:
        content = random.randbytes(random.choice([0, 1, 2, 3, 57, 58, 200, 5000]))
        if kind == 'qp': content = content.replace(b'\\r', b'x').replace(b'\\n', b'y')
        part.set_payload(content)
        (encoders.encode_base64 if kind == 'base64' else encoders.encode_quopri)(part)
    leaves.append([part.get_content_type(), base64.b64encode(content).decode()])
    return part
def tree(depth, eol):
    if depth == 0: return leaf(eol)
    box = MIMEMultipart(random.choice(['mixed', 'related', 'alternative']))
    if random.random() < .3: box.preamble = 'hello'
    if random.random() < .3: box.epilogue = 'bye'
    for _ in range(random.randrange(1, 4)): box.attach(tree(random.randrange(depth), eol))
    return box
mails = []
for i in range(80):
    leaves.clear()
    eol = random.choice(['\\n', '\\r\\n'])
    message = tree(random.randrange(5), eol)
    message['From'] = 'a@b.example'
    raw = message.as_bytes(policy=email.policy.compat32.clone(linesep=eol))
    mails.append({'mail': base64.b64encode(raw).decode(), 'leaves': list(leaves)})
json.dump(mails, sys.stdout)
`;
