import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { mailLimits } from '../../src/core/limits.ts';
import { silentLog } from '../../src/core/log.ts';
import { type ListenerOptions, listenSmtp, type MailListener, type ReceivedMail } from '../../src/mail/listener.ts';
import { openSmtp } from '../../src/mail/smtp.ts';
import { type IssuedCertificate, makeCa, type TestCa } from '../support/ca.ts';
import { type RawClient, rawClient } from '../support/raw-lines.ts';

const OURS = 'box@clinic-b.example';
const THEIRS = 'box@clinic-a.example';

let folder: string;
let spool: string;
let ca: TestCa;
let tls: IssuedCertificate;
let received: ReceivedMail[];
const listeners: MailListener[] = [];
const clients: RawClient[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-listener-'));
  ca = await makeCa(join(folder, 'ca'));
  tls = await ca.issue({ names: ['localhost'] });
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  spool = await mkdtemp(join(folder, 'spool-'));
  received = [];
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.end();
  await Promise.all(listeners.splice(0).map((listener) => listener.stop()));
});

let count = 0;
async function listen(options: Partial<ListenerOptions> = {}): Promise<number> {
  const listener = await listenSmtp({
    host: '127.0.0.1',
    port: 0,
    tls,
    security: 'tls',
    hostname: 'box-b',
    address: OURS,
    maxBytes: 100_000_000,
    log: silentLog,
    clock: systemClock(),
    newPath: () => join(spool, `mail-${++count}`),
    received: async (mail) => void received.push(mail),
    ...options,
  });
  listeners.push(listener);
  return listener.port;
}

async function client(port: number, greeted = true): Promise<RawClient> {
  const raw = await rawClient(port, ca.caPem);
  clients.push(raw);
  if (greeted) {
    expect(await raw.say()).toMatch(/^220 box-b ESMTP/);
    expect(await raw.say('EHLO me')).toMatch(/^250/);
  }
  return raw;
}

/** Goes as far as the 354. */
async function atData(port: number): Promise<RawClient> {
  const raw = await client(port);
  expect(await raw.say(`MAIL FROM:<${THEIRS}>`)).toMatch(/^250/);
  expect(await raw.say(`RCPT TO:<${OURS}>`)).toMatch(/^250/);
  expect(await raw.say('DATA')).toMatch(/^354/);
  return raw;
}

const textOf = async (mail: ReceivedMail | undefined) => (await readFile(mail!.path)).toString('latin1');
const LIMITS = { ...mailLimits, socket_ms: 400, session_ms: 2_000, smtp_stop_ms: 300 };

describe('a mail taken', () => {
  test('is the bytes as they were sent, before 250 is said, private on disk', async () => {
    let stored = false;
    const port = await listen({
      received: async (mail) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        received.push(mail);
        stored = true;
      },
    });
    const raw = await atData(port);
    const sent = 'Subject: x\r\n\r\n.one dot\r\n..two\r\n.\ttab\r\nlast\r\n';
    expect(await raw.say(`${sent.replace(/^\./gm, '..')}.`)).toMatch(/^250 /);
    expect(stored).toBe(true);
    expect(await textOf(received[0])).toBe(sent);
    expect(received[0]).toMatchObject({
      sizeBytes: sent.length,
      sha256: createHash('sha256').update(sent).digest('hex'),
      envelopeFrom: THEIRS,
      peer: '127.0.0.1',
    });
    expect((await stat(received[0]!.path)).mode & 0o777).toBe(0o600);
  });

  test('our own sender to our own listener, 25 MB, by TLS and by STARTTLS, and from the null sender', async () => {
    const body = randomBytes(19_000_000).toString('base64').replace(/.{76}/g, '$&\r\n');
    const bytes = Buffer.from(`Subject: DICOM-eMail\r\n\r\n${body}\r\n`);
    const path = join(spool, 'out.eml');
    await writeFile(path, bytes);
    for (const security of ['tls', 'starttls'] as const) {
      const port = await listen({ security });
      const smtp = openSmtp({ host: 'localhost', port, security, ca: ca.caPem }, { log: silentLog });
      const result = await smtp.send({ path, from: '', to: OURS, sizeBytes: bytes.length });
      expect(result.kind).toBe('accepted');
      expect(await smtp.limit()).toBe(100_000_000);
      await smtp.close();
      const mail = received.pop()!;
      expect(mail.envelopeFrom).toBe('');
      expect((await readFile(mail.path)).equals(bytes)).toBe(true);
    }
  });

  test('several on one connection', async () => {
    const port = await listen();
    const raw = await atData(port);
    expect(await raw.say('one\r\n.')).toMatch(/^250/);
    await raw.say('MAIL FROM:<>');
    await raw.say(`RCPT TO:<${OURS}>`);
    await raw.say('DATA');
    expect(await raw.say('two\r\n.')).toMatch(/^250/);
    expect(await Promise.all(received.map(textOf))).toEqual(['one\r\n', 'two\r\n']);
  });
});

describe('what is not taken', () => {
  test('F31: nothing in clear: 530 before STARTTLS', async () => {
    const port = await listen({ security: 'starttls' });
    const raw = await rawClient(port);
    clients.push(raw);
    await raw.say();
    expect(await raw.say('EHLO me')).toContain('STARTTLS');
    expect(await raw.say(`MAIL FROM:<${THEIRS}>`)).toMatch(/^530 5\.7\.0/);
    expect(await raw.say('STARTTLS')).toMatch(/^220/);
    await raw.upgrade(ca.caPem);
    expect(await raw.say('EHLO me')).not.toContain('STARTTLS');
    expect(await raw.say(`MAIL FROM:<${THEIRS}>`)).toMatch(/^250/);
  });

  test('commands smuggled in before the TLS handshake are not run after it', async () => {
    const port = await listen({ security: 'starttls' });
    const raw = await rawClient(port);
    clients.push(raw);
    await raw.say();
    await raw.say('EHLO me');
    raw.raw(`STARTTLS\r\nMAIL FROM:<${THEIRS}>\r\n`);
    expect(await raw.say()).toMatch(/^220/);
    await raw.upgrade(ca.caPem);
    await raw.say('EHLO me');
    expect(await raw.say(`RCPT TO:<${OURS}>`)).toMatch(/^503/);
  });

  test('other recipients: no relay, one recipient only', async () => {
    const port = await listen();
    const raw = await client(port);
    await raw.say(`MAIL FROM:<${THEIRS}>`);
    for (const other of [
      'someone@clinic-b.example',
      'x@evil.example',
      'box%evil.example@clinic-b.example',
      'postmaster',
    ]) {
      expect(await raw.say(`RCPT TO:<${other}>`)).toMatch(/^550 5\.1\.1/);
    }
    expect(await raw.say(`RCPT TO:<${OURS.toUpperCase()}>`)).toMatch(/^250/);
    expect(await raw.say('RCPT TO:<second@clinic-b.example>')).toMatch(/^452/);
  });

  test('F30: announced too large: 552 at once; unannounced: 552 and no file', async () => {
    const port = await listen({ maxBytes: 1_000 });
    const raw = await client(port);
    expect(await raw.say('EHLO me')).toContain('SIZE 1000');
    expect(await raw.say(`MAIL FROM:<${THEIRS}> SIZE=1001`)).toMatch(/^552 5\.3\.4/);
    const liar = await atData(port);
    liar.raw(`${'x'.repeat(998)}\r\n`.repeat(50));
    expect(await liar.say('.')).toMatch(/^552 5\.3\.4/);
    expect(await readdir(spool)).toEqual([]);
    expect(received).toEqual([]);
  });

  test('the largest mail that SIZE allows is taken', async () => {
    const port = await listen({ maxBytes: 1_000 });
    const raw = await atData(port);
    expect(await raw.say(`${'x'.repeat(998)}\r\n.`)).toMatch(/^250/);
    expect(received[0]!.sizeBytes).toBe(1_000);
  });

  test('F05: a full disk: 452 at MAIL; a failed store: 451 with the code word, no file', async () => {
    const full = await listen({ refuse: () => new RohrpostError('disk-full', { details: { free_bytes: 0 } }) });
    expect(await (await client(full)).say('MAIL FROM:<>')).toMatch(/^452 .*disk-full/);
    const failing = await listen({
      received: async () => {
        throw new RohrpostError('disk-error', { details: { reason: 'EIO' } });
      },
    });
    expect(await (await atData(failing)).say('x\r\n.')).toMatch(/^451 .*disk-error/);
    expect(await readdir(spool)).toEqual([]);
  });

  test('a path that exists already is neither overwritten nor removed', async () => {
    const path = join(spool, 'taken');
    await writeFile(path, 'other mail');
    const port = await listen({ newPath: () => path });
    expect(await (await atData(port)).say('x\r\n.')).toMatch(/^451/);
    expect(await readFile(path, 'utf8')).toBe('other mail');
  });
});

describe('smuggling: only CRLF . CRLF ends a mail', () => {
  test.each([
    ['LF . LF', 'a\n.\nMAIL FROM:<evil@evil.example>\r\n'],
    ['LF . CRLF', 'a\n.\r\nb\r\n'],
    ['CRLF . LF', 'a\r\n.\nb\r\n'],
    ['CR . CR', 'a\r.\rb\r\n'],
    ['CRLF . CR', 'a\r\n.\rb\r\n'],
  ])('%s is content', async (_name, bytes) => {
    const port = await listen();
    const raw = await atData(port);
    raw.raw(bytes);
    expect(await raw.say('.')).toMatch(/^250/);
    expect(await Promise.all(received.map(textOf))).toEqual([bytes]);
    expect(await raw.say('NOOP')).toMatch(/^250/);
  });

  test('dots and the end split over packets at every place', async () => {
    const port = await listen();
    const wire = '..\r\n...\r\nx\r\n..y\r\n\r\n.\r\n';
    const raw = await client(port);
    for (let at = 1; at < wire.length; at++) {
      for (const line of ['MAIL FROM:<>', `RCPT TO:<${OURS}>`, 'DATA']) expect(await raw.say(line)).toMatch(/^[23]/);
      raw.raw(wire.slice(0, at));
      await new Promise((resolve) => setTimeout(resolve, 3));
      raw.raw(wire.slice(at));
      expect(await raw.say()).toMatch(/^250/);
      expect(await textOf(received.pop())).toBe('.\r\n..\r\nx\r\n.y\r\n\r\n');
    }
  });
});

describe('hostile and broken senders', () => {
  test('F32: a connection cut in the middle of a mail leaves nothing', async () => {
    const port = await listen();
    const raw = await atData(port);
    raw.raw('x'.repeat(500_000));
    await until(async () => (await readdir(spool)).length === 1);
    raw.end();
    await until(async () => (await readdir(spool)).length === 0);
    expect(received).toEqual([]);
  });

  test('F09: a sender that trickles is cut off, and leaves nothing', async () => {
    const port = await listen({ limits: { ...LIMITS, socket_ms: 300 } });
    const raw = await atData(port);
    const trickle = setInterval(() => raw.raw('x'), 20);
    expect(await raw.say()).toMatch(/^421/);
    clearInterval(trickle);
    expect(await readdir(spool)).toEqual([]);
  });

  test('F09: a sender that says nothing is cut off', async () => {
    const port = await listen({ limits: { ...LIMITS, socket_ms: 200 } });
    expect(await (await client(port)).say()).toMatch(/^421/);
  });

  test('F09: a session that only chats is cut off', async () => {
    const port = await listen({ limits: { ...LIMITS, smtp_session_ms: 300 } });
    const raw = await client(port);
    const replies: string[] = [];
    await until(async () => {
      replies.push(await raw.say('NOOP'));
      return replies.at(-1) === 'CLOSED';
    });
    expect(replies.some((line) => line.startsWith('421'))).toBe(true);
  });

  test('F09: one peer cannot take all connections, and the others are given back', async () => {
    const port = await listen({ limits: { ...LIMITS, socket_ms: 5_000, smtp_connections_per_peer: 3 } });
    for (let i = 0; i < 3; i++) await client(port);
    expect(await (await client(port, false)).say()).toBe('CLOSED');
    for (const raw of clients.splice(0)) raw.end();
    await until(async () => (await (await client(port, false)).say()).startsWith('220'));
  });

  test('F08: no TLS, garbage for TLS, cut in the handshake: the others are served', async () => {
    for (const security of ['tls', 'starttls'] as const) {
      const port = await listen({ security, limits: { ...mailLimits, smtp_connections_per_peer: 100 } });
      for (let i = 0; i < 30; i++) {
        const raw = await rawClient(port);
        if (security === 'starttls' && i < 5) {
          await raw.say();
          await raw.say('EHLO me');
          await raw.say('STARTTLS');
        }
        if (i % 3 !== 0) raw.raw(randomBytes(i * 20));
        raw.end();
      }
      const smtp = openSmtp({ host: 'localhost', port, security, ca: ca.caPem }, { log: silentLog });
      expect(await smtp.limit()).toBe(100_000_000);
      await smtp.close();
    }
  });

  test('F08: an endless command line ends the connection', async () => {
    const port = await listen();
    const raw = await client(port);
    raw.raw('X'.repeat(200_000));
    expect(await raw.say()).toMatch(/^421/);
  });

  test('stop in the middle of a mail: the sender hears it, nothing is left, the port is free', async () => {
    const port = await listen({ limits: LIMITS });
    const raw = await atData(port);
    raw.raw('x'.repeat(100_000));
    await until(async () => (await readdir(spool)).length === 1);
    clients.push(await rawClient(port)); // one that never begins its TLS handshake
    await listeners.pop()!.stop();
    expect(await raw.say()).toMatch(/^421|CLOSED/);
    expect(await readdir(spool)).toEqual([]);
    await listen({ port });
  });

  test('a port in use has a code', async () => {
    const port = await listen();
    await expect(listen({ port })).rejects.toMatchObject({ code: 'transport-listen-failed' });
  });
});

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error('never came true');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
