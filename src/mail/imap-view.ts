import type { MailboxObject } from 'imapflow';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import type { MailLimits } from '../core/limits.ts';
import { Headers, readMessageId } from './headers.ts';
import type { MailKey, ServerMail } from './imap.ts';
import type { ImapConnection } from './imap-client.ts';

/**
 * What is known of a mailbox, so that each look at it costs little: which mails are other people's, which failed and wait
 * for their next try, how far this connection has looked. It saves work only; what was taken is in the durable ledger.
 */
export interface MailboxView {
  /**
   * The mails that need a decision, oldest first, then those whose next try is due. Each counts as failed, to be tried
   * again later, until `leave` or `done` says otherwise: a mail that breaks the connection does not hold up the others.
   */
  news(connection: ImapConnection, mailbox: MailboxObject): AsyncGenerator<ServerMail>;
  /** It is not ours, for good. */
  leave(mail: MailKey): void;
  /** It is put away, or gone. */
  done(mail: MailKey): void;
  /** With each new connection the whole mailbox is looked at. */
  forgetProgress(): void;
}

export function mailboxView(clock: Clock, limits: MailLimits): MailboxView {
  let uidValidity = '';
  let seenUpTo = 0;
  const left = new Set<number>();
  const failed = new Map<number, { tries: number; due: number }>();

  function begin(mailbox: MailboxObject): void {
    const current = String(mailbox.uidValidity);
    if (current === uidValidity) return;
    uidValidity = current; // all UIDs mean other mails now (F43)
    seenUpTo = 0;
    left.clear();
    failed.clear();
  }

  async function listNew(connection: ImapConnection): Promise<number[]> {
    const query = seenUpTo === 0 ? { all: true } : { uid: `${seenUpTo + 1}:*` };
    const found = await connection.run('search', () => connection.client.search(query, { uid: true }));
    if (!Array.isArray(found)) {
      throw new RohrpostError('transport-protocol', {
        details: { host: connection.client.host, phase: 'search', reason: 'SEARCH refused' },
      });
    }
    const uids = found.filter((uid) => uid > seenUpTo).sort((a, b) => a - b); // n:* names the last mail even if it is below n
    if (seenUpTo === 0) {
      const present = new Set(uids);
      for (const known of [left, failed]) for (const uid of known.keys()) if (!present.has(uid)) known.delete(uid);
    }
    return uids.filter((uid) => !left.has(uid));
  }

  function postpone(uid: number): void {
    const tries = failed.get(uid)?.tries ?? 0;
    failed.set(uid, { tries: tries + 1, due: clock.steady() + backoff(tries, limits) });
  }

  async function* news(connection: ImapConnection, mailbox: MailboxObject) {
    begin(mailbox);
    const now = clock.steady();
    const due = [...failed].filter(([uid, { due }]) => due <= now && uid <= seenUpTo).map(([uid]) => uid);
    const uids = (await listNew(connection)).filter((uid) => (failed.get(uid)?.due ?? 0) <= now);
    const todo = [...uids, ...due];
    for (let at = 0; at < todo.length; at += limits.head_batch) {
      const batch = todo.slice(at, at + limits.head_batch);
      const mails = await fetchHeads(connection, uidValidity, batch, limits);
      for (const uid of batch) {
        seenUpTo = Math.max(seenUpTo, uid);
        const mail = mails.get(uid);
        if (mail === undefined) {
          failed.delete(uid); // a person has moved or deleted it
          continue;
        }
        postpone(uid);
        yield mail;
      }
    }
  }

  return {
    news,
    leave({ uid }) {
      left.add(uid);
      failed.delete(uid);
    },
    done: ({ uid }) => void failed.delete(uid),
    forgetProgress() {
      seenUpTo = 0;
    },
  };
}

async function fetchHeads(connection: ImapConnection, uidValidity: string, uids: number[], limits: MailLimits) {
  const header = { key: 'HEADER', start: 0, maxLength: limits.header_bytes }; // BODY.PEEK: no flag changes
  const rows = await connection.run('headers', () =>
    connection.client.fetchAll(uids.join(','), { uid: true, size: true, bodyParts: [header] }, { uid: true }),
  );
  const mails = new Map<number, ServerMail>();
  for (const row of rows) {
    if (row.size === undefined) continue; // an unsolicited FETCH: somebody changed a flag
    const head = row.headers ?? Buffer.alloc(0);
    const messageId = readMessageId(new Headers(head).get('message-id'));
    mails.set(row.uid, { uidValidity, uid: row.uid, sizeBytes: row.size, messageId, head });
  }
  return mails;
}

/** How long to wait after the given number of failures in a row: doubling, with jitter, bounded. */
export function backoff(failures: number, limits: MailLimits): number {
  const most = Math.min(limits.backoff_last_ms, limits.backoff_first_ms * 2 ** Math.min(failures, 30));
  return most * (0.5 + Math.random() / 2);
}
