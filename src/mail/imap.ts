import type { MailboxObject } from 'imapflow';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, type RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import { type MailLimits, mailLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { connectImap, type ImapConnection } from './imap-client.ts';
import { download, oversized } from './imap-download.ts';
import { openMailbox, putterAway } from './imap-folders.ts';
import { backoff, mailboxView } from './imap-view.ts';
import type { ServerAddress } from './tls.ts';

/** The mailbox from which mails are collected. */
export interface ImapAccount extends ServerAddress {
  user: string;
  password?: string;
  /** OAuth 2.0 token for XOAUTH2, instead of a password. */
  accessToken?: string;
  /** Usually INBOX. Levels of folders are separated by `/`, whatever the server uses. */
  folder: string;
  /** What becomes of a mail on the server once it is durably ours. The folder is made if it is missing. */
  afterwards: { action: 'move'; folder: string } | { action: 'delete' };
}

/** A mail on the server. Its UID means something only together with the mailbox's UIDVALIDITY (RFC 9051 §2.3.1.1). */
export interface ServerMail {
  uidValidity: string;
  uid: number;
  /** RFC822.SIZE as the server tells it. */
  sizeBytes: number;
  /** With its angle brackets. */
  messageId: string | null;
  /** The raw header block, at most `header_bytes` of it. */
  head: Buffer;
}

export type MailKey = Omit<ServerMail, 'head'>;

export interface CollectorState {
  state: 'connected' | 'idle' | 'collecting' | 'disconnected';
  /** What went wrong last, with the connection or with a single mail. */
  error?: RohrpostError;
  mailbox?: { messages: number };
}

export interface CollectorOptions {
  clock: Clock;
  log: Log;
  limits?: MailLimits;
  /** Decided from the header alone. 'leave': other people's mail; it stays as it is, flags included. */
  wanted(mail: ServerMail): 'take' | 'leave';
  /** Where the next mail goes (a path that does not exist yet). */
  newPath(): string;
  /**
   * Resolves when file and row are durable (the callee syncs); only then is the mail moved or deleted on the server.
   * When it rejects, the file is removed and the mail stays on the server, to be fetched again later.
   */
  taken(mail: ServerMail & { path: string; sha256: string }): Promise<void>;
  /** The durable ledger: such a mail is not downloaded again, only moved or deleted. */
  alreadyTaken(key: MailKey): boolean;
  /** A mail that was to be taken is not there any more: somebody else took it away meanwhile. */
  gone(): void;
  onState(state: CollectorState): void;
}

export interface Collector {
  /** Resolves when nothing is under way any more; a `taken` that runs is waited for. */
  stop(): Promise<void>;
  /** Looks into the mailbox now. */
  wake(): void;
}

/**
 * Collects mail for as long as it is not stopped: connects (again, with back-off), looks into the mailbox at once, then
 * whenever IDLE tells of news and at least every `poll_ms`. No failure ends it; all are told to `onState`.
 */
export function collectMail(account: ImapAccount, o: CollectorOptions): Collector {
  const limits = o.limits ?? mailLimits;
  const log = o.log.with({ host: account.host, port: account.port });
  const stop = new AbortController();
  const bell = doorbell(o.clock, stop.signal);
  const view = mailboxView(o.clock, limits);

  async function work(): Promise<void> {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      try {
        const connection = await connectImap(account, limits, stop.signal);
        connection.client.on('exists', bell.ring);
        connection.client.on('close', bell.ring);
        try {
          await attend(connection, () => {
            failures = 0;
          });
        } finally {
          connection.client.off('close', bell.ring);
          connection.close();
        }
      } catch (thrown) {
        if (stop.signal.aborted) return;
        const error = asRohrpostError(thrown, 'internal');
        log.warn('mailbox connection ended', { code: error.code, reason: String(error.details.reason ?? '') });
        o.onState({ state: 'disconnected', error });
        bell.silence(); // it rang for the end of this connection
        await bell.wait(error.code === 'transport-auth-failed' ? limits.auth_pause_ms : backoff(failures, limits));
      }
    }
  }

  /** Serves one connection until it fails. */
  async function attend(connection: ImapConnection, onSuccess: () => void): Promise<void> {
    o.onState({ state: 'connected' });
    view.forgetProgress();
    const putAway = putterAway(connection, account);
    for (;;) {
      const mailbox = await openMailbox(connection, account);
      const error = await look(connection, mailbox, putAway);
      onSuccess();
      if (stop.signal.aborted) return;
      o.onState({ state: 'idle', error, mailbox: { messages: mailbox.exists } });
      connection.client.idle().catch(() => {}); // its failure shows in the next command, which also ends it
      await bell.wait(limits.poll_ms);
      await connection.run('noop', () => connection.client.noop());
    }
  }

  /** Goes through what is new in the mailbox. Resolves with the last failure of a single mail, if there was one. */
  async function look(connection: ImapConnection, mailbox: MailboxObject, putAway: (mail: MailKey) => Promise<void>) {
    let last: RohrpostError | undefined;
    for await (const mail of view.news(connection, mailbox)) {
      if (stop.signal.aborted) return last;
      o.onState({ state: 'collecting', error: last, mailbox: { messages: mailbox.exists } });
      try {
        if (!o.alreadyTaken(mail)) {
          if (o.wanted(mail) === 'leave') {
            view.leave(mail);
            continue;
          }
          if (await take(connection, mail)) await putAway(mail);
          else o.gone();
        } else await putAway(mail);
        view.done(mail);
      } catch (thrown) {
        if (connection.client.isClosed) throw thrown;
        last = ours(thrown);
        log.warn('mail not collected', { code: last.code, uid: mail.uid, size_bytes: mail.sizeBytes });
        if (!last.code.startsWith('transport-')) return last; // our side: the next mails would fare no better
      }
    }
    return last;
  }

  /** Brings one mail into our hands; false when it is gone from the server meanwhile. */
  async function take(connection: ImapConnection, mail: ServerMail): Promise<boolean> {
    if (mail.sizeBytes > limits.mail_bytes) throw oversized(mail.sizeBytes, limits);
    const path = o.newPath();
    const sha256 = await download(connection, mail, path, limits);
    if (sha256 === null) return false;
    try {
      await o.taken({ ...mail, path, sha256 });
    } catch (error) {
      await removeFile(path);
      throw error;
    }
    return true;
  }

  const ended = work();
  return {
    wake: bell.ring,
    async stop() {
      stop.abort();
      bell.ring();
      await ended;
    },
  };
}

/** What the doctor and the wizard show of a mail server. */
export interface ImapWords {
  greeting: string;
  capabilities: string[];
  /** Protocol and cipher. */
  tls: string;
  messages: number;
  folders: string[];
}

/**
 * Connects, logs in, looks at the folders, leaves.
 * @throws transport-… codes with the server's own words in `details.reason`
 */
export async function testImap(account: ImapAccount, limits: MailLimits = mailLimits): Promise<ImapWords> {
  const connection = await connectImap(account, limits);
  try {
    const { client } = connection;
    const folders = await connection.run('list', () => client.list());
    const mailbox = await openMailbox(connection, account);
    const words = {
      greeting: client.greeting ?? '',
      capabilities: [...client.capabilities.keys()],
      tls: client.tls ? `${client.tls.version} ${client.tls.standardName ?? client.tls.name}` : '',
      messages: mailbox.exists,
      folders: folders.map((folder) => folder.path),
    };
    await connection.run('logout', () => client.logout()).catch(() => {}); // the words are there; farewell is courtesy
    return words;
  } finally {
    connection.close();
  }
}

/** A failure of a callback or of our disk, which is none of the mail server's. */
function ours(thrown: unknown): RohrpostError {
  const ofTheSystem = (thrown as NodeJS.ErrnoException).syscall !== undefined;
  return asRohrpostError(thrown, ofTheSystem ? 'disk-error' : 'internal');
}

/** A wait that a ring ends; a ring before the wait counts too. */
function doorbell(clock: Clock, stop: AbortSignal) {
  let rung = false;
  let nap: AbortController | undefined;
  return {
    ring: () => {
      rung = true;
      nap?.abort();
    },
    silence: () => {
      rung = false;
    },
    async wait(ms: number): Promise<void> {
      if (!rung && !stop.aborted) {
        nap = new AbortController();
        await clock.sleep(ms, nap.signal).catch(() => {});
      }
      rung = false;
    },
  };
}
