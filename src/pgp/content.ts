import type { SignaturePacket } from 'openpgp';
import { RohrpostError } from '../core/errors.ts';
import type { pgpLimits } from '../core/limits.ts';
import { hashName } from './algorithms.ts';
import { ByteReader, drain, readAll } from './bytes.ts';
import { decompress } from './compression.ts';
import { DocumentHash } from './document-hash.ts';
import type { PublicKey } from './keys.ts';
import { isIgnorable, type Packet, readPacket, tags } from './packets.ts';
import { findSigner, parseSignature, saltOf, type VerifiedSignature, verifySignature } from './signatures.ts';

// What is inside the encryption: RFC 9580 §10.3. Accepted is exactly one literal, with at most one signature, either one-pass
// around it or as a packet before it, any of it compressed:
//   message = compressed(message) | one-pass message signature | signature message | literal

export type OpenLimits = { readonly [name in keyof typeof pgpLimits]: number };

export interface ContentOptions {
  readonly signers: readonly PublicKey[];
  readonly write: (chunk: Buffer) => void | Promise<void>;
  readonly nowMs: number;
  readonly legacy: boolean;
  readonly expectSigned: boolean;
  readonly limits: OpenLimits;
  /** Counts the bytes that came in: what is decompressed is measured by them. */
  readonly wire: ByteReader;
}

export interface Content {
  readonly size_bytes: number;
  /** Verifies the signature; null if there is none and none was expected. To be called once the integrity is known. */
  verify(): Promise<VerifiedSignature | null>;
}

/**
 * Reads the decrypted packets to their end and writes the literal's bytes.
 * @throws RohrpostError `pgp-unsigned`, `pgp-signature-several`, `pgp-signer-unknown`, `pgp-weak`, `pgp-unsupported`,
 * `pgp-bomb`, `pgp-too-large`, `pgp-nested-too-deep`, `pgp-malformed`, `pgp-truncated`
 */
export async function readContent(plain: ByteReader, o: ContentOptions): Promise<Content> {
  const state = new ContentReader(o);
  await state.readPackets(plain, 0);
  return state.finish();
}

class ContentReader {
  readonly #o: ContentOptions;
  /** Set by a one-pass or a leading signature packet: hashes the literal as it passes. */
  #document: DocumentHash | null = null;
  #signature: SignaturePacket | null = null;
  #hasLiteral = false;
  #size_bytes = 0;
  /** Of all layers of compression together. */
  #unpacked_bytes = 0;

  constructor(o: ContentOptions) {
    this.#o = o;
  }

  async readPackets(reader: ByteReader, depth: number): Promise<void> {
    for (let packet = await readPacket(reader); packet !== null; packet = await readPacket(reader)) {
      if (isIgnorable(packet.tag)) await drain(packet.body);
      else if (packet.tag === tags.compressed) await this.#readCompressed(packet, depth);
      else if (packet.tag === tags.onePassSignature) await this.#readOnePass(packet);
      else if (packet.tag === tags.literal) await this.#readLiteral(packet);
      else if (packet.tag === tags.signature) await this.#readSignature(packet);
      else throw malformed(`packet ${packet.tag} inside the encryption`);
    }
  }

  finish(): Content {
    const { signers, nowMs, legacy } = this.#o;
    const [document, signature] = [this.#document, this.#signature];
    if (!this.#hasLiteral) throw malformed('no content');
    if (document !== null && signature === null) throw malformed('announced signature is missing');
    return {
      size_bytes: this.#size_bytes,
      async verify() {
        if (document === null || signature === null) return null;
        return verifySignature(signature, document, { signers, nowMs, legacy });
      },
    };
  }

  async #readCompressed(packet: Packet, depth: number): Promise<void> {
    const { limits } = this.#o;
    if (this.#hasLiteral) throw malformed('compressed data after the content');
    if (depth === limits.compression_depth) {
      throw new RohrpostError('pgp-nested-too-deep', { details: { limit: limits.compression_depth } });
    }
    const inner = new ByteReader(this.#bounded(decompress(packet.body)));
    try {
      await this.readPackets(inner, depth + 1);
    } finally {
      await inner.close();
    }
    if (!this.#hasLiteral) throw malformed('compressed data without content');
  }

  /** Passes decompressed bytes on until they are out of proportion to what came over the wire. */
  async *#bounded(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { limits, wire } = this.#o;
    for await (const chunk of source) {
      this.#unpacked_bytes += chunk.length;
      const ratio = this.#unpacked_bytes / wire.consumed_bytes;
      if (this.#unpacked_bytes > limits.ratio_free_bytes && ratio > limits.decompression_ratio) {
        throw new RohrpostError('pgp-bomb', { details: { ratio: limits.decompression_ratio } });
      }
      yield chunk;
    }
  }

  async #readOnePass(packet: Packet): Promise<void> {
    const body = await readAll(packet.body, this.#o.limits.packet_bytes);
    this.#expectNoSignatureYet();
    const { type, hash, salt, keyId } = parseOnePass(body);
    findSigner(keyId, this.#o.signers);
    this.#document = new DocumentHash(type, hashName(hash, this.#o.legacy), salt);
  }

  async #readSignature(packet: Packet): Promise<void> {
    const signature = await parseSignature(await readAll(packet.body, this.#o.limits.packet_bytes));
    if (this.#signature !== null) throw new RohrpostError('pgp-signature-several');
    if (!this.#hasLiteral) {
      this.#expectNoSignatureYet();
      findSigner(signature.issuerKeyID.toHex().toUpperCase(), this.#o.signers);
      const hash = hashName(signature.hashAlgorithm!, this.#o.legacy);
      this.#document = new DocumentHash(signature.signatureType!, hash, saltOf(signature));
    } else if (this.#document === null) {
      throw malformed('signature that was not announced');
    }
    this.#signature = signature;
  }

  /** Literal data, RFC 9580 §5.9. Mode, file name and date are not signed and not looked at. */
  async #readLiteral(packet: Packet): Promise<void> {
    const { limits, write, expectSigned } = this.#o;
    if (this.#hasLiteral) throw malformed('two contents');
    if (this.#document === null && expectSigned) throw new RohrpostError('pgp-unsigned');
    this.#hasLiteral = true;
    const body = new ByteReader(packet.body);
    const [, nameLength] = await body.exact(2);
    await body.exact(nameLength! + 4);
    for await (const chunk of body.rest()) {
      this.#size_bytes += chunk.length;
      if (this.#size_bytes > limits.message_bytes) {
        throw new RohrpostError('pgp-too-large', { details: { limit_bytes: limits.message_bytes } });
      }
      this.#document?.update(chunk);
      await write(chunk);
    }
  }

  #expectNoSignatureYet(): void {
    if (this.#document !== null) throw new RohrpostError('pgp-signature-several');
    if (this.#hasLiteral) throw malformed('signature announced after the content');
  }
}

interface OnePass {
  readonly type: number;
  readonly hash: number;
  readonly salt: Buffer;
  readonly keyId: string;
}

/** One-pass signature packet, RFC 9580 §5.4: version 3 with a key id, version 6 with salt and fingerprint. */
function parseOnePass(body: Buffer): OnePass {
  const [version, type, hash] = body;
  const saltEnd = version === 6 ? 5 + (body[4] ?? 0) : 4;
  const expected_bytes = version === 3 ? 13 : saltEnd + 33;
  if ((version !== 3 && version !== 6) || body.length !== expected_bytes) throw malformed('one-pass signature packet');
  // Of a version 6 fingerprint the key id is the beginning.
  const keyId = body
    .subarray(saltEnd, saltEnd + 8)
    .toString('hex')
    .toUpperCase();
  return { type: type!, hash: hash!, salt: version === 6 ? body.subarray(5, saltEnd) : Buffer.alloc(0), keyId };
}

function malformed(reason: string): RohrpostError {
  return new RohrpostError('pgp-malformed', { details: { reason } });
}
