import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import * as openpgp from 'openpgp';
import { RohrpostError } from '../core/errors.ts';
import { pgpLimits } from '../core/limits.ts';
import { dearmorStream } from './armor.ts';
import { ByteReader, type ByteSource, readAll } from './bytes.ts';
import { sealCfb } from './cfb.ts';
import { compress } from './compression.ts';
import { type OpenLimits, readContent } from './content.ts';
import { decrypt } from './envelope.ts';
import { isIgnorable, type Packet, packet, readPacket, streamedPacket, tags } from './packets.ts';
import { ownKeyConfig, strictConfig } from './policy.ts';
import type { SessionKey } from './session-keys.ts';

// Messages under a passphrase, RFC 9580 §5.3: what the box gives to people to keep, such as a backup. `gpg -d` opens them.

const SESSION_KEY_BYTES = 32;
const COMPRESS_LEVEL = 6;

/**
 * Encrypts under a passphrase: AES-256 with a modification detection code, its session key under the passphrase stretched by
 * iterated and salted SHA-256 (Argon2 is not known to GnuPG 2.2).
 */
export async function* sealWithPassphrase(source: ByteSource, passphrase: string): AsyncGenerator<Buffer> {
  const sessionKey = randomBytes(SESSION_KEY_BYTES);
  const head = await openpgp.encryptSessionKey({
    data: sessionKey,
    algorithm: 'aes256',
    passwords: [passphrase],
    format: 'binary',
    config: { ...strictConfig, ...ownKeyConfig },
  });
  yield Buffer.from(head);
  const literal = streamedPacket(tags.literal, literalBody(source));
  const packed = streamedPacket(tags.compressed, compress(literal, COMPRESS_LEVEL));
  yield* streamedPacket(tags.encrypted, sealCfb(packed, sessionKey));
}

/**
 * Decrypts what a passphrase protects, armored or binary, while it streams. What was written counts only once this resolves.
 * @throws RohrpostError `pgp-not-encrypted` (not under a passphrase), `pgp-passphrase-wrong`, `pgp-integrity-failed`,
 * `pgp-truncated`, `pgp-malformed`, `pgp-too-large`, `pgp-bomb`; what `write` or the source throws
 */
export async function openWithPassphrase(
  source: ByteSource,
  passphrase: string,
  o: { write(chunk: Buffer): void | Promise<void>; limits?: Partial<OpenLimits> },
): Promise<void> {
  const limits = { ...pgpLimits, ...o.limits };
  const wire = await binaryReader(source);
  try {
    const { keys, data } = await readPassphraseHead(wire, limits);
    const sessionKey = await openPassphraseKey(keys, passphrase);
    const { plain, isWhole } = await decrypt(data, sessionKey, false);
    // A wrong passphrase gives a wrong key, and that something which is no packet; one in 3,000 passes here as damage.
    const first = (await plain.peek(1))[0] ?? 0;
    if (!PACKET_STARTS.has(first)) throw new RohrpostError('pgp-passphrase-wrong');
    await readContent(plain, {
      ...{ signers: [], write: o.write, nowMs: 0, legacy: false, expectSigned: false, limits, wire },
    });
    for await (const _ of plain.rest());
    if (!isWhole()) throw new RohrpostError('pgp-integrity-failed');
  } finally {
    await wire.close();
  }
}

/** The first octets of compressed and literal data, in old and new form (RFC 9580 §4.2). */
const PACKET_STARTS = new Set(
  [tags.compressed, tags.literal].flatMap((tag) => [
    0xc0 | tag,
    ...[0, 1, 2, 3].map((size) => 0x80 | (tag << 2) | size),
  ]),
);

async function readPassphraseHead(wire: ByteReader, limits: OpenLimits): Promise<{ keys: Buffer[]; data: Packet }> {
  const keys: Buffer[] = [];
  for (;;) {
    const found = await readPacket(wire);
    if (found === null) throw new RohrpostError(keys.length > 0 ? 'pgp-truncated' : 'pgp-not-encrypted');
    if (found.tag === tags.encrypted && keys.length > 0) return { keys, data: found };
    const isKey = found.tag === tags.passwordSessionKey && keys.length < limits.recipients;
    if (!isKey && !isIgnorable(found.tag)) throw new RohrpostError('pgp-not-encrypted');
    const body = await readAll(found.body, limits.packet_bytes);
    if (isKey) keys.push(body);
  }
}

async function openPassphraseKey(keys: readonly Buffer[], passphrase: string): Promise<SessionKey> {
  try {
    const message = await openpgp.readMessage({
      binaryMessage: Buffer.concat(keys.map((body) => packet(tags.passwordSessionKey, body))),
      config: strictConfig,
    });
    const [found] = await openpgp.decryptSessionKeys({ message, passwords: [passphrase], config: strictConfig });
    const { data, algorithm } = found!;
    if (algorithm === null) return { key: Buffer.from(data), cipherId: null };
    const cipherId = openpgp.enums.symmetric[algorithm];
    // Each packet names its cipher in clear, too. A wrong passphrase may make a name of another one: Twofish, once in 256.
    assert(keys.some((body) => body[1] === cipherId));
    return { key: Buffer.from(data), cipherId };
  } catch (cause) {
    throw new RohrpostError('pgp-passphrase-wrong', { cause });
  }
}

async function binaryReader(source: ByteSource): Promise<ByteReader> {
  const reader = new ByteReader(source);
  const [first = 0] = await reader.peek(1);
  return first >= 0x80 ? reader : new ByteReader(dearmorStream(reader.whole()));
}

/** Literal data, RFC 9580 §5.9: binary, without file name and date. */
async function* literalBody(source: ByteSource): AsyncGenerator<Buffer> {
  yield Buffer.from(['b'.charCodeAt(0), 0, 0, 0, 0, 0]);
  for await (const chunk of source) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
