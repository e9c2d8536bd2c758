import { createCipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { AES256 } from '../../src/pgp/algorithms.ts';
import { armorStream } from '../../src/pgp/armor.ts';
import { openMessage, recipientKeyIds } from '../../src/pgp/open.ts';
import { packet, tags } from '../../src/pgp/packets.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { sealSessionKey } from '../../src/pgp/session-keys.ts';
import {
  bytesOf,
  encryptPackets,
  expectCode,
  inPieces,
  literal,
  makeParty,
  NOW_MS,
  open,
  type Party,
  signatureAround,
  sourceOf,
} from './helpers.ts';

const MIB = 1 << 20;
const content = Buffer.from('Befund von Testperson^Erika, TEST-0001. '.repeat(100));

let alice: Party;
let bob: Party;
let mallory: Party;
let onePass: Buffer;
let signature: Buffer;

beforeAll(async () => {
  [alice, bob, mallory] = (await Promise.all(['Alice', 'Bob', 'Mallory'].map((name) => makeParty(name)))) as [
    Party,
    Party,
    Party,
  ];
  [onePass, signature] = await signatureAround(content, alice.own);
});

const sealed = (o: { compressLevel?: number } = {}) =>
  bytesOf(sealStream(sourceOf(content), { to: bob.pub, signer: alice.own, nowMs: NOW_MS, ...o }));
const compressed = (bytes: Buffer, raw = false) =>
  packet(
    tags.compressed,
    Buffer.concat([Buffer.from([raw ? 1 : 2]), raw ? deflateRawSync(bytes) : deflateSync(bytes)]),
  );
/** Bytes of the one session key packet before the encrypted data. */
const headLength = (message: Buffer) => 2 + message[1]!;
/** Encrypts packets to Bob and opens them as from Alice. */
const openPackets = async (...packets: Buffer[]) => open(await encryptPackets(bob.pub, ...packets), bob, alice);

describe('damage on the way', () => {
  for (const form of ['binary', 'armor', 'compressed'] as const) {
    test(`F48: no flipped bit opens (${form})`, async () => {
      const message = await sealed(form === 'compressed' ? { compressLevel: 6 } : {});
      const bytes = form === 'armor' ? await bytesOf(armorStream(sourceOf(message))) : message;
      const start = form === 'armor' ? bytes.indexOf('\r\n\r\n') : 0;
      const end = form === 'armor' ? bytes.indexOf('\r\n=') : bytes.length;
      for (let i = 0; i < 200; i++) {
        const at = start + Math.floor(((end - start) * i) / 200);
        const flipped = Buffer.from(bytes);
        flipped[at] = flipped[at]! ^ (1 << (i % 8));
        const error = await open(flipped, bob, alice).then(
          (opened) => `opened at ${at}, as ${opened.content.length} bytes`,
          (thrown) => thrown,
        );
        // In armor a flipped bit may make or unmake a blank, which changes nothing that counts.
        if (form === 'armor' && typeof error === 'string' && error.endsWith(`${content.length} bytes`)) {
          expect('\r\n \t').toContain(String.fromCharCode(bytes[at]!));
          continue;
        }
        expect(error, String(error)).toBeInstanceOf(RohrpostError);
        expect((error as RohrpostError).code).toMatch(/^pgp-/);
      }
    });

    test(`F48: no cut message opens (${form})`, async () => {
      const message = await sealed(form === 'compressed' ? { compressLevel: 6 } : {});
      const bytes = form === 'armor' ? await bytesOf(armorStream(sourceOf(message))) : message;
      for (let i = 0; i < 200; i++) {
        const length = Math.floor(((bytes.length - '\r\n'.length) * i) / 200);
        const expected = ['pgp-truncated', 'pgp-armor-truncated', 'pgp-armor-malformed', 'pgp-not-encrypted'] as const;
        await expectCode(open(bytes.subarray(0, length), bob, alice), ...expected);
      }
    });
  }

  test('F48: damage is named as damage, not as a malformed message', async () => {
    const message = await sealed({ compressLevel: 6 });
    for (const at of [message.length - 1, message.length - 40, message.length - 150]) {
      const flipped = Buffer.from(message);
      flipped[at] = flipped[at]! ^ 1;
      await expectCode(open(flipped, bob, alice), 'pgp-integrity-failed');
    }
  });

  test('bytes after the message are refused, marker and padding packets are not', async () => {
    const message = await sealed();
    await expectCode(open(Buffer.concat([message, Buffer.from('mehr')]), bob, alice), 'pgp-malformed');
    await expectCode(open(Buffer.concat([message, literal(content)]), bob, alice), 'pgp-malformed');
    const silent = [
      packet(tags.marker, Buffer.from('PGP')),
      packet(tags.padding, randomBytes(100_000)),
      packet(60, randomBytes(9)),
    ];
    const opened = await open(Buffer.concat([...silent, message, ...silent]), bob, alice);
    expect(opened.content.equals(content)).toBe(true);
  });

  test('noise of every kind ends with a code', async () => {
    for (let i = 0; i < 300; i++) {
      const noise = randomBytes(300);
      noise[0] = 0x80 | noise[0]!;
      const error = await open(noise, bob, alice).catch((thrown) => thrown);
      expect(error.code, String(error.stack)).toMatch(/^pgp-/);
    }
  });
});

describe('F51: who signed', () => {
  test('nobody', async () => {
    await expectCode(openPackets(literal(content)), 'pgp-unsigned');
    await expectCode(openPackets(compressed(literal(content))), 'pgp-unsigned');
  });

  test('nobody, where the caller looks for multipart/signed inside (RFC 3156 §6.1)', async () => {
    const message = await encryptPackets(bob.pub, compressed(literal(content)));
    const opened = await open(message, bob, alice, { expectSigned: false } as object);
    expect(opened).toMatchObject({ signer: null, signedAtMs: null, integrity: 'mdc', sizeBytes: content.length });
    const signed = await open(await sealed(), bob, alice, { expectSigned: false } as object);
    expect(signed.signer.fingerprint).toBe(alice.pub.info.fingerprint);
    const [foreignOnePass, foreign] = await signatureAround(content, mallory.own);
    const forged = await encryptPackets(bob.pub, foreignOnePass, literal(content), foreign);
    await expectCode(open(forged, bob, alice, { expectSigned: false } as object), 'pgp-signer-unknown');
  });

  test('a stranger, who is named by key id', async () => {
    const message = await bytesOf(sealStream(sourceOf(content), { to: bob.pub, signer: mallory.own, nowMs: NOW_MS }));
    const error = await open(message, bob, alice).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'pgp-signer-unknown', details: { key_id: mallory.pub.info.keyIds[0] } });
    await expectCode(open(message, bob, alice, { signers: [] }), 'pgp-signer-unknown');
  });

  test('a stranger behind an announcement of Alice', async () => {
    const [, foreign] = await signatureAround(content, mallory.own);
    await expectCode(openPackets(onePass, literal(content), foreign), 'pgp-signer-unknown');
  });

  test('Alice, but other data', async () => {
    await expectCode(openPackets(onePass, literal(Buffer.from('anderes')), signature), 'pgp-signature-wrong');
    await expectCode(
      openPackets(onePass, literal(Buffer.concat([content, Buffer.from(' ')])), signature),
      'pgp-signature-wrong',
    );
  });

  test('Alice and somebody else, or Alice twice', async () => {
    const [foreignOnePass, foreign] = await signatureAround(content, mallory.own);
    for (const packets of [
      [onePass, onePass, literal(content), signature, signature],
      [onePass, foreignOnePass, literal(content), foreign, signature],
      [onePass, literal(content), signature, signature],
      [signature, signature, literal(content)],
      [signature, literal(content), signature],
      [onePass, signature, literal(content)],
    ]) {
      await expectCode(openPackets(...packets), 'pgp-signature-several', 'pgp-signer-unknown');
    }
  });

  test('Alice, in the old order: signature first', async () => {
    const opened = await openPackets(signature, literal(content));
    expect(opened.content.equals(content)).toBe(true);
    expect(opened.signer.fingerprint).toBe(alice.pub.info.fingerprint);
    await expectCode(openPackets(signature, literal(Buffer.from('anderes'))), 'pgp-signature-wrong');
  });

  test('announced and then not there, or there and not announced', async () => {
    await expectCode(openPackets(onePass, literal(content)), 'pgp-malformed');
    await expectCode(openPackets(onePass, signature), 'pgp-signature-several', 'pgp-malformed');
    const message = await encryptPackets(bob.pub, literal(content), signature);
    await expectCode(open(message, bob, alice, { expectSigned: false } as object), 'pgp-malformed');
  });
});

describe('grammar inside the encryption', () => {
  test('two contents, no content, encryption within encryption, unknown packets', async () => {
    await expectCode(openPackets(onePass, literal(content), literal(content), signature), 'pgp-malformed');
    await expectCode(openPackets(onePass, literal(content), signature, literal(Buffer.from('mehr'))), 'pgp-malformed');
    await expectCode(openPackets(onePass, literal(content), signature, compressed(literal(content))), 'pgp-malformed');
    await expectCode(openPackets(), 'pgp-malformed');
    await expectCode(openPackets(await sealed()), 'pgp-malformed');
    await expectCode(openPackets(packet(39, content), onePass, literal(content), signature), 'pgp-malformed');
    await expectCode(openPackets(Buffer.from('kein Paket')), 'pgp-malformed');
  });

  test('a packet that claims more than there is', async () => {
    const greedy = Buffer.concat([Buffer.from([0xc0 | tags.literal, 0xff, 0xff, 0xff, 0xff, 0xff]), content]);
    await expectCode(openPackets(onePass, greedy), 'pgp-truncated');
    const large = Buffer.concat([
      Buffer.from([0xc0 | tags.signature]),
      Buffer.from([0xff, 0, 2, 0, 0]),
      Buffer.alloc(131_072),
    ]);
    await expectCode(openPackets(onePass, literal(content), large), 'pgp-malformed');
  });

  test('old headers of every length, open length, parts of one byte, text and local literals, file names', async () => {
    const body = literal(content, 't', 'befund.txt').subarray(6);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    const forms = [
      Buffer.concat([Buffer.from([0x80 | (tags.literal << 2) | 1]), length.subarray(2), body]),
      Buffer.concat([Buffer.from([0x80 | (tags.literal << 2) | 2]), length, body]),
      Buffer.concat([
        Buffer.from([0xc0 | tags.literal]),
        ...[...body].map((byte) => Buffer.from([0xe0, byte])),
        Buffer.from([0]),
      ]),
      literal(content, 'u', 'x'.repeat(255)),
      literal(content, 'l'),
    ];
    for (const form of forms) {
      const message = await encryptPackets(bob.pub, onePass, form, signature);
      for (const piece_bytes of [1, 19, MIB]) {
        expect((await open(inPieces(message, piece_bytes), bob, alice)).content.equals(content)).toBe(true);
      }
    }
    const openEnded = compressed(Buffer.concat([onePass, literal(content), signature]), true).subarray(6);
    const message = await encryptPackets(bob.pub, Buffer.from([0x80 | (tags.compressed << 2) | 3]), openEnded);
    expect((await open(inPieces(message, 7), bob, alice)).content.equals(content)).toBe(true);
    const small = packet(tags.signature, signature.subarray(6)).subarray(6);
    await expectCode(
      openPackets(onePass, literal(content), Buffer.from([0x80 | (tags.signature << 2) | 3]), small),
      'pgp-malformed',
    );
  });

  test('signature around compressed data', async () => {
    expect((await openPackets(onePass, compressed(literal(content)), signature)).content.equals(content)).toBe(true);
  });

  test('a compressed stream cut short', async () => {
    const body = Buffer.concat([Buffer.from([2]), deflateSync(Buffer.concat([onePass, literal(content), signature]))]);
    await expectCode(openPackets(packet(tags.compressed, body.subarray(0, -9))), 'pgp-malformed');
  });

  test('padding after the compressed stream, as Sequoia makes it, is taken, and damage in it is found', async () => {
    const body = Buffer.concat([Buffer.from([2]), deflateSync(Buffer.concat([onePass, literal(content), signature]))]);
    for (const size of [1, 1000, MIB, 9 * MIB]) {
      const message = await encryptPackets(bob.pub, packet(tags.compressed, Buffer.concat([body, randomBytes(size)])));
      for (const piece_bytes of [65_536, 20 * MIB]) {
        expect((await open(inPieces(message, piece_bytes), bob, alice)).content.equals(content)).toBe(true);
        for (const fromEnd of [30, Math.ceil(size / 2) + 30]) {
          const flipped = Buffer.from(message);
          flipped[flipped.length - fromEnd] = flipped[flipped.length - fromEnd]! ^ 1;
          await expectCode(open(inPieces(flipped, piece_bytes), bob, alice), 'pgp-integrity-failed', 'pgp-malformed');
        }
        await expectCode(open(inPieces(message.subarray(0, -3), piece_bytes), bob, alice), 'pgp-truncated');
      }
    }
  });
});

describe('F55: bombs', () => {
  test('1 MiB that would become 10 GiB ends within seconds and megabytes', async () => {
    const zeros = compressed(Buffer.concat([onePass, literal(Buffer.alloc(256 * MIB)), signature]));
    const bomb = compressed(Buffer.concat(Array.from({ length: 40 }, () => zeros)));
    expect(bomb.length).toBeLessThan(MIB);
    const message = await encryptPackets(bob.pub, bomb);
    let written_bytes = 0;
    const started = performance.now();
    const write = (chunk: Buffer) => {
      written_bytes += chunk.length;
    };
    await expectCode(open(message, bob, alice, { write }), 'pgp-bomb');
    expect(written_bytes).toBeLessThan(80 * MIB);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('many small bombs beside each other', async () => {
    const zeros = compressed(packet(tags.padding, Buffer.alloc(32 * MIB)));
    const message = await encryptPackets(bob.pub, compressed(Buffer.concat(Array.from({ length: 2000 }, () => zeros))));
    const started = performance.now();
    await expectCode(open(message, bob, alice), 'pgp-malformed', 'pgp-bomb');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('compressed three times', async () => {
    const inner = Buffer.concat([onePass, literal(content), signature]);
    expect((await openPackets(compressed(compressed(inner)))).content.equals(content)).toBe(true);
    await expectCode(openPackets(compressed(compressed(compressed(inner)))), 'pgp-nested-too-deep');
  });

  test('larger than the limit', async () => {
    const limits = { message_bytes: content.length - 1 };
    await expectCode(open(await sealed(), bob, alice, { limits }), 'pgp-too-large');
    const fits = await open(await sealed(), bob, alice, { limits: { message_bytes: content.length } });
    expect(fits.sizeBytes).toBe(content.length);
  });

  test('a thousand recipients', async () => {
    const message = await sealed();
    const head = message.subarray(0, headLength(message));
    const crowd = Buffer.concat([...Array.from({ length: 1000 }, () => head), message]);
    await expectCode(open(crowd, bob, alice), 'pgp-malformed');
  });
});

describe('the envelope', () => {
  test('F51: not for us', async () => {
    const error = await open(await sealed(), mallory, alice).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'pgp-not-for-us', details: { key_ids: bob.pub.info.keyIds[1] } });
  });

  test('F51: not encrypted', async () => {
    const signed = Buffer.concat([onePass, literal(content), signature]);
    for (const message of [signed, literal(content), Buffer.from([0xc3, 0])]) {
      await expectCode(open(message, bob, alice), 'pgp-not-encrypted');
      await expectCode(recipientKeyIds(sourceOf(message)), 'pgp-not-encrypted');
    }
  });

  test('F51: no integrity protection, but for a legacy partner', async () => {
    const sessionKey = randomBytes(AES256.key_bytes);
    const head = await sealSessionKey(sessionKey, bob.pub, bob.pub.info.keyIds[1]!, null);
    const random = randomBytes(16);
    const first = createCipheriv('aes-256-cfb', sessionKey, Buffer.alloc(16));
    const prefix = first.update(Buffer.concat([random, random.subarray(-2)]));
    const second = createCipheriv('aes-256-cfb', sessionKey, prefix.subarray(2));
    const body = second.update(Buffer.concat([onePass, literal(content), signature]));
    const message = Buffer.concat([head, packet(tags.encryptedWithoutIntegrity, Buffer.concat([prefix, body]))]);
    await expectCode(open(message, bob, alice), 'pgp-weak');
    const opened = await open(message, bob, alice, { legacy: true });
    expect(opened).toMatchObject({ integrity: 'none', sizeBytes: content.length });
    const flipped = Buffer.from(message);
    flipped[message.length - 600] = flipped[message.length - 600]! ^ 1;
    await expectCode(open(flipped, bob, alice, { legacy: true }), 'pgp-signature-wrong', 'pgp-malformed');
  });

  test('F51: a protected message relabelled as unprotected does not open', async () => {
    const message = await sealed();
    const at = headLength(message);
    const relabelled = Buffer.concat([message.subarray(0, at), Buffer.from([0xc9]), message.subarray(at + 1)]);
    const error = await open(relabelled, bob, alice, { legacy: true }).catch((thrown) => thrown);
    expect(error.code).toMatch(/^pgp-/);
  });

  test('I5: the recipients are read from the head of a file, armored or not, and the file is closed', async () => {
    const message = await sealed();
    const armor = await bytesOf(armorStream(sourceOf(message)));
    for (const bytes of [message, armor]) {
      let isClosed = false;
      async function* source() {
        try {
          yield* inPieces(bytes, 100);
        } finally {
          isClosed = true;
        }
      }
      expect(await recipientKeyIds(source())).toEqual([bob.pub.info.keyIds[1]]);
      expect(isClosed).toBe(true);
    }
  });

  test('what write or the source throws comes through, and the source is closed', async () => {
    const message = await sealed();
    let isClosed = false;
    async function* source() {
      try {
        yield* inPieces(message, 100);
      } finally {
        isClosed = true;
      }
    }
    const full = new Error('disk full');
    const options = { own: [bob.own], signers: [alice.pub], nowMs: NOW_MS };
    await expect(openMessage(source(), { ...options, write: () => Promise.reject(full) })).rejects.toBe(full);
    expect(isClosed).toBe(true);
    async function* broken() {
      yield message.subarray(0, 300);
      throw full;
    }
    await expect(openMessage(broken(), { ...options, write() {} })).rejects.toBe(full);
  });
});
