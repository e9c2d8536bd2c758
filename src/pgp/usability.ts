import * as openpgp from 'openpgp';
import { RohrpostError } from '../core/errors.ts';
import { AES256, type AeadMode, GCM, OCB } from './algorithms.ts';
import { ANY_TIME, legacyConfig, strictConfig } from './policy.ts';

// What a key may be used for, and until when. openpgp checks the self-signatures and bindings once, regardless of any
// date; dates are compared here, against the time the caller gives, so that a key is judged alike everywhere.

export type KeyUse = 'encrypt' | 'sign';

/** The primary key or one subkey. */
export interface KeyPart {
  /** Upper-case hex. */
  readonly keyId: string;
  readonly algorithm: string;
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly revoked: boolean;
  readonly uses: readonly KeyUse[];
  /** Why it is not trusted (`RSA-1024`), or null. */
  readonly weakness: string | null;
}

export interface KeyInfo {
  /** Of the primary key, upper-case hex. */
  readonly fingerprint: string;
  readonly userIds: readonly string[];
  /** Of the primary key, for people: `Ed25519`, `RSA-3072`. */
  readonly algorithm: string;
  readonly createdMs: number;
  /** From then on the key can no longer do all it can now; null: never. */
  readonly expiresMs: number | null;
  readonly revoked: boolean;
  /** Has a valid part for it, whatever the date. */
  readonly canEncrypt: boolean;
  readonly canSign: boolean;
  /** Parts that only a legacy partner may use: `DSA-1024`, `RSA-1024`. */
  readonly weaknesses: readonly string[];
  /** Of the primary key and all subkeys, upper-case hex. */
  readonly keyIds: readonly string[];
}

/** Key feature "version 2 of the encrypted data packet", RFC 9580 §5.2.3.32. */
const FEATURE_SEIPD2 = 0x08;

/** Members of openpgp 6.3.2's Key and SignaturePacket that its types do not show. */
interface KeyInternals {
  getPrimarySelfSignature(
    date: Date,
    userId: undefined,
    config: openpgp.Config,
  ): Promise<{ features: Uint8Array | null; preferredCipherSuites: [number, number][] | null }>;
}

/** Reads what there is to know about a key: its parts, the primary one first. */
export async function inspectParts(key: openpgp.Key): Promise<[KeyPart, ...KeyPart[]]> {
  const parts = await Promise.all(key.getKeys().map((part) => inspectPart(key, part)));
  return parts as [KeyPart, ...KeyPart[]];
}

/** The summary of a key for people and tables. */
export function describeKey(key: openpgp.Key, parts: readonly [KeyPart, ...KeyPart[]]): KeyInfo {
  const [primary] = parts;
  const able = (use: KeyUse) => parts.filter((part) => part.uses.includes(use) && !part.revoked);
  const ends = [primary.expiresMs, lastExpiry(able('encrypt')), lastExpiry(able('sign'))].filter((end) => end !== null);
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    userIds: key.getUserIDs(),
    algorithm: primary.algorithm,
    createdMs: primary.createdMs,
    expiresMs: ends.length > 0 ? Math.min(...ends) : null,
    revoked: primary.revoked,
    canEncrypt: able('encrypt').length > 0,
    canSign: able('sign').length > 0,
    weaknesses: [...new Set(parts.flatMap((part) => part.weakness ?? []))],
    keyIds: parts.map((part) => part.keyId),
  };
}

/**
 * The part of a key that may be used at `nowMs`: the best one, or the one with `keyId`. A creation date in the future is no
 * obstacle (our clock may be slow).
 * @throws RohrpostError `pgp-key-revoked`, `pgp-key-expired`, `pgp-key-weak`, `pgp-key-unusable`
 */
export function usablePart(
  key: { readonly info: KeyInfo; readonly parts: readonly [KeyPart, ...KeyPart[]] },
  use: KeyUse,
  nowMs: number,
  legacy: boolean,
  keyId?: string,
): KeyPart {
  const { fingerprint } = key.info;
  const [primary] = key.parts;
  const wanted = key.parts.filter((part) => keyId === undefined || part.keyId === keyId);
  const able = wanted.filter((part) => part.uses.includes(use) && !part.revoked);
  const current = able.filter((part) => !isExpired(part, nowMs));
  const trusted = current.filter((part) => legacy || part.weakness === null);

  if (primary.revoked) throw new RohrpostError('pgp-key-revoked', { details: { fingerprint } });
  if (isExpired(primary, nowMs)) throw new RohrpostError('pgp-key-expired', { details: { fingerprint } });
  if (primary.weakness !== null && !legacy) throw weak(fingerprint, primary.weakness);
  // As other programs do: the newest subkey, and the primary key where no subkey can.
  const isPrimary = (part: KeyPart) => Number(part === primary);
  const best = trusted.toSorted((a, b) => isPrimary(a) - isPrimary(b) || b.createdMs - a.createdMs)[0];
  if (best !== undefined) return best;
  if (current.length > 0) throw weak(fingerprint, current[0]!.weakness!);
  if (able.length > 0) throw new RohrpostError('pgp-key-expired', { details: { fingerprint } });
  if (wanted.some((part) => part.revoked)) throw new RohrpostError('pgp-key-revoked', { details: { fingerprint } });
  throw new RohrpostError('pgp-key-unusable', { details: { fingerprint, use } });
}

/** The AEAD mode of version 2 encryption that a key announces for AES-256 and prefers; null where it announces none. */
export async function announcedMode(key: openpgp.Key): Promise<AeadMode | null> {
  const { features, preferredCipherSuites } = await (key as unknown as KeyInternals).getPrimarySelfSignature(
    ANY_TIME,
    undefined,
    legacyConfig,
  );
  if (((features?.[0] ?? 0) & FEATURE_SEIPD2) === 0) return null;
  const preferred = preferredCipherSuites?.filter(([cipherId]) => cipherId === AES256.id).map(([, modeId]) => modeId);
  return [OCB, GCM].find((mode) => mode.id === preferred?.find((id) => id === OCB.id || id === GCM.id)) ?? null;
}

async function inspectPart(key: openpgp.Key, part: openpgp.Key | openpgp.Subkey): Promise<KeyPart> {
  const id = part.getKeyID();
  const uses: KeyUse[] = [];
  if (!isStub(part.keyPacket)) {
    if (await succeeds(key.getSigningKey(id, ANY_TIME, undefined, legacyConfig))) uses.push('sign');
    if (await succeeds(key.getEncryptionKey(id, ANY_TIME, undefined, legacyConfig))) uses.push('encrypt');
  }
  return {
    keyId: id.toHex().toUpperCase(),
    algorithm: algorithmName(part.getAlgorithmInfo()),
    createdMs: part.getCreationTime().getTime(),
    expiresMs: await expiryOf(part),
    revoked: await isRevoked(part),
    uses,
    weakness: weaknessOf(part.getAlgorithmInfo()),
  };
}

/** A private key packet whose secret was left out when it was exported. */
function isStub(packet: openpgp.AnyKeyPacket): boolean {
  return packet instanceof openpgp.SecretKeyPacket && packet.isDummy();
}

/** Any valid revocation counts, whatever its date and reason. */
function isRevoked(part: openpgp.Key | openpgp.Subkey): Promise<boolean> {
  // Without a signature to look at, openpgp says whether there is a valid revocation at all.
  const any = undefined as unknown as openpgp.SignaturePacket;
  const primary = undefined as unknown as openpgp.AnyKeyPacket;
  return part.isRevoked(any, primary, ANY_TIME, legacyConfig);
}

async function expiryOf(part: openpgp.Key | openpgp.Subkey): Promise<number | null> {
  const expiry =
    part instanceof openpgp.Subkey
      ? await part.getExpirationTime(ANY_TIME, legacyConfig)
      : await part.getExpirationTime(undefined, legacyConfig);
  return expiry instanceof Date ? expiry.getTime() : null;
}

function lastExpiry(parts: readonly KeyPart[]): number | null {
  const ends = parts.map((part) => part.expiresMs ?? Number.POSITIVE_INFINITY);
  const last = Math.max(...ends);
  return Number.isFinite(last) ? last : null;
}

function isExpired(part: KeyPart, nowMs: number): boolean {
  return part.expiresMs !== null && part.expiresMs <= nowMs;
}

function weaknessOf(info: openpgp.AlgorithmInfo): string | null {
  const { rejectPublicKeyAlgorithms, rejectCurves, minRSABits } = strictConfig;
  const isShortRsa = info.algorithm.startsWith('rsa') && (info.bits ?? 0) < minRSABits;
  const isRejected = rejectPublicKeyAlgorithms.has(openpgp.enums.publicKey[info.algorithm]);
  const isRejectedCurve = info.curve !== undefined && rejectCurves.has(openpgp.enums.curve[info.curve]);
  return isShortRsa || isRejected || isRejectedCurve ? algorithmName(info) : null;
}

function algorithmName(info: openpgp.AlgorithmInfo): string {
  if (info.curve !== undefined) return capitalized(info.curve.replace('Legacy', ''));
  const family = info.algorithm.startsWith('rsa')
    ? 'RSA'
    : info.algorithm === 'dsa'
      ? 'DSA'
      : capitalized(info.algorithm);
  return info.bits === undefined ? family : `${family}-${info.bits}`;
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function weak(fingerprint: string, weakness: string): RohrpostError {
  return new RohrpostError('pgp-key-weak', { details: { fingerprint, weakness } });
}

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
