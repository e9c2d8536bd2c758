import { RohrpostError } from '../core/errors.ts';
import { type MailLimits, mailLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { parseAddress } from './address.ts';
import { slotsOf } from './slots.ts';
import { openSession, type SmtpSession } from './smtp-session.ts';
import type { ServerAddress } from './tls.ts';

/** The account at a mail server through which mails leave. Without `user` there is no login (another box's listener). */
export interface SmtpAccount extends ServerAddress {
  user?: string;
  password?: string;
  /** OAuth 2.0 token for XOAUTH2, instead of a password. */
  accessToken?: string;
  /** The name in EHLO; the machine's own when absent. */
  clientName?: string;
}

export interface OutgoingMail {
  /** A finished message file: 7-bit, CRLF line ends. */
  path: string;
  /** Envelope sender; '' for receipts (null sender, RFC 8098 §3). */
  from: string;
  /** The one recipient. */
  to: string;
  sizeBytes: number;
  /** Lower-case hex; a file of other bytes is not sent to its end. */
  sha256?: string | undefined;
}

export interface SendOptions {
  signal?: AbortSignal;
  onProgress?(sentBytes: number): void;
}

/**
 * accepted: the server has it. failed: it has not, and the error says whether offering it again can help. unknown: the
 * connection broke after the final dot and before the answer; the same bytes with the same Message-ID must be offered
 * again.
 */
export type SendResult =
  | { kind: 'accepted'; response: string }
  | { kind: 'failed'; error: RohrpostError }
  | { kind: 'unknown'; error: RohrpostError };

export interface SmtpSender {
  /** @throws mail-address-invalid; everything the world can do comes back as a result. */
  send(mail: OutgoingMail, options?: SendOptions): Promise<SendResult>;
  /** The SIZE limit as last announced, null for none; asks the server if it never was. @throws transport-… codes */
  limit(): Promise<number | null>;
  /** Ends all conversations; sends under way end as failed or unknown. */
  close(): Promise<void>;
}

/**
 * Opens a sender: at most `maxConnections` conversations (2 by default), opened when needed, one after another, and
 * kept for a while. After a refused login no other is tried for `auth_pause_ms`, so that a queue of mails does not lock
 * the account; a new sender (new settings) tries at once.
 */
export function openSmtp(
  account: SmtpAccount,
  options: { log: Log; maxConnections?: number; limits?: MailLimits },
): SmtpSender {
  const limits = options.limits ?? mailLimits;
  const log = options.log.with({ host: account.host, port: account.port });
  const spare = new Map<SmtpSession, NodeJS.Timeout>();
  const slots = slotsOf(options.maxConnections ?? 2);
  const stop = new AbortController();
  let sizeLimit: number | null | undefined;
  let loginRefused: { error: RohrpostError; until: number } | undefined;
  let opening: Promise<unknown> = Promise.resolve();

  const open = (signal: AbortSignal): Promise<SmtpSession> => {
    const opened = opening.then(async () => {
      if (signal.aborted) throw new RohrpostError('stopped');
      if (loginRefused && performance.now() < loginRefused.until) throw loginRefused.error;
      try {
        const session = await openSession(account, limits, signal);
        sizeLimit = session.size_limit_bytes;
        return session;
      } catch (thrown) {
        const error = thrown as RohrpostError;
        if (error.code === 'transport-auth-failed') {
          loginRefused = { error, until: performance.now() + limits.auth_pause_ms };
        }
        throw error;
      }
    });
    opening = opened.catch(() => {});
    return opened;
  };

  const takeSpare = (): SmtpSession | undefined => {
    for (const [session, timer] of spare) {
      clearTimeout(timer);
      spare.delete(session);
      if (session.alive) return session;
    }
    return undefined;
  };

  const putBack = (session: SmtpSession) => {
    if (!session.alive) return;
    if (stop.signal.aborted) return session.close();
    const timer = setTimeout(() => {
      spare.delete(session);
      session.close();
    }, limits.spare_ms);
    spare.set(session, timer.unref());
  };

  const offer = async (mail: OutgoingMail, sendOptions: SendOptions, signal: AbortSignal): Promise<SendResult> => {
    for (;;) {
      const kept = takeSpare();
      const session = kept ?? (await open(signal));
      const { result, repeatable } = await session.transfer(mail, { ...sendOptions, signal });
      putBack(session);
      // A kept connection that the server has dropped meanwhile says nothing about this mail.
      if (!(kept && repeatable) || signal.aborted) return result;
    }
  };

  return {
    async send(mail, sendOptions = {}) {
      parseAddress(mail.to); // one mailbox and nothing that a server could read as two (F37, F38)
      if (mail.from !== '') parseAddress(mail.from);
      const signal = AbortSignal.any([stop.signal, ...(sendOptions.signal ? [sendOptions.signal] : [])]);
      const result = await slots
        .run(signal, () => offer(mail, sendOptions, signal))
        .catch((thrown): SendResult => ({ kind: 'failed', error: signal.aborted ? stopped(thrown) : thrown }));
      log.debug('mail offered', {
        kind: result.kind,
        size_bytes: mail.sizeBytes,
        code: result.kind === 'accepted' ? undefined : result.error.code,
      });
      return result;
    },
    async limit() {
      if (sizeLimit === undefined) putBack(await open(stop.signal));
      return sizeLimit ?? null;
    },
    async close() {
      stop.abort();
      for (const [session, timer] of spare) {
        clearTimeout(timer);
        session.close();
      }
      spare.clear();
      await slots.idle();
      await opening;
    },
  };
}

/** The words of a server, for a person who sets up an account. */
export interface SmtpWords {
  greeting: string;
  ehlo: string[];
  /** Protocol and cipher. */
  tls: string;
  size: number | null;
  /** Whether the server offers a login; if the account has one, it passed. */
  auth: boolean;
}

/**
 * Opens one conversation, logs in where the account has a login, says QUIT.
 * @throws transport-… codes with the server's own words in `details.reason`
 */
export async function testSmtp(
  account: SmtpAccount,
  o: { limits?: MailLimits; signal?: AbortSignal } = {},
): Promise<SmtpWords> {
  const session = await openSession(account, o.limits ?? mailLimits, o.signal);
  session.close();
  return { ...session.words, size: session.size_limit_bytes, auth: session.auth_offered };
}

function stopped(cause: unknown): RohrpostError {
  return new RohrpostError('stopped', { cause });
}
