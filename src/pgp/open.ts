import { RohrpostError } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { dearmorStream } from './armor.ts';
import { ByteReader, type ByteSource, drain } from './bytes.ts';
import { type OpenLimits, readContent } from './content.ts';
import { decrypt, type Integrity, readHead } from './envelope.ts';
import type { OwnKey, PublicKey } from './keys.ts';
import { isIgnorable, readPacket } from './packets.ts';
import { openSessionKey, recipientKeyId } from './session-keys.ts';
import type { Signer, VerifiedSignature } from './signatures.ts';

// INVARIANT: openMessage resolves only after the end of the source, with integrity and signature verified. Everything it
// wrote before that is to be kept in quarantine by the caller.

export interface OpenOptions {
  readonly own: readonly OwnKey[];
  /** Whose signature would be taken: the one partner that the mail claims to be from. */
  readonly signers: readonly PublicKey[];
  /** Takes the content as it comes, before it is known to be whole and genuine. */
  readonly write: (chunk: Buffer) => void | Promise<void>;
  readonly nowMs: number;
  /** The partner's switch: SHA-1 signatures, DSA and ElGamal, TripleDES, encryption without integrity protection. */
  readonly legacy?: boolean;
  readonly limits?: Partial<OpenLimits>;
}

export interface Opened extends VerifiedSignature {
  readonly signer: Signer;
  readonly integrity: Integrity;
  /** Of the content. */
  readonly sizeBytes: number;
}

/** An encrypted message that carried no signature inside: the MIME entity within may be multipart/signed. */
export interface OpenedUnsigned {
  readonly signer: null;
  readonly signedAtMs: null;
  readonly intendedRecipients: readonly [];
  readonly integrity: Integrity;
  readonly sizeBytes: number;
}

/**
 * Decrypts and verifies a message, armored or binary, while it streams. With `expectSigned: false` (RFC 3156 §6.1) a signature
 * may be absent, but must be right if it is there.
 * @throws RohrpostError any `pgp-…` code of armor, message and signature, in core/codes/pgp.ts; what `write` or the source throws
 */
export function openMessage(source: ByteSource, o: OpenOptions & { readonly expectSigned?: true }): Promise<Opened>;
export function openMessage(
  source: ByteSource,
  o: OpenOptions & { readonly expectSigned: false },
): Promise<Opened | OpenedUnsigned>;
export async function openMessage(
  source: ByteSource,
  o: OpenOptions & { readonly expectSigned?: boolean },
): Promise<Opened | OpenedUnsigned> {
  const wire = await binaryReader(source);
  try {
    const limits = { ...pgpLimits, ...o.limits };
    const legacy = o.legacy ?? false;
    const head = await readHead(wire, limits);
    const sessionKey = await openSessionKey(head.sessionKeys, o.own);
    const { plain, integrity, isWhole } = await decrypt(head.data, sessionKey, legacy);
    const content = await contentOf(plain, () =>
      readContent(plain, { ...o, limits, legacy, expectSigned: o.expectSigned ?? true, wire }),
    );
    if (!isWhole()) throw new RohrpostError('pgp-integrity-failed');
    await expectEnd(wire);
    const signature = await content.verify();
    const sizeBytes = content.size_bytes;
    if (signature === null) return { signer: null, signedAtMs: null, intendedRecipients: [], integrity, sizeBytes };
    return { ...signature, integrity, sizeBytes };
  } finally {
    await wire.close();
  }
}

/**
 * For whom a sealed message is: upper-case hex key ids of its session key packets, zeros where hidden. Reads no further.
 * @throws RohrpostError `pgp-not-encrypted`, `pgp-malformed`, `pgp-truncated`, the `pgp-armor-…` codes
 */
export async function recipientKeyIds(source: ByteSource): Promise<string[]> {
  const wire = await binaryReader(source);
  try {
    const head = await readHead(wire, pgpLimits);
    if (head.hasPassword) throw malformed('also encrypted to a password');
    return head.sessionKeys.map(recipientKeyId);
  } finally {
    await wire.close();
  }
}

/** Tells armor from binary by the first byte: a packet has its highest bit set, text has not (but for a byte order mark). */
async function binaryReader(source: ByteSource): Promise<ByteReader> {
  const reader = new ByteReader(source);
  const start = await reader.peek(3).catch(async (error) => {
    await reader.close();
    throw error;
  });
  const isBinary = (start[0] ?? 0) >= 0x80 && !start.equals(Buffer.from('\ufeff'));
  return isBinary ? reader : new ByteReader(dearmorStream(reader.whole()));
}

/**
 * Reads the decrypted packets. If they make no sense, damage on the way is the likelier and the truer reason: the rest is
 * decrypted too, and a failing integrity check takes precedence.
 */
async function contentOf<T>(plain: ByteReader, read: () => Promise<T>): Promise<T> {
  try {
    const content = await read();
    await drain(plain.rest());
    return content;
  } catch (error) {
    if (isAboutSize(error) || !isOurs(error)) throw error;
    await drain(plain.rest());
    throw error;
  }
}

async function expectEnd(wire: ByteReader): Promise<void> {
  for (let packet = await readPacket(wire); packet !== null; packet = await readPacket(wire)) {
    if (!isIgnorable(packet.tag)) throw malformed('bytes after the message');
    await drain(packet.body);
  }
}

function isOurs(error: unknown): error is RohrpostError {
  return error instanceof RohrpostError && error.code.startsWith('pgp-');
}

/** Limits are there to stop at once. */
function isAboutSize(error: unknown): boolean {
  return isOurs(error) && ['pgp-bomb', 'pgp-too-large', 'pgp-nested-too-deep'].includes(error.code);
}

function malformed(reason: string): RohrpostError {
  return new RohrpostError('pgp-malformed', { details: { reason } });
}
