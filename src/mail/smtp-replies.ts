import { type Details, type ErrorCode, RohrpostError, reasonOf } from '../core/errors.ts';
import { connectionFailure, type ServerAddress } from './tls.ts';

/** What nodemailer's errors carry: the reply that failed, and the command it answered. */
interface SmtpError {
  code?: string;
  command?: string;
  response?: string;
  responseCode?: number;
}

/** What was going on when it failed. */
export interface SmtpMoment {
  server: ServerAddress;
  phase: string;
  size_bytes?: number;
}

/**
 * Names a failure of an SMTP conversation by the reply (RFC 5321 §4.2, enhanced codes of RFC 3463) and the command it
 * answered, or as a failure of the connection when there was no reply. Details: `reason` (the server's own words),
 * `smtp_code`, `enhanced`.
 */
export function smtpFailure(thrown: unknown, moment: SmtpMoment): RohrpostError {
  if (thrown instanceof RohrpostError) return thrown;
  const error = thrown as SmtpError;
  const reply = replyOf(error);
  const details: Details = {
    host: moment.server.host,
    port: moment.server.port,
    phase: moment.phase,
    reason: reasonOf(error.response ?? thrown),
    smtp_code: reply?.code,
    enhanced: reply?.enhanced,
  };
  const make = (code: ErrorCode, more: Details = {}) =>
    new RohrpostError(code, { cause: thrown, details: { ...details, ...more } });
  if (reply && isTooLarge(reply)) {
    const limit_bytes = limitIn(error.response ?? '', moment.size_bytes);
    return make('transport-too-large', { size_bytes: moment.size_bytes, limit_bytes });
  }
  if (reply) return make(codeOf(reply, error.command ?? ''));
  if (error.code === 'EAUTH') return make('transport-auth-failed');
  if (error.code === 'EPROTOCOL' || error.code === 'EENVELOPE') return make('transport-protocol');
  return connectionFailure(thrown, moment.server, moment.phase);
}

/** Whether the server itself said no, so that the outcome is known. */
export function wasAnswered(thrown: unknown): boolean {
  return replyOf(thrown as SmtpError) !== null;
}

interface Reply {
  code: number;
  /** `5.1.1`, where the server gives one. */
  enhanced: string | undefined;
}

function replyOf(error: SmtpError): Reply | null {
  const code = error.responseCode ?? 0;
  if (code < 400 || code > 599) return null;
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? '')?.[1];
  return { code, enhanced };
}

/** 552 means "too large" unless the enhanced code says that the mailbox is full (x.2.2). */
function isTooLarge({ code, enhanced = '' }: Reply): boolean {
  if (code < 500) return false;
  if (/^5\.(3\.4|2\.3)$/.test(enhanced)) return true;
  return (code === 552 || code === 523) && !enhanced.endsWith('.2.2') && !enhanced.startsWith('5.7.');
}

function codeOf({ code, enhanced = '' }: Reply, command: string): ErrorCode {
  if (enhanced.endsWith('.2.2')) return 'transport-mailbox-full';
  if (code < 500) return 'transport-refused-later';
  if (command.startsWith('AUTH') || [530, 534, 535, 538].includes(code)) return 'transport-auth-failed';
  if (code === 503) return 'transport-protocol';
  switch (command) {
    case 'STARTTLS':
    case 'EHLO': // a server that knows no EHLO knows no STARTTLS
      return 'transport-tls-refused';
    case 'MAIL FROM':
      return 'transport-sender-refused';
    case 'RCPT TO':
      return 'transport-recipient-refused';
    case 'DATA':
      return 'transport-content-refused';
    default:
      return 'transport-server-refused';
  }
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** The size limit that a refusal names, if it does and it is below what was offered ("maximum is 10 MB", "limit 10485760"). */
function limitIn(words: string, offered_bytes = Number.POSITIVE_INFINITY): number | undefined {
  for (const [, digits, unit] of words
    .slice(4, 500)
    .matchAll(/(?<![\d.])(\d{1,15})(?![\d.])\s*(?:([kmg])(?=i?b\b))?/gi)) {
    const bytes = Number(digits) * UNITS[(unit ?? '').toLowerCase()]!;
    if (bytes >= 64 * 1024 && bytes < offered_bytes) return bytes;
  }
  return undefined;
}
