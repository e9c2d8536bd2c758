import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/core/errors.ts';
import { AES256 } from '../../src/pgp/algorithms.ts';
import { sealCfb } from '../../src/pgp/cfb.ts';
import { BINARY_DOCUMENT, DocumentHash } from '../../src/pgp/document-hash.ts';
import { generateKey, type OwnKey, type PublicKey, readPublicKey, unlockOwnKey } from '../../src/pgp/keys.ts';
import { type Opened, openMessage } from '../../src/pgp/open.ts';
import { packet, streamedPacket, tags } from '../../src/pgp/packets.ts';
import { sealSessionKey } from '../../src/pgp/session-keys.ts';
import { onePassBody, signDocument, signingPart } from '../../src/pgp/signatures.ts';
import { usablePart } from '../../src/pgp/usability.ts';

export const NOW_MS = Date.UTC(2026, 5, 1, 12);
export const HOUR_MS = 3_600_000;

/** Buffers as a byte source. */
export async function* sourceOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** Bytes in pieces of `size_bytes`, for parsers that must not care where a chunk ends. */
export async function* inPieces(bytes: Buffer, size_bytes: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size_bytes) yield bytes.subarray(i, i + size_bytes);
}

export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export interface Party {
  readonly own: OwnKey;
  readonly pub: PublicKey;
  readonly privateArmored: string;
}

/** A site with a key, made an hour before `NOW_MS` unless told. */
export async function makeParty(
  name: string,
  algorithm?: 'curve25519' | 'rsa3072',
  nowMs = NOW_MS - HOUR_MS,
): Promise<Party> {
  const email = `${name.toLowerCase()}@klinik.example`;
  const made = await generateKey({ name, email, algorithm, passphrase: 'geheim', nowMs });
  const own = await unlockOwnKey(made.privateArmored, 'geheim');
  return { own, pub: await readPublicKey(made.publicArmored), privateArmored: made.privateArmored };
}

type OpenChoices = Partial<Parameters<typeof openMessage>[1]>;

/** Opens as `to`, taking signatures of `from`. */
export async function open(
  message: Buffer | AsyncIterable<Uint8Array>,
  to: Party,
  from: { readonly pub: PublicKey },
  choices: OpenChoices = {},
): Promise<Opened & { content: Buffer }> {
  const content: Buffer[] = [];
  const source = Buffer.isBuffer(message) ? sourceOf(message) : message;
  const opened = await openMessage(source, {
    own: [to.own],
    signers: [from.pub],
    nowMs: NOW_MS,
    write: (chunk) => void content.push(chunk),
    ...choices,
  } as Parameters<typeof openMessage>[1] & { expectSigned?: true });
  return { ...opened, content: Buffer.concat(content) };
}

/** Expects a promise to fail with a code. */
export async function expectCode(promise: Promise<unknown>, ...expected: ErrorCode[]): Promise<void> {
  const error = await promise.then(
    () => 'no error',
    (thrown) => thrown,
  );
  expect(expected, String(error?.stack ?? error)).toContain(error.code);
}

/** Builders of messages that no honest program makes. */
export async function encryptPackets(to: PublicKey, ...packets: Buffer[]): Promise<Buffer> {
  const sessionKey = randomBytes(AES256.key_bytes);
  const { keyId } = usablePart(to, 'encrypt', NOW_MS, true);
  const head = await sealSessionKey(sessionKey, to, keyId, null);
  const body = streamedPacket(tags.encrypted, sealCfb(sourceOf(...packets) as AsyncGenerator<Buffer>, sessionKey));
  return Buffer.concat([head, await bytesOf(body)]);
}

export function literal(content: Uint8Array, mode = 'b', name = ''): Buffer {
  const header = Buffer.from([mode.charCodeAt(0), name.length, ...Buffer.from(name), 0, 0, 0, 0]);
  return packet(tags.literal, Buffer.concat([header, content]));
}

/** The one-pass packet and the signature packet to put around a literal. */
export async function signatureAround(content: Uint8Array, signer: OwnKey, nowMs = NOW_MS): Promise<[Buffer, Buffer]> {
  const part = signingPart(signer, nowMs);
  const document = new DocumentHash(BINARY_DOCUMENT, 'sha512');
  document.update(content);
  const signature = await signDocument(document, part, nowMs);
  return [packet(tags.onePassSignature, onePassBody(part)), packet(tags.signature, signature.write())];
}
