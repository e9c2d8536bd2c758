// Runs as a process of its own, so that its peak memory is that of one transfer: `node one-transfer.ts JSON`.
import { rm } from 'node:fs/promises';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { collectMail, type ImapAccount } from '../../src/mail/imap.ts';
import { type ListenerOptions, listenSmtp } from '../../src/mail/listener.ts';
import { type OutgoingMail, openSmtp, type SmtpAccount } from '../../src/mail/smtp.ts';

export type Transfer =
  | { kind: 'send'; account: SmtpAccount; mail: OutgoingMail }
  | { kind: 'listen'; options: Pick<ListenerOptions, 'tls' | 'address' | 'maxBytes'>; path: string }
  | { kind: 'collect'; account: ImapAccount; path: string };

const transfer = JSON.parse(process.argv[2] ?? '') as Transfer;
const clock = systemClock();
const say = (words: object) => process.stdout.write(`${JSON.stringify(words)}\n`);

if (transfer.kind === 'send') {
  const smtp = openSmtp(transfer.account, { log: silentLog });
  const result = await smtp.send(transfer.mail);
  await smtp.close();
  say({ kind: result.kind });
} else if (transfer.kind === 'listen') {
  const arrived = Promise.withResolvers<{ sizeBytes: number; sha256: string }>();
  const listener = await listenSmtp({
    ...transfer.options,
    ...{ host: '127.0.0.1', port: 0, security: 'tls', hostname: 'box-b', log: silentLog, clock },
    newPath: () => transfer.path,
    received: async (mail) => arrived.resolve(mail),
  });
  say({ port: listener.port });
  const { sizeBytes, sha256 } = await arrived.promise;
  await listener.stop();
  say({ sizeBytes, sha256 });
} else {
  const arrived = Promise.withResolvers<{ sizeBytes: number; sha256: string }>();
  const collector = collectMail(transfer.account, {
    clock,
    log: silentLog,
    wanted: () => 'take',
    newPath: () => transfer.path,
    taken: async (mail) => arrived.resolve(mail),
    alreadyTaken: () => false,
    gone: () => {},
    onState: ({ error }) => error && say({ error: error.code, details: error.details }),
  });
  const { sizeBytes, sha256 } = await arrived.promise;
  await collector.stop();
  say({ sizeBytes, sha256 });
}
if (transfer.kind !== 'send') await rm(transfer.path);
say({ peak_mb: Math.round(process.resourceUsage().maxRSS / 1024) });
