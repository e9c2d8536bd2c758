import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log.ts';
import { type ImapAccount, testImap } from '../../src/mail/imap.ts';
import { openSmtp, type SmtpAccount, testSmtp } from '../../src/mail/smtp.ts';
import { type Collecting, collecting } from '../support/collecting.ts';
import { type Mailhost, startMailhost } from '../support/mailhost.ts';

let folder: string;
let host: Mailhost;
const open: { stop(): Promise<void> }[] = [];
const SIZE_LIMIT = 40_000_000;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-mail-'));
  const users = Array.from({ length: 10 }, (_, i) => `u${i}@clinic-b.example`);
  host = await startMailhost({ users, sizeLimit: SIZE_LIMIT });
});
afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.stop();
});

function smtpAccount(account: Partial<SmtpAccount> = {}): SmtpAccount {
  const { address, password } = host.users.a!;
  return {
    host: 'localhost',
    port: host.smtp.port,
    security: 'starttls',
    ca: host.ca,
    user: address,
    password,
    ...account,
  };
}

function imapAccount(address: string, account: Partial<ImapAccount> = {}): ImapAccount {
  return {
    host: 'localhost',
    port: host.imap.portTls,
    security: 'tls',
    ca: host.ca,
    user: address,
    password: host.users[address]?.password ?? host.users.b!.password,
    folder: 'INBOX',
    afterwards: { action: 'move', folder: 'Rohrpost/Erledigt' },
    ...account,
  };
}

let count = 0;
async function post(to: string, o: { bytes?: number; ours?: boolean; account?: Partial<SmtpAccount> } = {}) {
  const id = ++count;
  const field = (o.ours ?? true) ? `X-TELEMEDICINE-SETID: s${id}` : 'Subject: Mittagessen?';
  const body = randomBytes(((o.bytes ?? 1_000) * 3) / 4)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  const head = [
    `From: <${host.users.a!.address}>`,
    `To: <${to}>`,
    'Date: Sat, 21 Nov 2026 12:00:00 +0000', // Postfix adds what is missing, in the middle of the header
    `Message-ID: <${id}@clinic-a.example>`,
    field,
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n.dot\r\n${body}\r\n`);
  const path = join(folder, `out-${id}.eml`);
  await writeFile(path, bytes);
  const smtp = openSmtp(smtpAccount(o.account), { log: silentLog });
  const result = await smtp.send({ path, from: host.users.a!.address, to, sizeBytes: bytes.length });
  await smtp.close();
  return { result, bytes, path };
}

async function collect(address: string, o: Parameters<typeof collecting>[2] = {}, account: Partial<ImapAccount> = {}) {
  const spool = await mkdtemp(join(folder, 'in-'));
  const now = collecting(imapAccount(address, account), spool, o);
  open.push(now.collector);
  return now;
}

const inbox = async (address: string, mailbox = 'INBOX') =>
  Number(
    /messages=(\d+)/.exec(
      await host.doveadm('mailbox', 'status', '-u', address, 'messages', mailbox.replace('/', '.')),
    )?.[1],
  );

async function delivered(address: string, mails: number) {
  for (const deadline = performance.now() + 15_000; (await inbox(address)) !== mails; ) {
    if (performance.now() > deadline)
      throw new Error(`${await inbox(address)} of ${mails} mails\n${await host.logs()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('Postfix and Dovecot, the good way', () => {
  test.each([
    ['STARTTLS', 'u0@clinic-b.example', 'starttls'],
    ['TLS', 'u1@clinic-b.example', 'tls'],
  ] as const)(
    '25 MB by %s out and in: byte for byte, and put into a folder that was not there',
    async (_n, to, security) => {
      const smtpPort = security === 'tls' ? host.smtp.portTls : host.smtp.port;
      const sent = await post(to, { bytes: 25_000_000, account: { security, port: smtpPort } });
      expect(sent.result).toMatchObject({ kind: 'accepted' });
      const imapPort = security === 'tls' ? host.imap.portTls : host.imap.port;
      const now = await collect(to, {}, { security, port: imapPort });
      await now.until(() => now.taken.length === 1);
      const file = await readFile(now.taken[0]!.path);
      expect(file.length).toBe(now.taken[0]!.sizeBytes);
      expect(file.subarray(-sent.bytes.length).equals(sent.bytes)).toBe(true); // below the trace fields of the servers
      await now.until(() => now.states.at(-1)?.state === 'idle');
      expect(await inbox(to)).toBe(0);
      expect(await inbox(to, 'Rohrpost/Erledigt')).toBe(1);
      expect((await stat(now.taken[0]!.path)).mode & 0o777).toBe(0o600);
    },
  );

  test('SIZE is learned, and a mail above it is not offered', async () => {
    const smtp = openSmtp(smtpAccount(), { log: silentLog });
    expect(await smtp.limit()).toBe(SIZE_LIMIT);
    await smtp.close();
    const { result } = await post('u0@clinic-b.example', { bytes: SIZE_LIMIT });
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'transport-too-large' } });
  });

  test('F36: Postfix knows no such user', async () => {
    const { result } = await post('niemand@clinic-b.example');
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'transport-recipient-refused', retry: 'operator' } });
  });

  test('F35: a wrong password, out and in', async () => {
    const { result } = await post('u0@clinic-b.example', { account: { password: 'falsch' } });
    expect(result).toMatchObject({ kind: 'failed', error: { code: 'transport-auth-failed' } });
    const now = await collect('u0@clinic-b.example', {}, { password: 'falsch' });
    await now.until(() => now.errors().includes('transport-auth-failed'));
  });

  test('XOAUTH2 out and in, and refused with a wrong token', async () => {
    const { address } = host.users.a!;
    const accessToken = host.accessToken(address);
    const { result } = await post('u2@clinic-b.example', { account: { password: undefined, accessToken } });
    expect(result.kind).toBe('accepted');
    const token = { password: undefined, accessToken: host.accessToken('u2@clinic-b.example') };
    const now = await collect('u2@clinic-b.example', {}, token);
    await now.until(() => now.taken.length === 1);
    const wrong = { password: undefined, accessToken: `${accessToken}x` };
    expect((await post('u2@clinic-b.example', { account: wrong })).result).toMatchObject({
      error: { code: 'transport-auth-failed' },
    });
    const refused = await collect('u2@clinic-b.example', {}, wrong);
    await refused.until(() => refused.errors().includes('transport-auth-failed'));
  });

  test('the words of both servers are shown for the doctor', async () => {
    const smtp = await testSmtp(smtpAccount());
    expect(smtp).toMatchObject({ size: SIZE_LIMIT, auth: true });
    expect(smtp.greeting).toContain('ESMTP Postfix');
    const imap = await testImap(imapAccount(host.users.b!.address));
    expect(imap.greeting).toContain('Dovecot');
    expect(imap.capabilities).toContain('IDLE');
    expect(imap.folders).toContain('INBOX');
    expect(imap.tls).toMatch(/^TLSv1\.[23] /);
    const wrong = testImap(imapAccount(host.users.b!.address, { folder: 'gibt-es-nicht' }));
    await expect(wrong).rejects.toMatchObject({ code: 'transport-folder-missing' });
  });
});

describe('a mailbox as it is in life', () => {
  test("F58: other people's mail keeps its place and its flags; IDLE tells of ours", async () => {
    const user = 'u3@clinic-b.example';
    await post(user, { ours: false });
    await post(user, { ours: false });
    await delivered(user, 2);
    await host.doveadm('flags', 'add', '-u', user, '\\Flagged', 'mailbox', 'INBOX', 'uid', '1');
    const flags = async () => {
      const told = await host.doveadm('fetch', '-u', user, 'uid flags', 'mailbox', 'INBOX', 'all');
      return told.replaceAll(/ *\\Recent| +$/gm, ''); // which is the server's own and goes to whoever looks first
    };
    const before = await flags();
    const now = await collect(user, {}, { afterwards: { action: 'delete' } });
    await now.until(() => now.states.some((state) => state.state === 'idle'));
    await post(user);
    await now.until(() => now.taken.length === 1);
    await now.until(() => now.states.at(-1)?.state === 'idle' && now.states.at(-1)?.mailbox?.messages === 2);
    expect(await flags()).toBe(before);
    expect(now.taken.map((mail) => mail.uid)).toEqual([3]);
  });

  test('F42: killed between taken and moved: the next run moves it and does not fetch it again', async () => {
    const user = 'u4@clinic-b.example';
    await post(user);
    await delivered(user, 1);
    const first: Collecting = await collect(user, {}, { afterwards: { action: 'move', folder: 'a//b' } }); // refused
    await first.until(() => first.taken.length === 1 && first.errors().length > 0);
    await first.collector.stop();
    expect(await inbox(user)).toBe(1);
    const second = await collect(user, { ledger: first.ledger });
    await second.until(() => second.states.at(-1)?.mailbox?.messages === 0);
    expect(second.taken).toEqual([]);
    expect(await inbox(user, 'Rohrpost/Erledigt')).toBe(1);
  });

  test('F43: UIDVALIDITY changed: all is seen again, nothing is taken twice, nothing is missed', async () => {
    const user = 'u5@clinic-b.example';
    await post(user);
    await post(user);
    await delivered(user, 2);
    const stuck = { afterwards: { action: 'move', folder: 'a//b' } } as const;
    const first = await collect(user, {}, stuck);
    await first.until(() => first.taken.length === 2);
    await first.collector.stop();
    const maildir = join(host.folder, 'mail', user, 'Maildir');
    for (const name of await readdir(maildir)) if (name.startsWith('dovecot')) await rm(join(maildir, name));
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // UIDVALIDITY is a time in seconds
    await post(user);
    const second = await collect(user, { ledger: first.ledger });
    await second.until(() => second.states.at(-1)?.mailbox?.messages === 0 && second.taken.length === 1);
    expect(second.taken[0]!.uidValidity).not.toBe(first.taken[0]!.uidValidity);
    expect(await inbox(user, 'Rohrpost/Erledigt')).toBe(3);
  });

  test('F43: a person empties the mailbox while we collect', async () => {
    const user = 'u6@clinic-b.example';
    for (let i = 0; i < 3; i++) await post(user);
    await delivered(user, 3);
    const now = await collect(user, {
      taken: async () => void (await host.doveadm('expunge', '-u', user, 'mailbox', 'INBOX', 'all')),
    });
    await now.until(() => now.taken.length === 1 && now.states.at(-1)?.mailbox?.messages === 0);
    expect(now.errors()).toEqual([]);
    await post(user);
    await now.until(() => now.taken.length === 2);
  });

  test('F41: many mails at once come in order, over few connections', async () => {
    const user = 'u7@clinic-b.example';
    const smtp = openSmtp(smtpAccount(), { log: silentLog, maxConnections: 4 });
    const path = join(folder, 'small.eml');
    const bytes = Buffer.from('X-TELEMEDICINE-SETID: s\r\n\r\nx\r\n');
    await writeFile(path, bytes);
    const mail = { path, from: host.users.a!.address, to: user, sizeBytes: bytes.length };
    const results = await Promise.all(Array.from({ length: 60 }, () => smtp.send(mail)));
    await smtp.close();
    expect(results.every((result) => result.kind === 'accepted')).toBe(true);
    await delivered(user, 60);
    const taken: number[] = [];
    const now = await collect(user, { alreadyTaken: () => false, taken: async ({ uid }) => void taken.push(uid) });
    await now.until(() => taken.length === 60 && now.states.at(-1)?.mailbox?.messages === 0);
    expect(taken).toEqual([...taken].sort((a, b) => a - b));
  });

  test('F42: the file could not be made durable: fetched again, once it can', async () => {
    const user = 'u8@clinic-b.example';
    await post(user);
    let attempts = 0;
    const now = await collect(user, {
      taken: async () => {
        if (++attempts < 3) throw new RohrpostError('disk-error', { details: { reason: 'EIO' } });
      },
    });
    await now.until(() => now.taken.length === 1);
    expect(attempts).toBe(3);
    expect(now.errors().filter((code) => code === 'disk-error').length).toBeGreaterThanOrEqual(2);
  });
});
