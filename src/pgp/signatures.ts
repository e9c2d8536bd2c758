import * as openpgp from 'openpgp';
import { RohrpostError } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { hashName, SHA512 } from './algorithms.ts';
import { BINARY_DOCUMENT, type DocumentHash, TEXT_DOCUMENT } from './document-hash.ts';
import type { OwnKey, PublicKey } from './keys.ts';
import { packet, tags } from './packets.ts';
import { legacyConfig, strictConfig } from './policy.ts';
import { usablePart } from './usability.ts';

// Signature packets over documents, RFC 9580 §5.2. openpgp parses, signs and verifies them; the document is hashed
// outside, and handed over as a digest.

/** Names for whom the signed words are meant, so that they cannot be passed on as if meant for another (§5.2.3.36). */
const INTENDED_RECIPIENT = 35;

export interface Signer {
  /** Of the primary key, upper-case hex. */
  readonly fingerprint: string;
  /** Of the key or subkey that signed, upper-case hex. */
  readonly keyId: string;
}

export interface VerifiedSignature {
  readonly signer: Signer;
  readonly signedAtMs: number;
  /** Fingerprints the signature names as its readers, upper-case hex; none if it names none. */
  readonly intendedRecipients: readonly string[];
}

export interface TrustOptions {
  readonly signers: readonly PublicKey[];
  readonly nowMs: number;
  /** The partner's switch: SHA-1 signatures and keys of 2005 are taken too. */
  readonly legacy: boolean;
}

/** The members of openpgp 6.3.2's SignaturePacket that its types do not show, and that take or give the digest. */
interface SignatureInternals {
  hashed: Uint8Array;
  salt: Uint8Array | null;
  toHash(): null;
  hash(): Promise<Uint8Array>;
  writeHashedSubPackets(): Uint8Array;
  sign(key: openpgp.AnyKeyPacket, data: object, date: Date, detached: boolean, config: openpgp.Config): Promise<void>;
}

/** The part of an own key that signs now. */
export interface SigningPart {
  readonly keyId: string;
  readonly packet: openpgp.AnyKeyPacket;
}

/**
 * Chooses with which part of the own key to sign.
 * @throws RohrpostError `pgp-clock-behind-key`, `pgp-key-expired`, `pgp-key-revoked`, `pgp-key-unusable`, `pgp-key-weak`
 */
export function signingPart(own: OwnKey, nowMs: number): SigningPart {
  const { keyId, createdMs } = usablePart(own.publicKey, 'sign', nowMs, false);
  if (nowMs < createdMs) throw new RohrpostError('pgp-clock-behind-key');
  const part = own.packets.getKeys().find((key) => key.getKeyID().toHex().toUpperCase() === keyId)!;
  return { keyId, packet: part.keyPacket };
}

/** The body of a one-pass signature packet, version 3, binary document, SHA-512 (§5.4). */
export function onePassBody(part: SigningPart): Buffer {
  const isLast = 1;
  return Buffer.concat([
    Buffer.from([3, BINARY_DOCUMENT, SHA512, part.packet.algorithm]),
    Buffer.from(part.keyId, 'hex'),
    Buffer.from([isLast]),
  ]);
}

/** Signs a binary document that went through `document` (SHA-512), naming the intended recipient if given. */
export async function signDocument(
  document: DocumentHash,
  part: SigningPart,
  nowMs: number,
  intendedRecipient?: string,
): Promise<openpgp.SignaturePacket> {
  const signature = new openpgp.SignaturePacket();
  signature.signatureType = BINARY_DOCUMENT;
  signature.publicKeyAlgorithm = part.packet.algorithm;
  signature.hashAlgorithm = SHA512;
  const inside = signature as unknown as SignatureInternals;
  inside.toHash = () => null;
  inside.hash = async () => document.finish(signature.signatureData!);
  if (intendedRecipient !== undefined) {
    const write = inside.writeHashedSubPackets.bind(signature);
    inside.writeHashedSubPackets = () => withIntendedRecipient(write(), intendedRecipient);
  }
  await inside.sign(part.packet, {}, new Date(nowMs), false, strictConfig);
  return signature;
}

/**
 * Parses one signature packet's body.
 * @throws RohrpostError `pgp-malformed`, `pgp-unsupported`
 */
export async function parseSignature(body: Buffer): Promise<openpgp.SignaturePacket> {
  const binarySignature = packet(tags.signature, body);
  const { packets } = await openpgp.readSignature({ binarySignature, config: legacyConfig }).catch((cause) => {
    throw new RohrpostError('pgp-malformed', { cause, details: { reason: 'signature packet' } });
  });
  const [signature] = packets;
  if (signature instanceof openpgp.SignaturePacket) return signature;
  throw new RohrpostError('pgp-unsupported', { details: { what: `signature version ${body[0]}` } });
}

/** The salt of a version 6 signature, to be hashed first; empty in others. */
export function saltOf(signature: openpgp.SignaturePacket): Uint8Array {
  return (signature as unknown as SignatureInternals).salt ?? new Uint8Array();
}

/**
 * Whether a key id belongs to one of the keys whose signature would be taken.
 * @throws RohrpostError `pgp-signer-unknown`
 */
export function findSigner(keyId: string, signers: readonly PublicKey[]): PublicKey {
  const signer = signers.find((key) => key.info.keyIds.includes(keyId));
  if (signer === undefined) throw new RohrpostError('pgp-signer-unknown', { details: { key_id: keyId } });
  return signer;
}

/**
 * Verifies a document signature: type and hash allowed, made by one of `signers` with a part that may sign now, not from
 * the future, not expired, not older than its key, and mathematically right.
 * @throws RohrpostError `pgp-signer-unknown`, `pgp-signature-wrong`, `pgp-signature-future`, `pgp-signature-expired`,
 * `pgp-weak`, `pgp-unsupported`, `pgp-key-expired`, `pgp-key-revoked`, `pgp-key-weak`, `pgp-key-unusable`
 */
export async function verifySignature(
  signature: openpgp.SignaturePacket,
  document: DocumentHash,
  { signers, nowMs, legacy }: TrustOptions,
): Promise<VerifiedSignature> {
  const { signatureType, hashAlgorithm, issuerFingerprint } = signature;
  if (signatureType !== BINARY_DOCUMENT && signatureType !== TEXT_DOCUMENT) throw wrong();
  hashName(hashAlgorithm!, legacy);
  const keyId = signature.issuerKeyID.toHex().toUpperCase();
  const signer = findSigner(keyId, signers);

  const signedAtMs = signature.created!.getTime();
  checkSkew(signedAtMs, nowMs);
  // A sender's clock that is a little fast must not make its signature, or our check of the key, fall before its time.
  const atMs = Math.max(nowMs, signedAtMs);
  const expiry = signature.getExpirationTime();
  if (expiry instanceof Date && expiry.getTime() <= atMs) throw new RohrpostError('pgp-signature-expired');
  const part = usablePart(signer, 'sign', atMs, legacy, keyId);
  if (signedAtMs < part.createdMs) throw wrong('made before its key');
  const issuer = signer.packets.getKeys().find((key) => key.getKeyID().equals(signature.issuerKeyID))!;
  if (issuerFingerprint !== null && hex(issuerFingerprint) !== issuer.getFingerprint().toUpperCase()) throw wrong();

  const intendedRecipients = takeIntendedRecipients(signature);
  const inside = signature as unknown as SignatureInternals;
  inside.hashed = document.finish(signature.signatureData!);
  const config = legacy ? legacyConfig : strictConfig;
  try {
    await signature.verify(issuer.keyPacket, signatureType, {}, new Date(atMs), false, config);
  } catch (cause) {
    throw wrong(undefined, cause);
  }
  return { signer: { fingerprint: signer.info.fingerprint, keyId }, signedAtMs, intendedRecipients };
}

function checkSkew(signedAtMs: number, nowMs: number): void {
  const ahead_ms = signedAtMs - nowMs;
  if (ahead_ms > pgpLimits.clock_skew_ms) {
    throw new RohrpostError('pgp-signature-future', { details: { ahead_minutes: Math.round(ahead_ms / 60_000) } });
  }
}

/** Takes the recipients out of the subpackets that openpgp does not know, where a critical one would spoil the signature. */
function takeIntendedRecipients(signature: openpgp.SignaturePacket): string[] {
  const [ours, others] = [[], []] as [openpgp.RawSubpacket[], openpgp.RawSubpacket[]];
  for (const subpacket of signature.unknownSubpackets) {
    (subpacket.type === INTENDED_RECIPIENT ? ours : others).push(subpacket);
  }
  signature.unknownSubpackets = others;
  return ours.map((subpacket) => hex(subpacket.body.subarray(1)));
}

/** Appends the subpacket to a hashed area of version 4: two octets of length, then the subpackets. */
function withIntendedRecipient(area: Uint8Array, fingerprint: string): Uint8Array {
  const bytes = Buffer.from(fingerprint, 'hex');
  const keyVersion = bytes.length === 20 ? 4 : 6;
  const subpackets = Buffer.concat([
    area.subarray(2),
    Buffer.from([bytes.length + 2, INTENDED_RECIPIENT, keyVersion]),
    bytes,
  ]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(subpackets.length);
  return Buffer.concat([length, subpackets]);
}

function wrong(reason?: string, cause?: unknown): RohrpostError {
  return new RohrpostError('pgp-signature-wrong', { cause, details: { reason } });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase();
}
