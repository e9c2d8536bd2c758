import assert from 'node:assert/strict';
import { ImapFlow, type ImapFlowError } from 'imapflow';
import { type Details, type ErrorCode, RohrpostError, reasonOf } from '../core/errors.ts';
import type { MailLimits } from '../core/limits.ts';
import type { ImapAccount } from './imap.ts';
import { clientTls, connectionFailure, withDeadline } from './tls.ts';

/** A logged-in IMAP connection whose every command has a deadline. */
export interface ImapConnection {
  readonly client: ImapFlow;
  /**
   * Runs one command. When it takes longer than `ms` (`socket_ms` by default) the connection is closed.
   * @throws transport-… codes
   */
  run<T>(phase: string, command: () => Promise<T>, ms?: number): Promise<T>;
  close(): void;
}

/**
 * Connects, verifies, logs in (PLAIN, LOGIN or XOAUTH2). One connection, one client: imapflow does not reconnect.
 * @throws transport-host-unknown, -connect-failed, -timed-out, -tls-refused, -certificate-…, -auth-failed, …
 */
export async function connectImap(
  account: ImapAccount,
  limits: MailLimits,
  signal?: AbortSignal,
): Promise<ImapConnection> {
  const client = new ImapFlow({
    host: account.host,
    port: account.port,
    secure: account.security === 'tls',
    ...(account.security === 'starttls' && { doSTARTTLS: true }), // required, or it fails
    servername: account.servername,
    tls: clientTls(account),
    auth: { user: account.user, pass: account.password, accessToken: account.accessToken },
    clientInfo: { name: 'Rohrpost', version: '', vendor: '', 'support-url': '' },
    logger: false,
    disableAutoIdle: true,
    disableAutoEnable: true, // nothing that changes how the server presents a mail
    disableBinary: true,
    disableCompression: true, // six times slower where it was measured
    connectionTimeout: limits.connect_ms,
    greetingTimeout: limits.session_ms,
    socketTimeout: limits.socket_ms,
    maxLineLength: 16 * 1024 * 1024, // a SEARCH result of two million mails
    maxLiteralSize: limits.fetch_bytes,
    maxResponseSize: limits.fetch_bytes + 64 * 1024,
  });
  let broken: unknown;
  client.on('error', (error) => {
    broken ??= error; // commands under way are then told only that there is no connection
  });
  const run: ImapConnection['run'] = async (phase, command, ms = limits.socket_ms) => {
    try {
      const result = await withDeadline(command(), { ms, host: account.host, phase, giveUp: () => client.close() });
      // imapflow answers `undefined` where it has no connection any more; that must not be read as "no such mail".
      if (client.isClosed) throw Object.assign(new Error('connection closed'), { code: 'NoConnection' });
      return result;
    } catch (error) {
      throw imapFailure(isLost(error) ? (broken ?? error) : error, account, phase);
    }
  };
  const close = () => client.close();
  signal?.addEventListener('abort', close, { once: true });
  client.once('close', () => signal?.removeEventListener('abort', close));
  try {
    await run('connect', () => client.connect(), limits.session_ms);
    assert(client.secureConnection, 'imapflow went on without TLS');
  } catch (error) {
    close();
    throw error;
  }
  return { client, run, close };
}

function isLost(thrown: unknown): boolean {
  return ['NoConnection', 'EConnectionClosed'].includes((thrown as ImapFlowError).code ?? '');
}

/** Names a failure of an IMAP command, or of the connection under it. `reason`: the server's own words. */
export function imapFailure(thrown: unknown, account: ImapAccount, phase: string): RohrpostError {
  if (thrown instanceof RohrpostError) return thrown;
  const error = thrown as ImapFlowError;
  const bye = isLost(thrown) ? error.reason : undefined;
  const words = error.responseText ?? bye ?? (typeof error.response === 'string' ? error.response : undefined);
  const details: Details = { host: account.host, port: account.port, phase, reason: reasonOf(words ?? thrown) };
  const make = (code: ErrorCode) => new RohrpostError(code, { cause: thrown, details });
  if (error.authenticationFailed) {
    // RFC 5530: these say that the login may be right, but not now.
    const passing = /^(UNAVAILABLE|LIMIT|INUSE|SERVERBUG)$/.test(error.serverResponseCode ?? '');
    return make(passing ? 'transport-refused-later' : 'transport-auth-failed');
  }
  if (error.tlsFailed && error.code === undefined) return make('transport-tls-refused');
  if (error.responseStatus !== undefined || isProtocolError(error.code)) return make('transport-protocol');
  if (bye !== undefined) return make('transport-connection-lost');
  return connectionFailure(thrown, account, phase);
}

function isProtocolError(code = ''): boolean {
  return (
    code.startsWith('ParserError') ||
    ['LineTooLarge', 'LiteralTooLarge', 'ResponseTooLarge', 'UnexpectedTag', 'InvalidResponse'].includes(code) ||
    ['ResponseProcessingFailed', 'MAX_IMAP_NESTING_REACHED', 'ETHROTTLE'].includes(code)
  );
}
