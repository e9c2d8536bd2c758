import { setTimeout as delay } from 'node:timers/promises';
import { RohrpostError } from '../core/errors.ts';
import { type MailLimits, mailLimits } from '../core/limits.ts';
import { parseAddress } from './address.ts';
import type { ImapAccount, ServerMail } from './imap.ts';
import { connectImap, type ImapConnection } from './imap-client.ts';
import { download } from './imap-download.ts';
import { openMailbox, putterAway } from './imap-folders.ts';
import { headerBlock, mailDate, parameter } from './lines.ts';

/**
 * A mail from a box to itself, to see that sending and collecting work. It carries none of the fields by which a box knows a
 * DICOM e-mail, and our own address is no partner's: the box that collects from the same mailbox leaves it where it is.
 */
export interface SelfMailHead {
  address: string;
  messageId: string;
  dateMs: number;
  boundary: string;
}

/** The mail up to its armored OpenPGP message (RFC 3156 §4); `outerTail` closes it. @throws mail-address-invalid */
export function selfMailHead({ address, messageId, dateMs, boundary }: SelfMailHead): Buffer {
  const own = parseAddress(address);
  return Buffer.concat([
    headerBlock([
      `From: ${own}`,
      `To: ${own}`,
      'Subject: Rohrpost: test',
      `Message-ID: ${messageId}`,
      `Date: ${mailDate(dateMs)}`,
      'MIME-Version: 1.0',
      'Auto-Submitted: auto-generated',
      'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";',
      `\t${parameter('boundary', boundary)}`,
    ]),
    headerBlock([`--${boundary}`, 'Content-Type: application/pgp-encrypted']),
    Buffer.from('Version: 1\r\n\r\n'),
    headerBlock([`--${boundary}`, 'Content-Type: application/octet-stream']),
  ]);
}

/** Every so many looks into the folder, the one for spam is looked into too. */
const LOOKS_PER_SPAM_LOOK = 4;

/**
 * Waits until the mail with this Message-ID is in the mailbox, brings it to `path`, and removes it there.
 * @returns the folder where it was: the collected one, or the one for spam
 * @throws transport-mail-not-seen when `self_mail_ms` are over, and the failures of the connection
 */
export async function fetchSelfMail(
  account: ImapAccount,
  o: { messageId: string; path: string; signal: AbortSignal; limits?: MailLimits },
): Promise<{ folder: string; isSpam: boolean }> {
  const limits = o.limits ?? mailLimits;
  const until_ms = performance.now() + limits.self_mail_ms;
  const connection = await connectImap(account, limits, o.signal);
  try {
    const spam = await spamFolder(connection, account.folder);
    for (let look = 1; ; look++) {
      if (o.signal.aborted) throw new RohrpostError('stopped');
      const isSpamsTurn = spam !== null && look % LOOKS_PER_SPAM_LOOK === 0;
      const folder = isSpamsTurn ? spam : account.folder;
      if (await takeFrom(connection, { ...account, folder }, o, limits)) return { folder, isSpam: isSpamsTurn };
      if (performance.now() > until_ms) {
        const seconds = Math.round(limits.self_mail_ms / 1000);
        throw new RohrpostError('transport-mail-not-seen', { details: { host: account.host, seconds } });
      }
      await delay(limits.self_mail_look_ms, undefined, { signal: o.signal }).catch(() => {});
    }
  } finally {
    connection.close();
  }
}

async function takeFrom(
  connection: ImapConnection,
  account: ImapAccount,
  { messageId, path }: { messageId: string; path: string },
  limits: MailLimits,
): Promise<boolean> {
  const { client, run } = connection;
  const { uidValidity } = await openMailbox(connection, account);
  const query = { header: { 'message-id': messageId } };
  const uids = await run('search', () => client.search(query, { uid: true }));
  const uid = Array.isArray(uids) ? uids[0] : undefined;
  if (uid === undefined) return false;
  const row = await run('fetch', () => client.fetchOne(String(uid), { uid: true, size: true }, { uid: true }));
  if (!row) return false;
  const mail: ServerMail = {
    ...{ uidValidity: String(uidValidity), uid, sizeBytes: row.size ?? 0, messageId },
    head: Buffer.alloc(0),
  };
  if ((await download(connection, mail, path, limits)) === null) return false;
  await putterAway(connection, { ...account, afterwards: { action: 'delete' } })(mail);
  return true;
}

/** The folder into which the provider sorts what it takes for spam (RFC 6154), by its levels. */
async function spamFolder({ client, run }: ImapConnection, collected: string): Promise<string | null> {
  const folders = await run('list', () => client.list());
  const found = folders.find(({ specialUse }) => specialUse === '\\Junk');
  const path = found?.path.split(found.delimiter || '/').join('/');
  return path && path !== collected ? path : null;
}
