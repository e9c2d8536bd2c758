import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { openssl } from './openssl.ts';

export type KeyKind = 'rsa' | 'ec';

/** A certificate and its private key, PEM; the key is PKCS #8, encrypted where there was a passphrase. */
export interface Pair {
  key: string;
  cert: string;
}

export interface Subject {
  organisation: string;
  name: string;
}

/** As the library types them; the runtime's types have grown since. */
type Keys = x509.X509CertificateCreateSelfSignedParams['keys'];
type Dates = { serialNumber: string; name: Record<string, string[]>[]; notBefore: Date; notAfter: Date };

const DAY_MS = 86_400_000;
/** Long, for a root that is lost or over cannot be replaced on boxes that nobody updates. */
const ROOT_MS = 20 * 365 * DAY_MS;
/** So short that a stolen signer ends by itself, so long that renewing one stays a rare and careful act. */
const SIGNER_MS = 2 * 365 * DAY_MS;
/** Clocks of boxes may be behind. */
const BEFORE_MS = DAY_MS;
/** OWASP's figure for PBKDF2 with HMAC-SHA-256; the default of openssl and Node.js is 2048. */
const PBKDF2_ROUNDS = '600000';

const ROOT = {
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384', modulusLength: 4096, publicExponent: new Uint8Array([1, 0, 1]) },
  ec: { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' },
} as const;
const SIGNER = {
  rsa: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]) },
  ec: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
} as const;

/** A new root: RSA-4096 or P-384, twenty years; it signs the certificates of signers and nothing else. */
export async function makeRoot(subject: Subject, kind: KeyKind, passphrase: string | null): Promise<Pair> {
  const keys = await newKeys(ROOT[kind]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...common(subject, ROOT_MS),
    keys,
    signingAlgorithm: ROOT[kind],
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await keyText(keys, passphrase), cert: `${certificate.toString('pem')}\n` };
}

/**
 * A new signer of bundles and indexes: RSA-3072 or P-256, two years, never longer than its root. It has what RAUC's
 * `check-purpose=codesign` asks for: digitalSignature, and codeSigning as the only and critical purpose.
 */
export async function makeSigner(
  subject: Subject,
  kind: KeyKind,
  root: Pair,
  passphrase: string | null,
): Promise<Pair> {
  const issuer = new x509.X509Certificate(root.cert);
  const keys = await newKeys(SIGNER[kind]);
  const dates = common(subject, SIGNER_MS);
  const certificate = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: dates.serialNumber, notBefore: dates.notBefore, subject: dates.name },
    notAfter: new Date(Math.min(dates.notAfter.getTime(), issuer.notAfter.getTime())),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await rootKey(root.key, issuer),
    signingAlgorithm: { ...issuer.publicKey.algorithm, hash: 'SHA-384' },
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning], true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { key: await keyText(keys, passphrase), cert: `${certificate.toString('pem')}\n` };
}

function common({ organisation, name }: Subject, lasts_ms: number): Dates {
  const now_ms = Date.now();
  return {
    serialNumber: serialNumber(),
    name: [{ O: [organisation] }, { CN: [name] }],
    notBefore: new Date(now_ms - BEFORE_MS),
    notAfter: new Date(now_ms - BEFORE_MS + lasts_ms),
  };
}

/** Positive and of 16 octets, RFC 5280 §4.1.2.2. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

async function newKeys(algorithm: (typeof ROOT | typeof SIGNER)[KeyKind]): Promise<Keys> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as Keys;
}

/** The opened key of a root as the library takes it. */
async function rootKey(pem: string, certificate: x509.X509Certificate) {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  const algorithm = { ...certificate.publicKey.algorithm, hash: 'SHA-384' } as webcrypto.EcKeyImportParams;
  return (await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])) as Keys['privateKey'];
}

/** PKCS #8 as text; encrypted by PBES2 with AES-256-CBC (RFC 8018 §6.2) where there is a passphrase. */
async function keyText(keys: Keys, passphrase: string | null): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey as webcrypto.CryptoKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const plain = key.export({ format: 'pem', type: 'pkcs8' }) as string;
  if (passphrase === null) return plain;
  const scheme = ['-v2', 'aes-256-cbc', '-v2prf', 'hmacWithSHA256', '-iter', PBKDF2_ROUNDS];
  const args = ['pkcs8', '-topk8', ...scheme, '-passout', 'fd:3'];
  return (await openssl(args, { input: plain, secrets: [passphrase] })).toString();
}
