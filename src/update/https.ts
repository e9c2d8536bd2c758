import type { IncomingHttpHeaders } from 'node:http';
import { type Agent, request } from 'node:https';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { updateLimits } from '../core/update-limits.ts';

export interface HttpsRequest {
  method: 'GET' | 'HEAD' | 'POST';
  url: string;
  headers?: Record<string, string>;
  body?: string;
  /** PEM of the only authorities to trust; the public ones when absent. */
  ca?: string;
  /** An answer that is longer is an error. */
  limit_bytes: number;
  signal: AbortSignal;
  /** Deadlines in ms: for the whole, and for a server that says nothing. */
  request_ms?: number;
  idle_ms?: number;
  /** For who asks a thousand times. */
  agent?: Agent;
}

export interface HttpsAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * One request over verified TLS 1.2 or newer, its answer bounded in size and time. Nothing is followed elsewhere: a redirect is an
 * error, for where a box looks, its settings say.
 * @throws RohrpostError update-server-away, -slow, -untrusted, -redirect, update-answer-too-large, -broken, stopped
 */
export async function ask(o: HttpsRequest): Promise<HttpsAnswer> {
  const host = new URL(o.url).host;
  const over = AbortSignal.timeout(o.request_ms ?? updateLimits.request_ms);
  try {
    return await exchange(o, host, AbortSignal.any([o.signal, over]));
  } catch (thrown) {
    if (thrown instanceof RohrpostError) throw thrown;
    if (o.signal.aborted) throw new RohrpostError('stopped');
    if (over.aborted) throw new RohrpostError('update-server-slow', { cause: thrown, details: { host } });
    throw lineError(thrown, host);
  }
}

function exchange(o: HttpsRequest, host: string, signal: AbortSignal): Promise<HttpsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpsAnswer>();
  const asked = request(o.url, {
    method: o.method,
    headers: {
      'user-agent': 'rohrpost',
      accept: '*/*',
      ...(o.body !== undefined && { 'content-length': String(Buffer.byteLength(o.body)) }),
      ...o.headers,
    },
    signal,
    agent: o.agent ?? false,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    maxHeaderSize: updateLimits.headers_bytes,
    timeout: o.idle_ms ?? updateLimits.idle_ms,
    ...(o.ca !== undefined && { ca: o.ca }),
  });
  const fail = (error: unknown) => {
    reject(error);
    asked.destroy();
  };
  asked.on('timeout', () => fail(new RohrpostError('update-server-slow', { details: { host } })));
  asked.on('error', reject);
  asked.on('response', (response) => {
    const status = response.statusCode ?? 0;
    if (status >= 300 && status < 400 && status !== 304) {
      return fail(new RohrpostError('update-server-redirect', { details: { host } }));
    }
    const chunks: Buffer[] = [];
    let size_bytes = 0;
    response.on('data', (chunk: Buffer) => {
      size_bytes += chunk.length;
      chunks.push(chunk);
      if (size_bytes <= o.limit_bytes) return;
      fail(new RohrpostError('update-answer-too-large', { details: { host, limit_bytes: o.limit_bytes } }));
    });
    response.on('error', reject);
    response.on('aborted', () => reject(new RohrpostError('update-answer-broken', { details: { host } })));
    response.on('end', () => {
      if (!response.complete) return reject(new RohrpostError('update-answer-broken', { details: { host } }));
      resolve({ status, headers: response.headers, body: Buffer.concat(chunks) });
    });
  });
  asked.end(o.body);
  return promise;
}

/** A failure of the line; that of a certificate is a matter of trust. */
function lineError(thrown: unknown, host: string): RohrpostError {
  const { code = '' } = thrown as NodeJS.ErrnoException;
  const isTrust = /CERT|SIGNATURE|ISSUER|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|^ERR_TLS|^ERR_SSL|^EPROTO$/.test(
    code,
  );
  const details = { host, reason: reasonOf(thrown) };
  return new RohrpostError(isTrust ? 'update-server-untrusted' : 'update-server-away', { cause: thrown, details });
}

/** How long a server asks to be left alone, in ms (RFC 9110 §10.2.3); null: it does not. */
export function retryAfter_ms(headers: IncomingHttpHeaders, now_ms: number): number | null {
  const said = headers['retry-after'];
  if (said === undefined) return null;
  const wait_ms = /^\d{1,9}$/.test(said) ? Number(said) * 1_000 : Date.parse(said) - now_ms;
  return Number.isFinite(wait_ms) && wait_ms > 0 ? Math.min(wait_ms, updateLimits.retry_after_most_ms) : null;
}
