import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { errorText } from '../../src/core/errors.ts';
import { hashFile } from '../../src/core/files.ts';
import { sha256 } from '../../src/core/ids.ts';
import { mailLimits } from '../../src/core/limits.ts';
import { silentLog } from '../../src/core/log.ts';
import {
  type OutgoingMail,
  openSmtp,
  type SendResult,
  type SmtpAccount,
  type SmtpSender,
  testSmtp,
} from '../../src/mail/smtp.ts';
import { type IssuedCertificate, makeCa, type TestCa } from '../support/ca.ts';
import { type HostileSmtp, type HostileSmtpOptions, startHostileSmtp } from '../support/hostile-smtp.ts';

const QUICK = { ...mailLimits, session_ms: 800, connect_ms: 800, socket_ms: 500, answer_ms: 500 };
const FROM = 'box@clinic-a.example';
const TO = 'box@clinic-b.example';

let folder: string;
let ca: TestCa;
let tls: IssuedCertificate;
let mailPath: string;
let largePath: string;
const LARGE_BYTES = 3_000_000;
const mailText = `Subject: DICOM-eMail\r\n\r\n.a line that begins with a dot\r\n..two\r\n${'x'.repeat(70)}\r\n`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-smtp-'));
  ca = await makeCa(join(folder, 'ca'));
  tls = await ca.issue({ names: ['localhost'], ips: ['127.0.0.1'] });
  mailPath = join(folder, 'small.eml');
  await writeFile(mailPath, mailText);
  largePath = join(folder, 'large.eml');
  await writeFile(largePath, `${'y'.repeat(78)}\r\n`.repeat(LARGE_BYTES / 80));
});
afterAll(() => rm(folder, { recursive: true }));

const open: { stop?(): Promise<unknown>; close?(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await (thing.stop?.() ?? thing.close?.());
});

async function start(options: HostileSmtpOptions = {}): Promise<HostileSmtp> {
  const server = await startHostileSmtp({ tls, security: 'tls', ...options });
  open.push(server);
  return server;
}

function sender(port: number, account: Partial<SmtpAccount> = {}, maxConnections = 2): SmtpSender {
  const smtp = openSmtp(
    { host: 'localhost', port, security: 'tls', ca: ca.caPem, ...account },
    { log: silentLog, limits: QUICK, maxConnections },
  );
  open.push(smtp);
  return smtp;
}

const small = () => ({ path: mailPath, from: FROM, to: TO, sizeBytes: Buffer.byteLength(mailText) });
const large = () => ({ path: largePath, from: FROM, to: TO, sizeBytes: LARGE_BYTES });

async function sendThrough(
  options: HostileSmtpOptions,
  account: Partial<SmtpAccount> = {},
  mail: OutgoingMail = small(),
) {
  const server = await start(options);
  const result = await sender(server.port, { security: options.security ?? 'tls', ...account }).send(mail);
  return { server, result };
}

function failure(result: SendResult) {
  expect(result.kind).toBe('failed');
  const { error } = result as Extract<SendResult, { kind: 'failed' }>;
  expect(errorText(error.code, 'de', error.details)).not.toContain('?');
  return { code: error.code, retry: error.retry, ...error.details };
}

describe('what goes well', () => {
  test.each(['tls', 'starttls'] as const)('a mail arrives byte for byte, dots and all, by %s', async (security) => {
    const { server, result } = await sendThrough({ security });
    expect(result).toEqual({ kind: 'accepted', response: '250 2.0.0 queued as FAKE' });
    expect(server.mails.map(String)).toEqual([mailText]);
    expect(server.commands).toContain(`RCPT TO:<${TO}>`);
  });

  test('the null sender of receipts is sent as <>', async () => {
    const { server, result } = await sendThrough({}, {}, { ...small(), from: '' });
    expect(result.kind).toBe('accepted');
    expect(server.commands).toContain('MAIL FROM:<>');
  });

  test('one connection carries many mails, and another is opened when the server ends it', async () => {
    for (const farewell of [undefined, '421 4.4.2 idle for too long']) {
      const server = await start({ mailsPerConnection: 3, farewell });
      const smtp = sender(server.port, {}, 1);
      for (let i = 0; i < 7; i++) expect((await smtp.send(small())).kind).toBe('accepted');
      expect(server.mails.length).toBe(7);
      expect(server.connections).toBe(3);
    }
  });

  test('progress is told, and SIZE is told to the server', async () => {
    const server = await start({ size: 10_000_000 });
    const seen: number[] = [];
    const smtp = sender(server.port);
    expect((await smtp.send(large(), { onProgress: (bytes) => seen.push(bytes) })).kind).toBe('accepted');
    expect(seen.at(-1)).toBe(LARGE_BYTES);
    expect(seen.length).toBeGreaterThan(10);
    expect(server.commands).toContain(`MAIL FROM:<${FROM}> SIZE=${LARGE_BYTES}`);
    expect(await smtp.limit()).toBe(10_000_000);
    expect(server.connections).toBe(1);
  });

  test('the words of the server are shown for the doctor', async () => {
    const server = await start({ size: 77, security: 'starttls' });
    const words = await testSmtp({ host: '127.0.0.1', port: server.port, security: 'starttls', ca: ca.caPem });
    expect(words).toMatchObject({ greeting: '220 fake ESMTP', size: 77, auth: false });
    expect(words.tls).toMatch(/^TLSv1\.[23] /);
    expect(words.ehlo.join()).toContain('SIZE 77');
  });
});

describe('F31: the connection', () => {
  test('a name that does not resolve', async () => {
    const result = await sender(25, { host: 'nowhere.invalid' }).send(small());
    expect(failure(result)).toMatchObject({ code: 'transport-host-unknown', retry: 'later' });
  });

  test('a closed port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(failure(await sender(port).send(small()))).toMatchObject({
      code: 'transport-connect-failed',
      retry: 'later',
    });
  });

  test('a certificate for another name', async () => {
    const other = await ca.issue({ names: ['mail.example'] });
    const { server, result } = await sendThrough({ tls: other });
    expect(failure(result)).toMatchObject({ code: 'transport-certificate-name', retry: 'operator' });
    expect(server.commands).toEqual([]);
  });

  test('an expired certificate, by TLS and by STARTTLS', async () => {
    const expired = await ca.issue({ names: ['localhost'], expired: true });
    for (const security of ['tls', 'starttls'] as const) {
      const { server, result } = await sendThrough({ tls: expired, security });
      expect(failure(result)).toMatchObject({ code: 'transport-certificate-expired', retry: 'later' });
      expect(server.commands.join()).not.toContain('MAIL');
    }
  });

  test('a certificate of an authority nobody named', async () => {
    const stranger = await makeCa(join(folder, 'stranger'));
    const { result } = await sendThrough({ tls: await stranger.issue({ names: ['localhost'] }) });
    expect(failure(result)).toMatchObject({ code: 'transport-certificate-untrusted', retry: 'operator' });
  });

  test('STARTTLS stripped from EHLO: no login and no mail in clear', async () => {
    const { server, result } = await sendThrough(
      { security: 'starttls', stripped: true },
      { user: 'a', password: 'geheim' },
    );
    expect(failure(result)).toMatchObject({ code: 'transport-tls-refused', retry: 'operator' });
    expect(server.commands.join()).not.toMatch(/AUTH|MAIL/);
  });

  test('a clear-text server behind an account set to TLS', async () => {
    const { result } = await sendThrough({ security: 'starttls' }, { security: 'tls' });
    expect(failure(result)).toMatchObject({ code: 'transport-tls-refused' });
  });

  test('refused by the greeting, now and for good', async () => {
    const later = await sendThrough({ on: { greeting: '421 4.7.0 try again later' } });
    expect(failure(later.result)).toMatchObject({ code: 'transport-refused-later', smtp_code: 421 });
    const never = await sendThrough({ on: { greeting: '554 5.7.1 listed as spammer' } });
    expect(failure(never.result)).toMatchObject({ code: 'transport-server-refused', retry: 'operator' });
  });

  test.each(['greeting', 'ehlo', 'mail', 'rcpt', 'data'] as const)(
    'silence at %s ends by a deadline',
    async (moment) => {
      const { result } = await sendThrough({ on: { [moment]: 'SILENCE' } });
      expect(failure(result)).toMatchObject({ code: 'transport-timed-out', retry: 'later' });
    },
  );
});

describe('F32: the line is cut', () => {
  test.each(['greeting', 'ehlo', 'mail', 'rcpt', 'data'] as const)('at %s: failed, retry', async (moment) => {
    const { result } = await sendThrough({ on: { [moment]: 'CUT' } });
    expect(failure(result)).toMatchObject({ code: 'transport-connection-lost', retry: 'later' });
  });

  test('in the middle of the mail: failed, retry', async () => {
    const { server, result } = await sendThrough({ within: { bytes: 100_000, act: 'CUT' } }, {}, large());
    expect(failure(result)).toMatchObject({ code: 'transport-connection-lost', retry: 'later', phase: 'data' });
    expect(server.mails).toEqual([]);
  });

  test('after the final dot: unknown, for a small and a large mail', async () => {
    for (const mail of [small(), large()]) {
      const { server, result } = await sendThrough({ on: { dot: 'CUT' } }, {}, mail);
      expect(result.kind).toBe('unknown');
      expect((result as { error: { code: string } }).error.code).toBe('transport-outcome-unknown');
      expect(server.mails.length).toBe(1);
    }
  });

  test('no answer to the final dot: unknown, by its own deadline', async () => {
    expect((await sendThrough({ on: { dot: 'SILENCE' } })).result.kind).toBe('unknown');
  });

  test('a half answer to the final dot is no answer', async () => {
    expect((await sendThrough({ on: { dot: '250-2.0.0 wait' } })).result.kind).toBe('unknown');
  });

  test('a server that stops reading in the middle of the mail: timed out, retry', async () => {
    const mail = { ...large(), path: await sparse(50_000_000), sizeBytes: 50_000_000 };
    const { result } = await sendThrough({ within: { bytes: 10_000, act: 'STALL' } }, {}, mail);
    expect(failure(result)).toMatchObject({ code: 'transport-timed-out', retry: 'later', phase: 'data' });
  });

  test('an early "250" in the middle of the mail is not taken for acceptance', async () => {
    const { server, result } = await sendThrough(
      { within: { bytes: 10_000, act: '250 2.0.0 surprise' } },
      {},
      { ...large(), path: await sparse(50_000_000), sizeBytes: 50_000_000 },
    );
    expect(failure(result)).toMatchObject({ code: 'transport-protocol' });
    expect(server.mails).toEqual([]);
  });

  test('stopped by the caller: failed before the dot, unknown after it', async () => {
    for (const [moment, kind] of [
      ['mail', 'failed'],
      ['dot', 'unknown'],
    ] as const) {
      const server = await start({ on: { [moment]: 'SILENCE' } });
      const stop = new AbortController();
      const result = sender(server.port).send(small(), { signal: stop.signal });
      setTimeout(() => stop.abort(), 200);
      expect((await result).kind).toBe(kind);
    }
  });
});

async function sparse(bytes: number): Promise<string> {
  const path = join(folder, `sparse-${bytes}.eml`);
  await writeFile(path, '');
  await truncate(path, bytes);
  return path;
}

describe('what the server says', () => {
  test.each([
    ['F34', { mail: '421 4.7.0 too many connections' }, 'transport-refused-later', 'later'],
    ['F34', { rcpt: '450 4.2.0 greylisted' }, 'transport-refused-later', 'later'],
    ['F34', { rcpt: '451 4.7.1 greylisted' }, 'transport-refused-later', 'later'],
    ['F34', { dot: '452 4.3.1 no room' }, 'transport-refused-later', 'later'],
    ['F34', { dot: '451 4.3.0 try later' }, 'transport-refused-later', 'later'],
    ['F36', { mail: '550 5.7.1 not you' }, 'transport-sender-refused', 'operator'],
    ['F36', { rcpt: '550 5.1.1 no such user' }, 'transport-recipient-refused', 'operator'],
    ['F36', { rcpt: '552 5.2.2 mailbox full' }, 'transport-mailbox-full', 'later'],
    ['F36', { dot: '554 5.7.1 content refused' }, 'transport-content-refused', 'never'],
    ['F30', { mail: '552 5.3.4 message too big' }, 'transport-too-large', 'never'],
    ['F35', { mail: '530 5.7.0 authentication required' }, 'transport-auth-failed', 'operator'],
  ] as const)('%s: %j is %s (%s)', async (_fault, on, code, retry) => {
    for (const pipelining of [true, false]) {
      const { result } = await sendThrough({ on, pipelining });
      const words = Object.values(on)[0] as string;
      expect(failure(result)).toMatchObject({ code, retry, reason: words, smtp_code: Number(words.slice(0, 3)) });
    }
  });

  test('F30: a lowered limit is learned from the words of the refusal', async () => {
    const on = { dot: '552 5.3.4 message size 3000000 exceeds the limit of 2 MB' };
    const { result } = await sendThrough({ on }, {}, large());
    expect(failure(result)).toMatchObject({ code: 'transport-too-large', limit_bytes: 2 * 1024 * 1024 });
  });

  test('F30: a mail above the announced SIZE is not even offered', async () => {
    const { server, result } = await sendThrough({ size: 1_000_000 }, {}, large());
    expect(failure(result)).toMatchObject({
      code: 'transport-too-large',
      limit_bytes: 1_000_000,
      size_bytes: LARGE_BYTES,
    });
    expect(server.commands.join()).not.toContain('MAIL');
  });

  test('F35: a refused login is tried once, not once per mail', async () => {
    const server = await start({ auth: true, on: { auth: '535 5.7.8 wrong password' } });
    const smtp = sender(server.port, { user: 'a', password: 'falsch' }, 5);
    const results = await Promise.all(Array.from({ length: 20 }, () => smtp.send(small())));
    for (const result of results) {
      expect(failure(result)).toMatchObject({ code: 'transport-auth-failed', retry: 'operator', smtp_code: 535 });
    }
    expect(server.commands.filter((line) => line.startsWith('AUTH')).length).toBe(1);
  });

  test('F35: a login that fails for the moment is no wrong password', async () => {
    const { result } = await sendThrough(
      { auth: true, on: { auth: '454 4.7.0 try later' } },
      { user: 'a', password: 'b' },
    );
    expect(failure(result)).toMatchObject({ code: 'transport-refused-later' });
  });

  test('F35: a server without AUTH gets no mail of an account with a login', async () => {
    const { server, result } = await sendThrough({ auth: false }, { user: 'a', password: 'b' });
    expect(failure(result)).toMatchObject({ code: 'transport-auth-failed' });
    expect(server.commands.join()).not.toContain('MAIL');
  });

  test('the password is in no error', async () => {
    const { result } = await sendThrough(
      { auth: true, on: { auth: '535 5.7.8 no' } },
      { user: 'a', password: 'streng-geheim' },
    );
    const { error } = result as Extract<SendResult, { kind: 'failed' }>;
    expect(JSON.stringify([error.message, error.details])).not.toContain('streng-geheim');
  });
});

describe('our own side', () => {
  test('F37: two recipients in one address are refused before anything is sent', async () => {
    const server = await start();
    const smtp = sender(server.port);
    for (const to of [
      `${TO}, x@evil.example`,
      `${TO}\r\nRCPT TO:<x@evil.example>`,
      '"a@evil.example x"@good.example',
    ]) {
      await expect(smtp.send({ ...small(), to })).rejects.toMatchObject({ code: 'mail-address-invalid' });
    }
    expect(server.connections).toBe(0);
  });

  test('F24: a mail file that became shorter or longer is never finished with a dot', async () => {
    for (const difference of [-1, 1]) {
      const { server, result } = await sendThrough({}, {}, { ...large(), sizeBytes: LARGE_BYTES + difference });
      expect(failure(result)).toMatchObject({ code: 'transport-file-unusable', retry: 'operator' });
      expect(server.mails).toEqual([]);
    }
  });

  test('F24: a mail file of other bytes is never finished with a dot', async () => {
    for (const [mail, path] of [
      [small(), mailPath],
      [large(), largePath],
    ] as const) {
      const sealed = await hashFile(path);
      expect((await sendThrough({}, {}, { ...mail, sha256: sealed })).server.mails).toHaveLength(1);
      const { server, result } = await sendThrough({}, {}, { ...mail, sha256: sha256(sealed) });
      expect(failure(result)).toMatchObject({ code: 'transport-file-unusable', reason: 'SHA-256' });
      expect(server.mails).toEqual([]);
    }
  });

  test('a mail file that is gone', async () => {
    const { server, result } = await sendThrough({}, {}, { ...small(), path: join(folder, 'gone.eml') });
    expect(failure(result)).toMatchObject({ code: 'transport-file-unusable', reason: 'ENOENT' });
    expect(server.mails).toEqual([]);
  });

  test('F41: hundreds of waiting mails use no more connections than allowed', async () => {
    const server = await start();
    const smtp = sender(server.port, {}, 3);
    const results = await Promise.all(Array.from({ length: 200 }, () => smtp.send(small())));
    expect(results.every((result) => result.kind === 'accepted')).toBe(true);
    expect(server.connections).toBeLessThanOrEqual(3);
    expect(server.mails.length).toBe(200);
  });

  test('close ends what is under way and what waits', async () => {
    const server = await start({ on: { mail: 'SILENCE' } });
    const smtp = sender(server.port, {}, 1);
    const results = [smtp.send(small()), smtp.send(small()), smtp.send(small())];
    await new Promise((resolve) => setTimeout(resolve, 100));
    await smtp.close();
    for (const result of await Promise.all(results)) expect(failure(result).code).toBe('stopped');
  });
});
