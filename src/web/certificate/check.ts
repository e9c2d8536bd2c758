import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { RohrpostError, reasonOf } from '../../core/errors.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[^-]+-----END (?:[A-Z]+ )?PRIVATE KEY-----/;

/** The certificates of a PEM text in their order. @throws RohrpostError certificate-unreadable */
export function readChain(pem: string): [X509Certificate, ...X509Certificate[]] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  try {
    const [first, ...rest] = blocks.map((block) => new X509Certificate(block));
    if (first) return [first, ...rest];
  } catch (cause) {
    throw new RohrpostError('certificate-unreadable', { cause, details: { reason: reasonOf(cause) } });
  }
  throw new RohrpostError('certificate-unreadable', { details: { reason: 'no BEGIN CERTIFICATE' } });
}

/** The private key in a PEM text, which may hold more; null where there is none. @throws RohrpostError certificate-key-unreadable */
export function readKey(pem: string): KeyObject | null {
  if (pem.includes('BEGIN ENCRYPTED PRIVATE KEY')) throw keyUnreadable('ENCRYPTED PRIVATE KEY');
  const block = PRIVATE_KEY.exec(pem)?.[0];
  if (block === undefined) return null;
  try {
    return createPrivateKey(block);
  } catch (cause) {
    throw keyUnreadable(reasonOf(cause), cause);
  }
}

/**
 * Looks at a chain before it is used: its order and signatures, its dates, the names.
 * @throws RohrpostError certificate-chain, certificate-expired, certificate-not-yet, certificate-no-names
 */
export function checkChain(chain: readonly [X509Certificate, ...X509Certificate[]], now_ms: number): void {
  for (const [index, certificate] of chain.entries()) {
    const subject = subjectText(certificate);
    const issuer = chain[index + 1];
    if (issuer && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))) {
      throw new RohrpostError('certificate-chain', { details: { subject, issuer: subjectText(issuer) } });
    }
    const date = (at: Date) => at.toISOString().slice(0, 10);
    if (certificate.validToDate.getTime() <= now_ms) {
      throw new RohrpostError('certificate-expired', { details: { subject, date: date(certificate.validToDate) } });
    }
    if (certificate.validFromDate.getTime() > now_ms) {
      throw new RohrpostError('certificate-not-yet', { details: { subject, date: date(certificate.validFromDate) } });
    }
  }
  if (namesOf(chain[0]).length === 0) throw new RohrpostError('certificate-no-names');
}

/** Tries whether TLS takes key and certificate: a curve or length that it does not want is told before it is in use. */
export function checkUse(key: string, cert: string): void {
  try {
    createSecureContext({ key, cert, minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw new RohrpostError('certificate-unusable', { cause, details: { reason: reasonOf(cause) } });
  }
}

/** Host names and IP addresses that a certificate is for. */
export function namesOf(certificate: X509Certificate): string[] {
  const found = (certificate.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s"]+)/g);
  return [...found].map((match) => match[1]!);
}

/** Whether browsers take the certificate for this host name or address. */
export function isFor(certificate: X509Certificate, name: string): boolean {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  return (isIP(bare) === 0 ? certificate.checkHost(bare) : certificate.checkIP(bare)) !== undefined;
}

function subjectText(certificate: X509Certificate): string {
  return (certificate.subject ?? '-').replace(/[\x00-\x1f\x7f]+/g, ', ').slice(0, 200);
}

function keyUnreadable(reason: string, cause?: unknown): RohrpostError {
  return new RohrpostError('certificate-key-unreadable', { cause, details: { reason } });
}
