import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { X509CertificateCreateSelfSignedParams } from '@peculiar/x509';

/** As the library types them; the runtime's types have grown since. */
type Keys = X509CertificateCreateSelfSignedParams['keys'];

// The library takes some 20 MB, for what is done once in two years: it is loaded when something must be made.
const library = async () => {
  await import('reflect-metadata');
  return import('@peculiar/x509');
};

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 3_600_000;
/** Browsers and phones refuse certificates of servers that last longer than 825 days. */
const LASTS_MS = 730 * DAY_MS;
/** Clocks of visitors may be behind. */
const BEFORE_MS = DAY_MS;

/** A self-signed certificate (ECDSA P-256, two years) for host names and IP addresses: private key (PKCS #8) and certificate. */
export async function makeSelfSigned(names: readonly string[], now_ms: number): Promise<{ key: string; cert: string }> {
  const x509 = await library();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subjectOf(names),
    notBefore: new Date(now_ms - BEFORE_MS),
    notAfter: new Date(now_ms - BEFORE_MS + LASTS_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(generalNames(names)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await keyText(keys.privateKey), cert: `${certificate.toString('pem')}\n` };
}

/** A certificate signing request (PKCS #10, RFC 2986) for these names, with a new key. */
export async function makeRequest(names: readonly string[]): Promise<{ key: string; request: string }> {
  const x509 = await library();
  const keys = await newKeys();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subjectOf(names),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(generalNames(names)),
    ],
  });
  return { key: await keyText(keys.privateKey), request: `${request.toString('pem')}\n` };
}

async function newKeys(): Promise<Keys> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as Keys;
}

async function keyText(key: Keys['privateKey']): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key as webcrypto.CryptoKey));
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}

/** Positive and of 16 octets, RFC 5280 §4.1.2.2. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** A common name has at most 64 characters (RFC 5280, appendix A); nobody looks at it but people. */
function subjectOf(names: readonly string[]): Record<string, string[]>[] {
  return [{ O: ['Rohrpost'] }, { CN: [(names[0] ?? 'rohrpost').slice(0, 64)] }];
}

function generalNames(names: readonly string[]) {
  return names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
}
