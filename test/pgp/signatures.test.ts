import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { pgpLimits } from '../../src/core/limits.ts';
import { signDetached, verifyDetached } from '../../src/pgp/detached.ts';
import { type OwnKey, readPublicKey, unlockOwnKey } from '../../src/pgp/keys.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { bytesOf, expectCode, HOUR_MS, inPieces, makeParty, NOW_MS, open, type Party, sourceOf } from './helpers.ts';

const MINUTE_MS = 60_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const content = Buffer.from('Content-Type: text/plain\r\n\r\nBefund\r\n');

let alice: Party;
let bob: Party;

beforeAll(async () => {
  [alice, bob] = (await Promise.all(['Alice', 'Bob'].map((name) => makeParty(name)))) as [Party, Party];
});

const sealedAt = (nowMs: number, signer: OwnKey = alice.own) =>
  bytesOf(sealStream(sourceOf(content), { to: bob.pub, signer, nowMs }));

describe('F54: clocks', () => {
  test('a sender ten minutes fast is tolerated, one beyond the limit is not', async () => {
    const fast = await open(await sealedAt(NOW_MS + 10 * MINUTE_MS), bob, alice);
    expect(fast.signedAtMs).toBe(NOW_MS + 10 * MINUTE_MS);
    const tooFast = open(await sealedAt(NOW_MS + pgpLimits.clock_skew_ms + 1000), bob, alice);
    await expectCode(tooFast, 'pgp-signature-future');
  });

  test('our own clock three years slow: later, and no key is called expired', async () => {
    const error = await open(await sealedAt(NOW_MS), bob, alice, { nowMs: NOW_MS - 3 * YEAR_MS }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'pgp-signature-future', retry: 'later' });
  });

  test('a key made by a fast sender just now', async () => {
    const carol = await makeParty('Carol', 'curve25519', NOW_MS + 5 * MINUTE_MS);
    const opened = await open(await sealedAt(NOW_MS + 6 * MINUTE_MS, carol.own), bob, carol);
    expect(opened.content.equals(content)).toBe(true);
  });

  test('a mail of last week', async () => {
    const old = await makeParty('Old', 'curve25519', NOW_MS - YEAR_MS);
    const message = await sealedAt(NOW_MS - 7 * 24 * HOUR_MS, old.own).catch((thrown) => thrown);
    const opened = await open(message, bob, old);
    expect(opened.signedAtMs).toBe(NOW_MS - 7 * 24 * HOUR_MS);
  });
});

describe('F51: the signing key', () => {
  test('expired or revoked when the mail is opened', async () => {
    const date = new Date(NOW_MS - HOUR_MS);
    const user = { userIDs: [{ name: 'E', email: 'e@f.example' }], date, format: 'armored' as const };
    const made = await openpgp.generateKey({ ...user, keyExpirationTime: 7200 });
    const own = await unlockOwnKey(made.privateKey, '');
    const pub = await readPublicKey(made.publicKey);
    const message = await sealedAt(NOW_MS, own);
    expect((await open(message, bob, { pub })).signer.fingerprint).toBe(pub.info.fingerprint);
    await expectCode(open(message, bob, { pub }, { nowMs: NOW_MS + 2 * HOUR_MS }), 'pgp-key-expired');

    const revoked = await openpgp.revokeKey({ key: alice.own.packets, date: new Date(NOW_MS), format: 'object' });
    const after = { pub: await readPublicKey(revoked.publicKey.armor()) };
    await expectCode(open(await sealedAt(NOW_MS), bob, after), 'pgp-key-revoked');
  });

  test('a signing subkey signs, and is named', async () => {
    const date = new Date(NOW_MS - HOUR_MS);
    const user = { userIDs: [{ name: 'S', email: 's@t.example' }], date, format: 'armored' as const };
    const made = await openpgp.generateKey({ ...user, subkeys: [{ sign: true }, { sign: true }, {}] });
    const own = await unlockOwnKey(made.privateKey, '');
    const pub = await readPublicKey(made.publicKey);
    const opened = await open(await sealedAt(NOW_MS, own), bob, { pub });
    expect(opened.signer.fingerprint).toBe(pub.info.fingerprint);
    expect(pub.info.keyIds.slice(1, 3)).toContain(opened.signer.keyId);
  });

  test('a subkey that Mallory took over from Alice without her consent does not make Mallory the signer', async () => {
    const mallory = await makeParty('Mallory');
    const date = new Date(NOW_MS - HOUR_MS);
    const user = { userIDs: [{ name: 'S', email: 's@t.example' }], date, format: 'armored' as const };
    const victim = await openpgp.generateKey({ ...user, subkeys: [{ sign: true }] });
    const own = await unlockOwnKey(victim.privateKey, '');
    const stolen = mallory.own.packets.toPublic();
    stolen.subkeys = own.packets.toPublic().subkeys;
    const pub = await readPublicKey(stolen.armor());
    await expectCode(open(await sealedAt(NOW_MS, own), bob, { pub }), 'pgp-key-unusable');
  });

  test('F52: the recipient that the signature names is given to the caller', async () => {
    const opened = await open(await sealedAt(NOW_MS), bob, alice);
    expect(opened.intendedRecipients).toEqual([bob.pub.info.fingerprint]);
  });
});

describe('what openpgp.js makes, we open', () => {
  type Made = Partial<openpgp.EncryptOptions> & { config?: openpgp.PartialConfig };
  async function made(options: Made, signer: openpgp.PrivateKey = alice.own.packets): Promise<Buffer> {
    const message = await openpgp.createMessage({ binary: new Uint8Array(content), date: new Date(NOW_MS) });
    const encryptionKeys = bob.own.packets.toPublic();
    const common = { message, encryptionKeys, signingKeys: signer, date: new Date(NOW_MS), format: 'binary' as const };
    return Buffer.from((await openpgp.encrypt({ ...common, ...options } as never)) as Uint8Array);
  }

  test('version 1, with and without compression, with a hidden recipient', async () => {
    const zlib = { preferredCompressionAlgorithm: openpgp.enums.compression.zlib };
    for (const options of [{}, { config: zlib }, { wildcard: true }]) {
      const opened = await open(await made(options), bob, alice);
      expect(opened.content.equals(content)).toBe(true);
      expect(opened).toMatchObject({ integrity: 'mdc', intendedRecipients: [] });
    }
  });

  describe('version 2', () => {
    const date = new Date(NOW_MS - HOUR_MS);
    const user = { userIDs: [{ name: 'V', email: 'v@w.example' }], date, format: 'armored' as const };
    let modern: Party;
    beforeAll(async () => {
      const pair = await openpgp.generateKey({ ...user, config: { aeadProtect: true } });
      const own = await unlockOwnKey(pair.privateKey, '');
      modern = { own, pub: await readPublicKey(pair.publicKey), privateArmored: pair.privateKey };
    });
    const seal = (mode: 'gcm' | 'ocb' | 'eax', aeadChunkSizeByte = 0) =>
      made({
        encryptionKeys: modern.own.packets.toPublic(),
        config: { preferredAEADAlgorithm: openpgp.enums.aead[mode], aeadChunkSizeByte },
      } as Made);

    test('GCM and OCB, chunks of every number and size', async () => {
      for (const mode of ['gcm', 'ocb'] as const) {
        for (const chunkByte of [0, 1, 12]) {
          const opened = await open(inPieces(await seal(mode, chunkByte), 33), modern, alice);
          expect(opened.content.equals(content)).toBe(true);
          expect(opened.integrity).toBe('aead');
        }
      }
    });

    test('EAX is refused by name', async () => {
      await expectCode(open(await seal('eax'), modern, alice), 'pgp-unsupported');
    });

    test('F48: no flipped bit of the encrypted data and no cut opens', async () => {
      for (const mode of ['gcm', 'ocb'] as const) {
        const message = await seal(mode);
        const headLength = 2 + message[1]!;
        for (let i = 0; i < 100; i++) {
          const at = Math.floor((message.length * i) / 100);
          const flipped = Buffer.from(message);
          // The head names its key by a fingerprint of which only the key id counts.
          const from = Math.max(at, headLength);
          flipped[from] = flipped[from]! ^ (1 << (i % 8));
          const error = await open(flipped, modern, alice).catch((thrown) => thrown);
          expect(error.code, String(error.stack)).toMatch(/^pgp-/);
          const cut = await open(message.subarray(0, at), modern, alice).catch((thrown) => thrown);
          expect(cut.code, String(cut.stack)).toMatch(/^pgp-/);
        }
      }
    });

    test('we seal so on demand, for a key that announces it and for no other', async () => {
      const seal2 = (to: Party) =>
        bytesOf(sealStream(inPieces(large, 70_000), { to: to.pub, signer: alice.own, nowMs: NOW_MS, aead: true }));
      const large = Buffer.alloc(1_500_000, 'abc');
      const message = await seal2(modern);
      expect((await open(message, modern, alice)).integrity).toBe('aead');
      expect((await readWithOpenpgp(message, modern)).equals(large)).toBe(true);
      expect((await open(await seal2(bob), bob, alice)).integrity).toBe('mdc');
    });
  });

  test('signed by a version 6 key, with its salt', async () => {
    const date = new Date(NOW_MS - HOUR_MS);
    const user = { userIDs: [{ name: 'V', email: 'v@w.example' }], date, format: 'object' as const };
    const { privateKey, publicKey } = await openpgp.generateKey({ ...user, config: { v6Keys: true } });
    const pub = await readPublicKey(publicKey.armor());
    const opened = await open(await made({}, privateKey), bob, { pub });
    expect(opened.signer.fingerprint).toBe(pub.info.fingerprint);
    expect(opened.content.equals(content)).toBe(true);
    await expectCode(unlockOwnKey(privateKey.armor(), ''), 'pgp-key-malformed');
    const sealed = await bytesOf(sealStream(sourceOf(content), { to: pub, signer: alice.own, nowMs: NOW_MS }));
    const own = { ...bob, own: { packets: privateKey } as OwnKey };
    expect((await readWithOpenpgp(sealed, own)).equals(content)).toBe(true);
  });
});

test('what we seal, openpgp.js opens and verifies', async () => {
  for (const compressLevel of [undefined, 1, 9]) {
    const message = await bytesOf(
      sealStream(sourceOf(content), { to: bob.pub, signer: alice.own, nowMs: NOW_MS, compressLevel }),
    );
    expect((await readWithOpenpgp(message, bob)).equals(content)).toBe(true);
  }
});

describe('detached signatures (RFC 3156 §5)', () => {
  const verify = (data: Buffer, signature: string, party: { pub: Party['pub'] } = alice, nowMs = NOW_MS) =>
    verifyDetached(inPieces(data, 5), signature, [party.pub], { nowMs });

  test('round, and openpgp.js verifies it too', async () => {
    const signature = await signDetached(content, alice.own, NOW_MS);
    expect(signature).toMatch(/^-----BEGIN PGP SIGNATURE-----\r\n\r\n/);
    expect(signature).not.toMatch(/[^\r]\n/);
    const verified = await verify(content, signature);
    expect(verified).toMatchObject({ signer: { fingerprint: alice.pub.info.fingerprint }, signedAtMs: NOW_MS });
    const result = await openpgp.verify({
      message: await openpgp.createMessage({ binary: new Uint8Array(content) }),
      signature: await openpgp.readSignature({ armoredSignature: signature }),
      verificationKeys: alice.pub.packets as openpgp.PublicKey,
      date: new Date(NOW_MS),
    });
    expect(await result.signatures[0]!.verified).toBe(true);
  });

  test('F51: other data, another signer, several signatures, none, noise', async () => {
    const signature = await signDetached(content, alice.own, NOW_MS);
    await expectCode(verify(Buffer.from('anderes'), signature), 'pgp-signature-wrong');
    await expectCode(verify(content, signature, bob), 'pgp-signer-unknown');
    const { packets } = await openpgp.readSignature({ armoredSignature: signature });
    packets.push(packets[0]!);
    await expectCode(verify(content, new openpgp.Signature(packets).armor()), 'pgp-signature-several');
    for (const noise of ['', 'x', bob.pub.armored, signature.slice(0, 90), signature.padEnd(100_000)]) {
      await expectCode(verify(content, noise), 'pgp-malformed');
    }
  });

  test('F51: a signature that its maker let expire', async () => {
    const packet = new openpgp.SignaturePacket();
    Object.assign(packet, {
      signatureType: 0,
      hashAlgorithm: 10,
      signatureExpirationTime: 60,
      signatureNeverExpires: false,
    });
    packet.publicKeyAlgorithm = alice.own.packets.keyPacket.algorithm;
    const literal = new openpgp.LiteralDataPacket() as unknown as { setBytes(bytes: Uint8Array, format: number): void };
    literal.setBytes(new Uint8Array(content), openpgp.enums.literal.binary);
    const sign = packet.sign as (...args: unknown[]) => Promise<void>;
    await sign.call(packet, alice.own.packets.keyPacket, literal, new Date(NOW_MS), true, openpgp.config);
    const packets = new openpgp.PacketList<openpgp.SignaturePacket>();
    packets.push(packet);
    const signature = new openpgp.Signature(packets).armor();
    expect((await verify(content, signature)).signedAtMs).toBe(NOW_MS);
    await expectCode(verify(content, signature, alice, NOW_MS + 60_000), 'pgp-signature-expired');
  });

  test('F51: a certification in place of a document signature', async () => {
    const certification = alice.own.packets.users[0]!.selfCertifications;
    const packets = new openpgp.PacketList<openpgp.SignaturePacket>();
    packets.push(certification[0]!);
    await expectCode(verify(content, new openpgp.Signature(packets).armor()), 'pgp-signature-wrong');
  });
});

async function readWithOpenpgp(message: Buffer, to: Party): Promise<Buffer> {
  const { data, signatures } = await openpgp.decrypt({
    message: await openpgp.readMessage({ binaryMessage: new Uint8Array(message) }),
    decryptionKeys: to.own.packets,
    verificationKeys: alice.pub.packets as openpgp.PublicKey,
    expectSigned: true,
    date: new Date(NOW_MS),
    format: 'binary',
  });
  expect(await signatures[0]!.verified).toBe(true);
  return Buffer.from(data);
}
