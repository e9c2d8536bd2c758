import type { ConnectionOptions } from 'node:tls';
import { type ErrorCode, RohrpostError, reasonOf } from '../core/errors.ts';

/** How a mail server is reached. Its certificate is always verified, and nothing ever crosses in clear. */
export interface ServerAddress {
  host: string;
  port: number;
  /** TLS from the first byte, or by STARTTLS before anything else is said (RFC 8314). */
  security: 'starttls' | 'tls';
  /** PEM of the only authorities to trust; the public ones when absent. */
  ca?: string;
  /** The name the certificate must bear, when it is not `host`. */
  servername?: string;
  clientCert?: { key: string; cert: string };
}

/** TLS options of a client: verified, 1.2 or newer. */
export function clientTls(server: ServerAddress): ConnectionOptions {
  return {
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(server.ca !== undefined && { ca: server.ca }),
    ...(server.servername !== undefined && { servername: server.servername }),
    ...server.clientCert,
  };
}

/** What a thrown error of node:net, node:tls, nodemailer or imapflow tells, as far as they share it. */
interface SystemFailure {
  code?: string;
  /** nodemailer keeps the code of the system here when it puts its own in `code`. */
  originalCode?: string;
  tlsFailed?: boolean;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'transport-host-unknown',
  EAI_AGAIN: 'transport-host-unknown',
  ENODATA: 'transport-host-unknown',
  EDNS: 'transport-host-unknown',
  ECONNREFUSED: 'transport-connect-failed',
  EHOSTUNREACH: 'transport-connect-failed',
  ENETUNREACH: 'transport-connect-failed',
  EADDRNOTAVAIL: 'transport-connect-failed',
  ETIMEDOUT: 'transport-timed-out',
  ETIMEOUT: 'transport-timed-out',
  CONNECT_TIMEOUT: 'transport-timed-out',
  GREETING_TIMEOUT: 'transport-timed-out',
  UPGRADE_TIMEOUT: 'transport-timed-out',
  CERT_HAS_EXPIRED: 'transport-certificate-expired',
  CERT_NOT_YET_VALID: 'transport-certificate-expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'transport-certificate-name',
  HOSTNAME_MISMATCH: 'transport-certificate-name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'transport-certificate-untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'transport-certificate-untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'transport-certificate-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'transport-certificate-untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'transport-certificate-untrusted',
  CERT_UNTRUSTED: 'transport-certificate-untrusted',
  CERT_REVOKED: 'transport-certificate-untrusted',
  CERT_SIGNATURE_FAILURE: 'transport-certificate-untrusted',
  INVALID_CA: 'transport-certificate-untrusted',
  INVALID_PURPOSE: 'transport-certificate-untrusted',
  ETLS: 'transport-tls-refused',
  EPROTO: 'transport-tls-refused',
  STARTTLS_INJECTION: 'transport-tls-refused',
};

/**
 * Names a failure of the connection itself. `phase` says for people what was going on. A failure nobody listed is a
 * lost connection (retry later).
 */
export function connectionFailure(thrown: unknown, server: ServerAddress, phase: string): RohrpostError {
  if (thrown instanceof RohrpostError) return thrown;
  const { code = '', originalCode = '', tlsFailed } = thrown as SystemFailure;
  const known = CODES[originalCode] ?? CODES[code];
  const tls = tlsFailed || /^ERR_(SSL|TLS)_/.test(originalCode || code);
  return new RohrpostError(known ?? (tls ? 'transport-tls-refused' : 'transport-connection-lost'), {
    cause: thrown,
    details: { host: server.host, port: server.port, phase, reason: reasonOf(thrown) },
  });
}

/** Rejects with transport-timed-out after `ms`, having called `giveUp` (which ends the connection waited on). */
export async function withDeadline<T>(
  work: Promise<T>,
  o: { ms: number; host: string; phase: string; giveUp(): void },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new RohrpostError('transport-timed-out', { details: { host: o.host, phase: o.phase, timeout_ms: o.ms } }));
      o.giveUp();
    }, o.ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {}); // the loser of the race may still reject, when nobody listens any more
  }
}
