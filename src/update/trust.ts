import { type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { updateLimits } from '../core/update-limits.ts';

/** Extended key usage "code signing" (RFC 5280 §4.2.1.12); RAUC asks for the same by `check-purpose=codesign`. */
const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const CURVES = ['prime256v1', 'secp384r1'];
const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * The roots that updates are trusted by: certificates of PEM files, the same that RAUC has as its keyring.
 * @param files paths, separated as in `PATH`
 * @throws RohrpostError update-no-trust
 */
export function readRoots(files: string): X509Certificate[] {
  try {
    const roots = files.split(delimiter).flatMap((file) => certificatesOf(readFileSync(file, 'utf8')));
    if (roots.length === 0 || roots.length > updateLimits.roots) throw new Error(`${roots.length} certificates`);
    return roots;
  } catch (error) {
    throw new RohrpostError('update-no-trust', { cause: error, details: { reason: reasonOf(error) } });
  }
}

/** All certificates of a PEM text. @throws what node:crypto gives for one that is none */
export function certificatesOf(pem: string): X509Certificate[] {
  return (pem.match(BLOCK) ?? []).map((block) => new X509Certificate(block));
}

/**
 * Walks from a signer's certificate to one of the roots (RFC 5280 §6, as far as our own small tree needs it): each is valid now,
 * issued and signed by the next; authorities are authorities, the signer is none and is meant for signing code; no weak key.
 * At most one authority stands between, which is what our roots' path length allows.
 * @param chain leaf first; the root may be there too, and counts only if it is one of `roots`
 * @returns the signer's public key
 * @throws RohrpostError update-signer-untrusted
 */
export function trustedKey(chain: readonly X509Certificate[], roots: readonly X509Certificate[], now_ms: number) {
  const [leaf, ...above] = chain.filter((one) => !roots.some((root) => root.raw.equals(one.raw)));
  if (!leaf) throw untrusted('no signer certificate');
  if (above.length > 1) throw untrusted('too many certificates');
  if (leaf.ca) throw untrusted('the signer is an authority');
  if (!leaf.keyUsage?.includes(CODE_SIGNING)) throw untrusted('the signer is not for code signing');
  expectSound(leaf, now_ms);
  let lower = leaf;
  for (const authority of above) {
    expectIssuer(authority, lower, now_ms);
    lower = authority;
  }
  const root = roots.find((one) => isIssuer(one, lower));
  if (!root) throw untrusted('none of the roots issued it');
  expectIssuer(root, lower, now_ms);
  return leaf.publicKey;
}

function expectIssuer(authority: X509Certificate, below: X509Certificate, now_ms: number): void {
  if (!authority.ca) throw untrusted('an issuer is no authority');
  if (!isIssuer(authority, below)) throw untrusted('a certificate is not of its issuer');
  expectSound(authority, now_ms);
}

function isIssuer(authority: X509Certificate, below: X509Certificate): boolean {
  return below.checkIssued(authority) && below.verify(authority.publicKey);
}

function expectSound(certificate: X509Certificate, now_ms: number): void {
  const from_ms = certificate.validFromDate.getTime();
  const to_ms = certificate.validToDate.getTime();
  if (!(from_ms <= now_ms && now_ms <= to_ms)) throw untrusted('a certificate is not valid now');
  if (/md5|sha1(?!\d)/i.test(certificate.signatureAlgorithm ?? 'md5')) throw untrusted('a weak signature');
  expectStrong(certificate.publicKey);
}

/** RSA of 3,072 bits or more, or one of the NIST curves P-256 and P-384. @throws RohrpostError update-signer-untrusted */
export function expectStrong(key: KeyObject): void {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const isRsa = key.asymmetricKeyType === 'rsa' && modulusLength >= updateLimits.rsa_bits;
  const isCurve = key.asymmetricKeyType === 'ec' && CURVES.includes(namedCurve);
  if (!isRsa && !isCurve) throw untrusted('a weak or unknown kind of key');
}

function untrusted(reason: string): RohrpostError {
  return new RohrpostError('update-signer-untrusted', { details: { reason } });
}
