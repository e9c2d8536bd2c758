import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import XOAuth2 from 'nodemailer/lib/xoauth2';
import { RohrpostError } from '../core/errors.ts';
import type { MailLimits } from '../core/limits.ts';
import type { OutgoingMail, SendOptions, SendResult, SmtpAccount } from './smtp.ts';
import { type SmtpMoment, smtpFailure, wasAnswered } from './smtp-replies.ts';
import { clientTls, withDeadline } from './tls.ts';

/** One conversation with the mail server: encrypted, logged in, ready for mails one after another. */
export interface SmtpSession {
  /** The SIZE the server announced, null for none (RFC 1870). */
  readonly size_limit_bytes: number | null;
  readonly words: { greeting: string; ehlo: string[]; tls: string };
  /** Whether the server offers AUTH. */
  readonly auth_offered: boolean;
  readonly alive: boolean;
  /**
   * Sends one mail. `repeatable`: the connection was gone before the server took notice of this mail, so that another
   * connection may try at once.
   */
  transfer(mail: OutgoingMail, options: SendOptions): Promise<{ result: SendResult; repeatable: boolean }>;
  /** Says QUIT if nothing is under way; never waits. */
  close(): void;
}

/**
 * Opens an SMTP conversation up to and including the login.
 * @throws every transport-… code that smtpFailure knows
 */
export async function openSession(
  account: SmtpAccount,
  limits: MailLimits,
  signal?: AbortSignal,
): Promise<SmtpSession> {
  const moment: SmtpMoment = { server: account, phase: 'connect' };
  const { connection, lost, greeting } = connectionOf(account, limits);
  const step = (run: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((yes, no) => {
      if (lost.aborted) no(lost.reason);
      lost.addEventListener('abort', () => no(lost.reason), { once: true });
      run((error) => (error ? no(error) : yes()));
    });
  const begin = async () => {
    await step((done) => connection.connect(done));
    assert(connection.secure, 'nodemailer went on without TLS');
    const ehlo = String(connection.lastServerResponse || '').split(/\r?\n/);
    if (account.user !== undefined) {
      moment.phase = 'login';
      if (!connection.allowsAuth) {
        throw new RohrpostError('transport-auth-failed', {
          details: { host: account.host, reason: `AUTH is not offered: ${ehlo.join(' ')}`.slice(0, 500) },
        });
      }
      await step((done) => connection.login(credentials(account), done));
    }
    return ehlo;
  };
  const onAbort = () => connection.close();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const ehlo = await withDeadline(begin(), {
      ms: limits.session_ms,
      host: account.host,
      phase: moment.phase,
      giveUp: () => connection.close(),
    });
    return sessionOn(connection, lost, account, limits, { greeting: greeting(), ehlo, tls: tlsWords(connection) });
  } catch (error) {
    connection.close();
    throw smtpFailure(error, moment);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A connection of nodemailer that never speaks in clear, and a signal that aborts when it is lost, with the reason. */
function connectionOf(account: SmtpAccount, limits: MailLimits) {
  let greeting = '';
  const hear = (entry: { tnx?: string }, words: string) => {
    if (entry.tnx === 'server' && greeting === '') greeting = words;
  };
  const ignore = () => {};
  const connection = new SMTPConnection({
    host: account.host,
    port: account.port,
    secure: account.security === 'tls',
    requireTLS: account.security === 'starttls',
    tls: clientTls(account),
    name: account.clientName,
    connectionTimeout: limits.session_ms,
    greetingTimeout: limits.session_ms,
    dnsTimeout: limits.connect_ms,
    socketTimeout: limits.answer_ms + limits.socket_ms, // the outer bound; `transfer` watches each phase
    maxResponseSize: 64 * 1024,
    allowInternalNetworkInterfaces: true, // two boxes on one machine, without any other network
    transactionLog: true, // of which only the greeting is kept
    logger: { trace: ignore, debug: hear, info: ignore, warn: ignore, error: ignore, fatal: ignore },
  });
  const end = new AbortController();
  const lose = (error: Error) => end.abort(error);
  connection.on('error', lose);
  // nodemailer tells the reason, where there is one, to a callback that runs right after this event
  connection.on('end', () =>
    setImmediate(lose, Object.assign(new Error('connection closed'), { code: 'ECONNECTION' })),
  );
  return { connection, lost: end.signal, greeting: () => greeting };
}

function credentials(account: SmtpAccount) {
  const { user = '', password = '', accessToken } = account;
  if (accessToken === undefined) return { user, credentials: { user, pass: password } };
  return { user, method: 'XOAUTH2', oauth2: new XOAuth2({ user, accessToken }) };
}

function tlsWords(connection: SMTPConnection): string {
  const socket = connection._socket;
  return socket instanceof TLSSocket ? `${socket.getProtocol()} ${socket.getCipher().name}` : '';
}

function sizeIn(ehlo: string[]): number | null {
  for (const line of ehlo) {
    const size = Number(/^250[ -]SIZE[ \t]+(\d{1,15})\s*$/i.exec(line)?.[1] ?? 0);
    if (size > 0) return size;
  }
  return null;
}

function sessionOn(
  connection: SMTPConnection,
  lost: AbortSignal,
  account: SmtpAccount,
  limits: MailLimits,
  words: SmtpSession['words'],
): SmtpSession {
  const size_limit_bytes = sizeIn(words.ehlo);
  let busy = false;
  const close = () => {
    if (connection.destroyed) return;
    if (busy) return connection.close();
    busy = true; // QUIT ends this connection; nothing may follow it
    connection.quit();
    setTimeout(() => connection.close(), 1_000).unref();
  };

  const transfer: SmtpSession['transfer'] = async (mail, options) => {
    const moment: SmtpMoment = { server: account, phase: 'envelope', size_bytes: mail.sizeBytes };
    if (size_limit_bytes !== null && mail.sizeBytes > size_limit_bytes) {
      return { result: { kind: 'failed', error: tooLarge(account.host, mail, size_limit_bytes) }, repeatable: false };
    }
    const watch = watchdog(account.host, lost, options.signal);
    const source = mailStream(mail, watch.bark, (sent, last) => {
      // Once the last byte is handed over, the final dot may be on its way: from here on a lost answer leaves us unsure.
      // (It may also wait in a buffer still. To call that "unknown" is safe: the same mail is offered again either way.)
      moment.phase = last ? 'answer' : 'data';
      watch.expect(moment.phase, last ? limits.answer_ms : limits.socket_ms);
      options.onProgress?.(sent);
    });
    busy = true;
    try {
      watch.expect(moment.phase, limits.socket_ms);
      const envelope = { from: mail.from, to: [mail.to], size: mail.sizeBytes };
      const sent = new Promise<{ accepted: string[]; rejected: string[]; response: string }>((yes, no) =>
        connection.send(envelope, source, (error, info) => (error ? no(error) : yes(info as never))),
      );
      const info = await Promise.race([sent, watch.barked]);
      if (moment.phase !== 'answer' || info.rejected.length > 0 || info.accepted.length !== 1) {
        throw Object.assign(new Error(`unexpected reply: ${info.response}`), { code: 'EPROTOCOL' });
      }
      busy = false;
      return { result: { kind: 'accepted', response: info.response }, repeatable: false };
    } catch (error) {
      connection.close(); // whatever the server still expects, the next mail begins with a clean conversation
      return { result: outcome(error, moment), repeatable: moment.phase === 'envelope' && !isAboutMail(error) };
    } finally {
      watch.end();
      source.destroy();
    }
  };

  return {
    size_limit_bytes,
    auth_offered: connection.allowsAuth,
    words,
    transfer,
    close,
    get alive() {
      return !connection.destroyed && !busy;
    },
  };
}

function tooLarge(host: string, mail: OutgoingMail, limit_bytes: number): RohrpostError {
  const reason = `SIZE ${limit_bytes}`;
  return new RohrpostError('transport-too-large', {
    details: { host, size_bytes: mail.sizeBytes, limit_bytes, reason },
  });
}

/** A server that only says goodbye (421, RFC 5321 §3.8) has not judged the mail. */
function isAboutMail(thrown: unknown): boolean {
  return wasAnswered(thrown) && (thrown as { responseCode?: number }).responseCode !== 421;
}

function outcome(thrown: unknown, moment: SmtpMoment): SendResult {
  const error = smtpFailure(thrown, moment);
  if (moment.phase !== 'answer' || wasAnswered(thrown)) return { kind: 'failed', error };
  return {
    kind: 'unknown',
    error: new RohrpostError('transport-outcome-unknown', {
      cause: error,
      details: { host: moment.server.host, reason: String(error.details.reason ?? error.code) },
    }),
  };
}

/**
 * Rejects `barked` when a phase outlasts what was allowed for it, when the connection is lost, or when the caller's signal
 * aborts. It lets go of both at the end: a connection lives for many mails.
 */
function watchdog(host: string, lost: AbortSignal, signal?: AbortSignal) {
  let timer: NodeJS.Timeout | undefined;
  let bark: (error: Error) => void = () => {};
  const barked = new Promise<never>((_, reject) => {
    bark = reject;
  });
  barked.catch(() => {});
  const onLost = () => bark(lost.reason);
  const onAbort = () => bark(new RohrpostError('stopped', { cause: signal?.reason }));
  if (lost.aborted) onLost();
  if (signal?.aborted) onAbort();
  lost.addEventListener('abort', onLost, { once: true });
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    barked,
    bark,
    expect(phase: string, ms: number) {
      clearTimeout(timer);
      timer = setTimeout(
        () => bark(new RohrpostError('transport-timed-out', { details: { host, phase, timeout_ms: ms } })),
        ms,
      );
    },
    end() {
      clearTimeout(timer);
      lost.removeEventListener('abort', onLost);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

/**
 * The mail file as a stream that ends only if it has exactly the bytes it should have: a shorter, longer or altered file
 * breaks the stream, and so the final dot is never sent (F24). `onBroken` hears of that first (nodemailer overwrites the
 * code of an error that passes through it); `onSent` hears the bytes handed over, and whether they were the last.
 */
function mailStream(
  mail: OutgoingMail,
  onBroken: (error: RohrpostError) => void,
  onSent: (sent_bytes: number, last: boolean) => void,
): Readable {
  const broken = (reason: string, cause?: unknown) => {
    onBroken(new RohrpostError('transport-file-unusable', { cause, details: { size_bytes: mail.sizeBytes, reason } }));
    return new Error('mail file unusable');
  };
  async function* bytes() {
    const hash = createHash('sha256');
    let sent = 0;
    let isAltered = false;
    try {
      for await (const chunk of createReadStream(mail.path)) {
        sent += chunk.length;
        if (sent > mail.sizeBytes) break;
        hash.update(chunk);
        isAltered = sent === mail.sizeBytes && mail.sha256 !== undefined && hash.digest('hex') !== mail.sha256;
        if (isAltered) break;
        yield chunk;
        onSent(sent, false);
      }
    } catch (cause) {
      throw broken((cause as NodeJS.ErrnoException).code ?? 'read error', cause);
    }
    if (sent !== mail.sizeBytes) throw broken(`${sent} bytes`);
    if (isAltered) throw broken('SHA-256');
    onSent(sent, true);
  }
  return Readable.from(bytes(), { objectMode: false, highWaterMark: 64 * 1024 });
}
