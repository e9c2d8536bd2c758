import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { ifThere, makeFolder, removeFile, writeDurably } from '../core/files.ts';
import { checkChain, checkUse, isFor, namesOf, readChain, readKey } from './certificate/check.ts';
import { makeRequest, makeSelfSigned } from './certificate/make.ts';

/**
 * The certificate of the box's page. Each file below `web/` holds a private key and its chain together, so that no crash can
 * leave a key beside somebody else's certificate.
 */
const SELF_SIGNED = 'self-signed.pem';
/** What the clinic put in; it comes first while it is there. */
const OWN = 'own.pem';
/** The key of a certificate that was asked for and has not come yet. */
const REQUESTED = 'requested.key';

const DAY_MS = 24 * 3_600_000;
/** Long enough before its end for people to compare the new fingerprint at leisure. */
const RENEW_BEFORE_MS = 60 * DAY_MS;

export interface Certificate {
  /** PEM, for TLS. */
  readonly key: string;
  /** PEM; the chain, where it has one. */
  readonly cert: string;
  /** SHA-256, as browsers show it: `AB:CD:…`. */
  readonly fingerprint: string;
  /** The box's own; false: one that the clinic put in. */
  readonly selfSigned: boolean;
  readonly expires_ms: number;
  readonly names: readonly string[];
  readonly issuer: string;
}

/** What a browser may call this box: its host name, `rohrpost.local`, its addresses, `localhost`. */
export function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  // Link-local addresses need a zone, which no certificate can carry.
  const usable = addresses.filter(({ address }) => !address.startsWith('fe80:')).map(({ address }) => address);
  const host = hostname().toLowerCase();
  const names = [...namesOfHost(host), 'rohrpost.local', 'localhost'];
  return [...new Set([...names, ...usable])];
}

/** The host name, and where it has no domain the name that mDNS knows it by (RFC 6762). */
function namesOfHost(host: string): string[] {
  if (!/^[a-z0-9][a-z0-9.-]{0,246}$/.test(host)) return [];
  return host.includes('.') ? [host] : [host, `${host}.local`];
}

/**
 * The certificate to serve. Makes the box's own at first use (`made`), and anew 60 days before its end (`replaces`: the
 * fingerprint is another one now and wants to be told).
 * @throws RohrpostError disk-error
 */
export async function ensureCertificate(
  folder: string,
  o: { names: readonly string[]; clock: Clock },
): Promise<Certificate & { made: boolean; replaces: boolean }> {
  const now_ms = o.clock.now();
  const own = await readPem(folder, OWN);
  if (own) return { ...own, made: false, replaces: false };
  const there = await readPem(folder, SELF_SIGNED);
  if (there && isLasting(there, now_ms)) return { ...there, made: false, replaces: false };
  const replaces = existsSync(join(folder, 'web', SELF_SIGNED));
  const { key, cert } = await makeSelfSigned(o.names, now_ms);
  await keep(folder, SELF_SIGNED, key + cert);
  return { ...(await readPem(folder, SELF_SIGNED))!, made: true, replaces };
}

/** The certificate in use; null where none was made yet. */
export async function readCertificate(folder: string): Promise<Certificate | null> {
  return (await readPem(folder, OWN)) ?? readPem(folder, SELF_SIGNED);
}

/**
 * Takes a certificate of the clinic in: the chain, the box's own first, and its key, unless that is the one of the request
 * made here or of the certificate in use. `calledAs` is the name that the page was called by; null asks for none.
 * @throws RohrpostError certificate-…, disk-error
 */
export async function takeCertificate(
  folder: string,
  given: { key?: string; cert: string },
  o: { clock: Clock; calledAs: string | null },
): Promise<Certificate> {
  const chain = readChain(given.cert);
  const key = await keyFor(folder, chain[0], given.key ?? given.cert);
  checkChain(chain, o.clock.now());
  if (o.calledAs !== null && !isFor(chain[0], o.calledAs)) {
    const names = namesOf(chain[0]).slice(0, 20).join(', ');
    throw new RohrpostError('certificate-name-other', { details: { name: o.calledAs, names } });
  }
  const keyText = key.export({ format: 'pem', type: 'pkcs8' }) as string;
  const certText = chain.map(String).join('');
  checkUse(keyText, certText);
  await keep(folder, OWN, keyText + certText);
  await removeFile(join(folder, 'web', REQUESTED));
  return (await readPem(folder, OWN))!;
}

/** A request (PEM) that the clinic's CA signs; its key stays in the box, until the certificate comes. */
export async function requestCertificate(folder: string, names: readonly string[]): Promise<string> {
  const { key, request } = await makeRequest(names);
  await keep(folder, REQUESTED, key);
  return request;
}

/** Whether a request was made whose certificate has not come yet. */
export function isRequested(folder: string): boolean {
  return existsSync(join(folder, 'web', REQUESTED));
}

/** Back to the box's own certificate; `ensureCertificate` says which that is. */
export async function dropCertificate(folder: string): Promise<void> {
  await removeFile(join(folder, 'web', OWN));
}

/** The key that was given, of the request, or of the certificate in use: whichever fits. */
async function keyFor(folder: string, certificate: X509Certificate, given: string): Promise<KeyObject> {
  const key = readKey(given);
  if (key) {
    if (certificate.checkPrivateKey(key)) return key;
    throw new RohrpostError('certificate-key-other');
  }
  for (const name of [REQUESTED, OWN, SELF_SIGNED]) {
    const text = await readText(folder, name);
    const ours = text === null ? null : createPrivateKey(text);
    if (ours && certificate.checkPrivateKey(ours)) return ours;
  }
  throw new RohrpostError('certificate-key-missing');
}

/** A file that cannot be used counts as none: the page must open, if only with the box's own certificate. */
async function readPem(folder: string, name: string): Promise<Certificate | null> {
  const text = await readText(folder, name);
  if (text === null) return null;
  try {
    const [first, ...rest] = readChain(text);
    const key = createPrivateKey(text).export({ format: 'pem', type: 'pkcs8' }) as string;
    const cert = [first, ...rest].map(String).join('');
    checkUse(key, cert);
    return {
      ...{ key, cert, fingerprint: first.fingerprint256, selfSigned: name === SELF_SIGNED },
      ...{
        expires_ms: first.validToDate.getTime(),
        names: namesOf(first),
        issuer: first.issuer.replaceAll('\n', ', '),
      },
    };
  } catch {
    return null;
  }
}

function isLasting(certificate: Certificate, now_ms: number): boolean {
  const { validFromDate } = readChain(certificate.cert)[0];
  // A clock that was once in the future has dated it there.
  return certificate.expires_ms - now_ms > RENEW_BEFORE_MS && validFromDate.getTime() <= now_ms;
}

async function keep(folder: string, name: string, text: string): Promise<void> {
  await makeFolder(join(folder, 'web'));
  await writeDurably(join(folder, 'web', name), text, 0o600);
}

function readText(folder: string, name: string): Promise<string | null> {
  return ifThere(readFile(join(folder, 'web', name), 'utf8'));
}
