import { createHash } from 'node:crypto';
import { request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { type PublicKey, readPublicKeys } from './keys.ts';

/** Where a key is looked for: in the web key directory of the address's own domain, or on a key server. */
export type KeySource = { readonly kind: 'wkd' } | { readonly kind: 'server'; readonly host: string };

export interface DirectoryOptions {
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string;
  readonly port?: number;
  readonly lookup?: LookupFunction;
  readonly deadline_ms?: number;
}

/** keys.openpgp.org speaks a protocol of its own, which tells what its HKP answer leaves out. */
const VKS_HOST = 'keys.openpgp.org';
const FINGERPRINT = /^(?:0x)?([0-9A-F]{40})$/i;

/**
 * Looks for the keys of a mail address (key servers: also of a fingerprint). What comes is read and nothing more: who answers
 * proves nothing about whose key it is. Keys that do not name the address are left out.
 * @throws RohrpostError `pgp-directory-nothing`, `pgp-directory-failed`, `pgp-key-…`
 */
export async function findKeys(
  wanted: string,
  source: KeySource,
  options: DirectoryOptions = {},
): Promise<PublicKey[]> {
  const answer = source.kind === 'wkd' ? await askWkd(wanted, options) : await askServer(wanted, source.host, options);
  if (answer === null) throw nothing(wanted);
  const keys = await readPublicKeys(answer);
  const fitting = keys.filter((key) => isMeant(key, wanted));
  if (fitting.length === 0) throw nothing(wanted);
  return fitting;
}

/** Does one of the key's user ids name this address? */
export function namesAddress(userIds: readonly string[], address: string): boolean {
  return userIds.some((id) => (/<([^<>]+)>\s*$/.exec(id)?.[1] ?? id).trim().toLowerCase() === address.toLowerCase());
}

function isMeant(key: PublicKey, wanted: string): boolean {
  const fingerprint = FINGERPRINT.exec(wanted)?.[1];
  if (fingerprint !== undefined) return key.info.fingerprint === fingerprint.toUpperCase();
  return namesAddress(key.info.userIds, wanted);
}

/**
 * draft-koch-openpgp-webkey-service §3.1: the advanced method, and the direct one only where the sub-domain of the advanced one
 * does not exist.
 */
async function askWkd(address: string, options: DirectoryOptions): Promise<Buffer | null> {
  const at = address.lastIndexOf('@');
  if (at < 1) throw nothing(address);
  const [local, domain] = [address.slice(0, at), address.slice(at + 1).toLowerCase()];
  const file = `hu/${wkdHash(local)}?l=${encodeURIComponent(local)}`;
  try {
    return await get(`openpgpkey.${domain}`, `/.well-known/openpgpkey/${domain}/${file}`, options);
  } catch (error) {
    if (!isNoSuchName(error)) throw error;
    return get(domain, `/.well-known/openpgpkey/${file}`, options);
  }
}

/** draft-shaw-openpgp-hkp §3.1.2; keys.openpgp.org: its own VKS interface, version 1. */
function askServer(wanted: string, host: string, options: DirectoryOptions): Promise<Buffer | null> {
  const fingerprint = FINGERPRINT.exec(wanted)?.[1]?.toUpperCase();
  if (host === VKS_HOST) {
    const path = fingerprint ? `by-fingerprint/${fingerprint}` : `by-email/${encodeURIComponent(wanted)}`;
    return get(host, `/vks/v1/${path}`, options);
  }
  const search = fingerprint ? `0x${fingerprint}` : wanted;
  return get(host, `/pks/lookup?op=get&options=mr&search=${encodeURIComponent(search)}`, options);
}

/** The name of a key's file: z-base-32 (RFC 6189 §5.1.6) of the SHA-1 of the local part in small letters. */
export function wkdHash(local: string): string {
  const small = local.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const bits = [...createHash('sha1').update(small).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ybndrfg8ejkmcpqxot1uwisza345h769'[Number.parseInt(five, 2)])
    .join('');
}

/** What a server has there, over verified TLS; null where it has nothing. It is not followed to elsewhere. */
async function get(host: string, path: string, options: DirectoryOptions): Promise<Buffer | null> {
  const { port = 443, ca, lookup, deadline_ms = pgpLimits.directory_ms } = options;
  const signal = AbortSignal.timeout(deadline_ms);
  const connect = {
    host,
    port,
    path,
    signal,
    agent: false,
    ...(ca !== undefined && { ca }),
    ...(lookup && { lookup }),
  };
  try {
    return await new Promise<Buffer | null>((resolve, reject) => {
      const asking = request({ ...connect, headers: { accept: '*/*' } }, (response) => {
        const { statusCode = 0 } = response;
        if (statusCode === 404 || statusCode === 410) {
          response.destroy();
          resolve(null);
          return;
        }
        if (statusCode !== 200) {
          response.destroy();
          reject(new Error(`HTTP ${statusCode}`));
          return;
        }
        const chunks: Buffer[] = [];
        let size_bytes = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size_bytes += chunk.length;
          if (size_bytes > pgpLimits.directory_bytes) response.destroy(new Error('the answer is too long'));
        });
        response.on('error', reject);
        response.on('end', () => resolve(Buffer.concat(chunks)));
      });
      asking.on('error', reject);
      asking.end();
    });
  } catch (error) {
    const reason = signal.aborted ? 'no answer in time' : reasonOf(error);
    throw new RohrpostError('pgp-directory-failed', { cause: error, details: { host, reason } });
  }
}

function isNoSuchName(error: unknown): boolean {
  const cause = error instanceof RohrpostError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return cause?.code === 'ENOTFOUND' || cause?.code === 'ENODATA';
}

function nothing(wanted: string): RohrpostError {
  return new RohrpostError('pgp-directory-nothing', { details: { wanted: wanted.slice(0, 254) } });
}
