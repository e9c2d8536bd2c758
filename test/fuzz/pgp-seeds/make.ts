/**
 * Made the files beside it, once: `node test/fuzz/pgp-seeds/make.ts`. Keys are never the same twice, and a find that is to be
 * played again needs them to be. They guard nothing.
 */
import { writeFileSync } from 'node:fs';
import { armorStream } from '../../../src/pgp/armor.ts';
import { compress } from '../../../src/pgp/compression.ts';
import { signDetached } from '../../../src/pgp/detached.ts';
import { BINARY_DOCUMENT, DocumentHash } from '../../../src/pgp/document-hash.ts';
import { generateKey, unlockOwnKey } from '../../../src/pgp/keys.ts';
import { packet, streamedPacket, tags } from '../../../src/pgp/packets.ts';
import { sealStream } from '../../../src/pgp/seal.ts';
import { onePassBody, signDocument, signingPart } from '../../../src/pgp/signatures.ts';

const nowMs = Date.UTC(2026, 5, 1, 12);
const content = Buffer.from('Content-Type: text/plain\r\n\r\nTestperson^Erika, TEST-0001\r\n');

const write = (name: string, bytes: string | Buffer) => writeFileSync(new URL(name, import.meta.url), bytes);

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function bytesOf(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function party(name: string) {
  const made = await generateKey({ name, email: `${name}@a.example`, passphrase: 'geheim', nowMs: nowMs - 3_600_000 });
  return { ...made, own: await unlockOwnKey(made.privateArmored, 'geheim') };
}

const box = await party('box');
const partner = await party('partner');
const message = await bytesOf(
  sealStream(once(content), { to: box.own.publicKey, signer: partner.own, nowMs, compressLevel: 6 }),
);
const part = signingPart(partner.own, nowMs);
const document = new DocumentHash(BINARY_DOCUMENT, 'sha512');
document.update(content);
const signature = await signDocument(document, part, nowMs, box.own.publicKey.info.fingerprint);
const plain = Buffer.concat([
  packet(tags.onePassSignature, onePassBody(part)),
  packet(tags.literal, Buffer.concat([Buffer.from('b\0\0\0\0\0'), content])),
  packet(tags.signature, signature.write()),
]);
write('box.asc', box.privateArmored);
write('partner.asc', partner.publicArmored);
write('content.txt', content);
write('message.pgp', message);
write('message.asc', await bytesOf(armorStream(once(message))));
write('plain.pgp', plain);
write('compressed.pgp', await bytesOf(streamedPacket(tags.compressed, compress(once(plain), 6))));
write('signature.asc', await signDetached(content, partner.own, nowMs));
