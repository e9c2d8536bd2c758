import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chown, copyFile, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCa } from '../support/ca.ts';
import { type Mailhost, startMailhost } from '../support/mailhost.ts';
import type { Transfer } from './one-transfer.ts';

const LARGE_BYTES = 300 * 1024 * 1024;
const PEAK_MB = 200;
const US = 'box@clinic-b.example';

let folder: string;
let host: Mailhost;
let mailPath: string;
let sha256: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-memory-'));
  [host] = await Promise.all([startMailhost(), writeMail()]);
});
afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true });
});

async function writeMail(): Promise<void> {
  mailPath = join(folder, 'large.eml');
  const hash = createHash('sha256');
  const file = await open(mailPath, 'wx');
  const head = Buffer.from('Message-ID: <large@clinic-a.example>\r\n\r\n'.padStart(1024 * 64, 'X-Filler: x\r\n'));
  const lines = Buffer.from(`${'x'.repeat(62)}\r\n`.repeat(1024));
  for (let bytes = 0; bytes < LARGE_BYTES; bytes += lines.length) {
    const chunk = bytes === 0 ? head : lines;
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  await file.close();
  sha256 = hash.digest('hex');
}

const children: ChildProcess[] = [];
afterAll(() => children.forEach((child) => void child.kill('SIGKILL')));

/** Starts one transfer in a process of its own; each call of `next` gives what it says next. */
function start(transfer: Transfer) {
  const script = join(import.meta.dirname, 'one-transfer.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(transfer)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    ended: once(child, 'exit'),
    next: async () => JSON.parse((await lines.next()).value ?? '{}') as Record<string, unknown>,
  };
}

test('F08: 300 MB from our sender to our listener: each stays flat in memory', async () => {
  const ca = await makeCa(join(folder, 'ca'));
  const tls = await ca.issue({ names: ['localhost'] });
  const options = { tls, address: US, maxBytes: LARGE_BYTES };
  const listening = start({ kind: 'listen', options, path: join(folder, 'listened.eml') });
  const port = Number((await listening.next()).port);
  const sending = start({
    kind: 'send',
    account: { host: 'localhost', port, security: 'tls', ca: ca.caPem },
    mail: { path: mailPath, from: '', to: US, sizeBytes: LARGE_BYTES },
  });
  expect(await sending.next()).toEqual({ kind: 'accepted' });
  expect(await listening.next()).toEqual({ sizeBytes: LARGE_BYTES, sha256 });
  for (const process of [sending, listening]) {
    const { peak_mb } = await process.next();
    expect(peak_mb).toBeGreaterThan(30);
    expect(peak_mb).toBeLessThan(PEAK_MB);
    await process.ended;
  }
});

test('F44: 300 MB from Dovecot stays flat in memory', async () => {
  const { address, password } = host.users.b!;
  await host.doveadm('mailbox', 'status', '-u', address, 'messages', 'INBOX'); // makes the Maildir
  const target = join(host.folder, 'mail', address, 'Maildir', 'new', '1.large.test');
  await copyFile(mailPath, target);
  await chown(target, 8, 8); // Debian's fixed id of the user mail
  const collecting = start({
    kind: 'collect',
    account: {
      ...{ host: 'localhost', port: host.imap.portTls, security: 'tls', ca: host.ca, user: address, password },
      ...{ folder: 'INBOX', afterwards: { action: 'delete' } },
    },
    path: join(folder, 'collected.eml'),
  });
  expect(await collecting.next()).toEqual({ sizeBytes: LARGE_BYTES, sha256 });
  const { peak_mb } = await collecting.next();
  expect(peak_mb).toBeGreaterThan(30);
  expect(peak_mb).toBeLessThan(PEAK_MB);
  await collecting.ended;
});
