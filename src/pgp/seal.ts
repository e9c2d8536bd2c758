import { randomBytes } from 'node:crypto';
import { sealAead } from './aead.ts';
import { AES256 } from './algorithms.ts';
import type { ByteSource } from './bytes.ts';
import { sealCfb } from './cfb.ts';
import { compress } from './compression.ts';
import { BINARY_DOCUMENT, DocumentHash } from './document-hash.ts';
import type { OwnKey, PublicKey } from './keys.ts';
import { packet, streamedPacket, tags } from './packets.ts';
import { sealSessionKey } from './session-keys.ts';
import { onePassBody, type SigningPart, signDocument, signingPart } from './signatures.ts';
import { announcedMode, usablePart } from './usability.ts';

export interface SealOptions {
  readonly to: PublicKey;
  readonly signer: OwnKey;
  readonly nowMs: number;
  /** zlib level 1 to 9; nothing is compressed when absent. */
  readonly compressLevel?: number;
  /**
   * Authenticated encryption where the recipient's key announces it. Off by default: a key may announce more than all
   * the programs that hold it can read.
   */
  readonly aead?: boolean;
  /** The partner's switch: keys of 2005 may be encrypted to. */
  readonly legacy?: boolean;
}

/**
 * Signs and encrypts in one go (RFC 3156 §6.2) into a binary OpenPGP message for exactly one recipient:
 * session key, encrypted( [compressed] ( one-pass signature, literal data, signature ) ). The signature is SHA-512 over the
 * binary document and names the recipient.
 * @throws RohrpostError `pgp-key-expired`, `pgp-key-revoked`, `pgp-key-weak`, `pgp-key-unusable`, `pgp-clock-behind-key`
 */
export async function* sealStream(source: ByteSource, o: SealOptions): AsyncGenerator<Buffer> {
  const { keyId } = usablePart(o.to, 'encrypt', o.nowMs, o.legacy ?? false);
  const signed = signedMessage(source, signingPart(o.signer, o.nowMs), o);
  const plain =
    o.compressLevel === undefined ? signed : streamedPacket(tags.compressed, compress(signed, o.compressLevel));
  const sessionKey = randomBytes(AES256.key_bytes);
  const mode = o.aead ? await announcedMode(o.to.packets) : null;
  yield await sealSessionKey(sessionKey, o.to, keyId, mode);
  const sealed = mode === null ? sealCfb(plain, sessionKey) : sealAead(plain, sessionKey, mode);
  yield* streamedPacket(tags.encrypted, sealed);
}

async function* signedMessage(
  source: ByteSource,
  part: SigningPart,
  { to, nowMs }: SealOptions,
): AsyncGenerator<Buffer> {
  const document = new DocumentHash(BINARY_DOCUMENT, 'sha512');
  yield packet(tags.onePassSignature, onePassBody(part));
  yield* streamedPacket(tags.literal, literalBody(source, document));
  const signature = await signDocument(document, part, nowMs, to.info.fingerprint);
  yield packet(tags.signature, signature.write());
}

/** Literal data, RFC 9580 §5.9: binary, without file name and date, which no signature covers. */
async function* literalBody(source: ByteSource, document: DocumentHash): AsyncGenerator<Buffer> {
  yield Buffer.from(['b'.charCodeAt(0), 0, 0, 0, 0, 0]);
  for await (const chunk of source) {
    document.update(chunk);
    yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}
