import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { armorStream } from '../../src/pgp/armor.ts';
import { signDetached, verifyDetached } from '../../src/pgp/detached.ts';
import { type PublicKey, readPublicKey, unlockOwnKey } from '../../src/pgp/keys.ts';
import { recipientKeyIds } from '../../src/pgp/open.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { type Gnupg, startGnupg } from '../support/gnupg.ts';
import { bytesOf, expectCode, inPieces, makeParty, open, type Party, sourceOf } from './helpers.ts';

// GnuPG makes its keys and signatures now, so this file lives at the real time.
const nowMs = Date.now();
const kinds = ['curve25519', 'rsa3072', 'nistp256'] as const;
const content = randomBytes(300_000);
const text = Buffer.from('erste Zeile\nzweite Zeile\r\ndritte\rZeile\n\n');

let gnupg: Gnupg;
let box: Party;
let boxRsa: Party;
const partners = new Map<string, { fingerprint: string; pub: PublicKey }>();

beforeAll(async () => {
  gnupg = await startGnupg();
  box = await makeParty('Box', 'curve25519', nowMs);
  boxRsa = await makeParty('BoxRsa', 'rsa3072', nowMs);
  await gnupg.importKey(box.pub.armored);
  await gnupg.importKey(boxRsa.pub.armored);
  for (const kind of kinds) {
    const fingerprint = await gnupg.generate(`Partner ${kind} <${kind}@praxis.example>`, kind);
    partners.set(kind, { fingerprint, pub: await readPublicKey(await gnupg.exportPublic(fingerprint)) });
  }
});

afterAll(() => gnupg.stop());

describe('what we seal, GnuPG opens', () => {
  for (const kind of kinds) {
    for (const compressLevel of [undefined, 1]) {
      for (const form of ['binary', 'armor']) {
        test(`${kind}, ${form}, ${compressLevel === undefined ? 'uncompressed' : 'zlib'}`, async () => {
          const partner = partners.get(kind)!;
          const own = kind === 'rsa3072' ? boxRsa.own : box.own;
          const sealed = sealStream(inPieces(content, 77_777), { to: partner.pub, signer: own, nowMs, compressLevel });
          const message = await bytesOf(form === 'binary' ? sealed : armorStream(sealed));
          const { plain, signedBy } = await gnupg.decrypt(message);
          expect(plain.equals(content)).toBe(true);
          expect(signedBy).toBe(own.info.fingerprint);
        });
      }
    }
  }

  test('an empty content and one of several parts of 1 MiB', async () => {
    const { pub } = partners.get('curve25519')!;
    for (const size of [0, 1, (1 << 20) - 6, 1 << 20, (3 << 20) + 1]) {
      const large = randomBytes(size);
      const sealed = sealStream(sourceOf(large), { to: pub, signer: box.own, nowMs });
      const { plain } = await gnupg.decrypt(await bytesOf(armorStream(sealed)));
      expect(plain.equals(large)).toBe(true);
    }
  });
});

describe('what GnuPG makes, we open', () => {
  const makes: [string, string[]][] = [
    ['binary, ZIP by default', []],
    ['armor', ['--armor']],
    ['ZLIB', ['--armor', '--compress-algo', 'zlib']],
    ['uncompressed', ['--compress-algo', 'none']],
    ['text mode', ['--textmode', '--armor']],
    ['AES-128', ['--cipher-algo', 'AES128']],
    ['SHA-256', ['--digest-algo', 'SHA256']],
    ['SHA-384', ['--digest-algo', 'SHA384']],
    ['a hidden recipient', ['--throw-keyids']],
    ['a second recipient', ['--recipient', 'curve25519@praxis.example']],
    ['with comment and version lines', ['--armor', '--comment', 'Grüße', '--emit-version']],
  ];
  for (const [name, args] of makes) {
    test(name, async () => {
      for (const [kind, to] of [
        ['curve25519', boxRsa],
        ['rsa3072', box],
      ] as const) {
        const partner = partners.get(kind)!;
        const original = name === 'text mode' ? text : content;
        const message = await gnupg.encryptSign(original, partner.fingerprint, to.pub.info.fingerprint, args);
        const opened = await open(inPieces(message, 5_003), to, partner, { nowMs: Date.now() });
        const expected = name === 'text mode' ? crlf(original) : original;
        expect(opened.content.equals(expected)).toBe(true);
        expect(opened.signer.fingerprint).toBe(partner.fingerprint);
        expect(opened.integrity).toBe('mdc');
      }
    });
  }

  test('signed with nistp256', async () => {
    const partner = partners.get('nistp256')!;
    const message = await gnupg.encryptSign(content, partner.fingerprint, box.pub.info.fingerprint);
    const opened = await open(message, box, partner, { nowMs: Date.now() });
    expect(opened.content.equals(content)).toBe(true);
  });

  test('F51: a Brainpool key, which our library cannot use, is read and refused by name', async () => {
    const fingerprint = await gnupg.generate('Brainpool <brainpool@praxis.example>', 'brainpool');
    const pub = await readPublicKey(await gnupg.exportPublic(fingerprint));
    expect(pub.info).toMatchObject({ fingerprint, algorithm: 'BrainpoolP256r1', canEncrypt: false, canSign: false });
    const message = await gnupg.encryptSign(content, fingerprint, box.pub.info.fingerprint);
    await expectCode(open(message, box, { pub }, { nowMs: Date.now() }), 'pgp-key-unusable');
  });

  test('with a key that GnuPG made and we unlock', async () => {
    const { fingerprint, pub } = partners.get('curve25519')!;
    const own = await unlockOwnKey(await gnupg.exportSecret(fingerprint), '');
    const message = await gnupg.encryptSign(content, partners.get('rsa3072')!.fingerprint, fingerprint);
    const opened = await open(message, { own, pub, privateArmored: '' }, partners.get('rsa3072')!, {
      nowMs: Date.now(),
    });
    expect(opened.content.equals(content)).toBe(true);
  });

  test('F55: BZip2 is refused by name', async () => {
    const partner = partners.get('curve25519')!;
    const args = ['--compress-algo', 'bzip2'];
    const message = await gnupg.encryptSign(content, partner.fingerprint, box.pub.info.fingerprint, args);
    await expectCode(open(message, box, partner, { nowMs: Date.now() }), 'pgp-unsupported');
  });

  test('F51: two signatures in one message are refused', async () => {
    const partner = partners.get('curve25519')!;
    const args = ['--local-user', partners.get('rsa3072')!.fingerprint];
    const message = await gnupg.encryptSign(content, partner.fingerprint, box.pub.info.fingerprint, args);
    const signers = [partner.pub, partners.get('rsa3072')!.pub];
    await expectCode(open(message, box, partner, { nowMs: Date.now(), signers }), 'pgp-signature-several');
  });

  for (const [what, args] of [
    ['SHA-1', ['--digest-algo', 'SHA1']],
    ['RIPEMD-160', ['--digest-algo', 'RIPEMD160']],
    ['TripleDES', ['--cipher-algo', '3DES']],
  ] as const) {
    test(`F51: ${what} passes only for a legacy partner`, async () => {
      const partner = partners.get('rsa3072')!;
      const message = await gnupg.encryptSign(content, partner.fingerprint, box.pub.info.fingerprint, args);
      const refused = await open(message, box, partner, { nowMs: Date.now() }).catch((error) => error);
      expect(refused).toMatchObject({ code: 'pgp-weak', details: { what } });
      const opened = await open(message, box, partner, { nowMs: Date.now(), legacy: true });
      expect(opened.content.equals(content)).toBe(true);
    });
  }

  test('F51: MD5 passes for nobody', async () => {
    const partner = partners.get('rsa3072')!;
    const args = ['--allow-weak-digest-algos', '--digest-algo', 'MD5'];
    const message = await gnupg.encryptSign(content, partner.fingerprint, box.pub.info.fingerprint, args);
    await expectCode(open(message, box, partner, { nowMs: Date.now(), legacy: true }), 'pgp-weak');
  });

  test('F51: DSA and ElGamal keys pass only for a legacy partner, both ways', async () => {
    const fingerprint = await gnupg.generate('Alt <alt@praxis.example>', 'dsa');
    const partner = { pub: await readPublicKey(await gnupg.exportPublic(fingerprint)) };
    expect(partner.pub.info.weaknesses).toEqual(['DSA-1024', 'Elgamal-1024']);
    const args = ['--digest-algo', 'SHA256'];
    const message = await gnupg.encryptSign(content, fingerprint, box.pub.info.fingerprint, args);
    await expectCode(open(message, box, partner, { nowMs: Date.now() }), 'pgp-key-weak');
    const opened = await open(message, box, partner, { nowMs: Date.now(), legacy: true });
    expect(opened.signer.fingerprint).toBe(fingerprint);

    const seal = (legacy: boolean) =>
      bytesOf(sealStream(sourceOf(content), { to: partner.pub, signer: box.own, nowMs: Date.now(), legacy }));
    await expectCode(seal(false), 'pgp-key-weak');
    expect((await gnupg.decrypt(await seal(true))).plain.equals(content)).toBe(true);
  });

  test('I5: the recipients of a sealed file are read from its head', async () => {
    const both = ['--recipient', partners.get('rsa3072')!.fingerprint];
    const message = await gnupg.encryptSign(
      content,
      partners.get('curve25519')!.fingerprint,
      box.pub.info.fingerprint,
      both,
    );
    const ids = await recipientKeyIds(sourceOf(message));
    expect(ids.toSorted()).toEqual([box.pub.info.keyIds[1], partners.get('rsa3072')!.pub.info.keyIds[1]].toSorted());
    const password = ['--symmetric'];
    const secret = await gnupg.encryptSign(
      content,
      partners.get('curve25519')!.fingerprint,
      box.pub.info.fingerprint,
      password,
    );
    await expectCode(recipientKeyIds(sourceOf(secret)), 'pgp-malformed');
  });
});

describe('detached signatures', () => {
  for (const [name, args] of [
    ['binary', []],
    ['text mode', ['--textmode']],
  ] as const) {
    test(`GnuPG signs (${name}), we verify`, async () => {
      for (const { fingerprint, pub } of partners.values()) {
        const signature = await gnupg.signDetached(crlf(text), fingerprint, args);
        const verified = await verifyDetached(inPieces(crlf(text), 3), signature, [pub], { nowMs: Date.now() });
        expect(verified.signer.fingerprint).toBe(fingerprint);
        const other = verifyDetached(sourceOf(Buffer.from('anderes')), signature, [pub], { nowMs: Date.now() });
        await expectCode(other, 'pgp-signature-wrong');
      }
    });
  }

  test('we sign, GnuPG verifies', async () => {
    for (const { own } of [box, boxRsa]) {
      const signature = await signDetached(sourceOf(content), own, Date.now());
      expect(await gnupg.verifyDetached(content, signature)).toBe(own.info.fingerprint);
    }
  });
});

/** What a text-mode message carries: line feeds as CRLF. */
function crlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}
