import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorText } from '../../src/core/errors.ts';
import {
  changePassphrase,
  checkUsable,
  generateKey,
  type PublicKey,
  readPublicKey,
  unlockOwnKey,
} from '../../src/pgp/keys.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { bytesOf, expectCode, HOUR_MS, makeParty, NOW_MS, type Party, sourceOf } from './helpers.ts';

const YEAR_S = 365 * 24 * 3600;
let party: Party;

beforeAll(async () => {
  party = await makeParty('Klinik');
});

describe('making and reading keys', () => {
  test('both kinds sign, encrypt, and do not announce what GnuPG 2.2 cannot read', async () => {
    for (const [algorithm, name] of [
      ['curve25519', 'Ed25519'],
      ['rsa3072', 'RSA-3072'],
    ] as const) {
      const made = await generateKey({ name: 'A', email: 'a@b.example', algorithm, passphrase: 'x', nowMs: NOW_MS });
      const { info, packets } = await readPublicKey(made.publicArmored);
      expect(info).toMatchObject({ fingerprint: made.fingerprint, algorithm: name, canEncrypt: true, canSign: true });
      expect(info).toMatchObject({ createdMs: NOW_MS, expiresMs: null, revoked: false, weaknesses: [] });
      expect(info.userIds).toEqual(['A <a@b.example>']);
      expect(info.keyIds).toHaveLength(2);
      expect(info.keyIds[0]).toBe(made.fingerprint.slice(-16));
      expect(packets.keyPacket.version).toBe(4);
      expect((await packets.getPrimaryUser()).selfCertification.features?.[0]).toBe(1);
    }
  });

  test('F28: a wrong passphrase and a damaged private key are told apart', async () => {
    await expectCode(unlockOwnKey(party.privateArmored, 'falsch'), 'pgp-passphrase-wrong');
    await expectCode(unlockOwnKey(party.privateArmored.slice(0, 400), 'geheim'), 'pgp-key-malformed');
    await expectCode(unlockOwnKey(party.pub.armored, 'geheim'), 'pgp-key-malformed');
  });

  test('the passphrase changes, the key stays', async () => {
    const exported = await changePassphrase(party.privateArmored, 'geheim', 'anderes');
    await expectCode(unlockOwnKey(exported, 'geheim'), 'pgp-passphrase-wrong');
    expect((await unlockOwnKey(exported, 'anderes')).info).toEqual(party.own.info);
    await expectCode(changePassphrase(party.privateArmored, 'falsch', 'x'), 'pgp-passphrase-wrong');
  });

  test('a private key in place of a public one is refused and not repeated', async () => {
    const refused = await readPublicKey(party.privateArmored).catch((error) => error);
    expect(refused.code).toBe('pgp-key-is-private');
    expect(JSON.stringify(refused) + refused.stack).not.toContain(party.privateArmored.slice(100, 140));
    const disguised = party.privateArmored.replaceAll('PRIVATE', 'PUBLIC');
    await expectCode(readPublicKey(disguised), 'pgp-key-is-private');
  });

  test('anything but one public key is refused', async () => {
    await expectCode(readPublicKey(''), 'pgp-key-malformed');
    await expectCode(readPublicKey('Mein Schlüssel liegt bei.'), 'pgp-key-malformed');
    await expectCode(readPublicKey(party.pub.armored + party.pub.armored), 'pgp-key-several');
    await expectCode(readPublicKey(party.pub.armored.padEnd(2_000_000)), 'pgp-key-malformed');
    const other = (await makeParty('Andere')).pub;
    const both = [party.pub.packets.write(), other.packets.write()];
    const armored = openpgp.armor(openpgp.enums.armor.publicKey, Buffer.concat(both));
    await expectCode(readPublicKey(armored), 'pgp-key-several');
  });
});

describe('F25: a key is used only while it may be', () => {
  const allUses = ['encrypt', 'sign'] as const;
  const check = (key: PublicKey, use: 'encrypt' | 'sign', nowMs: number, legacy = false) =>
    expectCode((async () => checkUsable(key, use, nowMs, legacy))(), expectedCode);
  let expectedCode: Parameters<typeof errorText>[0];

  async function made(options: Partial<Parameters<typeof openpgp.generateKey>[0]>): Promise<PublicKey> {
    const date = new Date(NOW_MS - HOUR_MS);
    const config = { minRSABits: 1024, aeadProtect: false };
    const user = { userIDs: [{ name: 'P', email: 'p@q.example' }], date, config, ...options };
    const { publicKey } = await openpgp.generateKey({ ...user, format: 'armored' });
    return readPublicKey(publicKey);
  }

  test('expired', async () => {
    const key = await made({ keyExpirationTime: YEAR_S });
    const endMs = NOW_MS - HOUR_MS + YEAR_S * 1000;
    expect(key.info.expiresMs).toBe(endMs);
    expectedCode = 'pgp-key-expired';
    for (const use of allUses) {
      checkUsable(key, use, endMs - 1, false);
      await check(key, use, endMs);
    }
  });

  test('only its encryption subkey expired', async () => {
    const key = await made({ subkeys: [{ keyExpirationTime: YEAR_S }] });
    const endMs = NOW_MS - HOUR_MS + YEAR_S * 1000;
    expect(key.info.expiresMs).toBe(endMs);
    checkUsable(key, 'sign', endMs, false);
    expectedCode = 'pgp-key-expired';
    await check(key, 'encrypt', endMs);
  });

  test('revoked, whatever the reason and the date', async () => {
    for (const flag of [
      openpgp.enums.reasonForRevocation.keyCompromised,
      openpgp.enums.reasonForRevocation.keySuperseded,
    ]) {
      const reasonForRevocation = { flag, string: '' };
      const date = new Date(NOW_MS + HOUR_MS);
      const revoked = await openpgp.revokeKey({ key: party.own.packets, reasonForRevocation, date, format: 'object' });
      const key = await readPublicKey(revoked.publicKey.armor());
      expect(key.info.revoked).toBe(true);
      expectedCode = 'pgp-key-revoked';
      for (const use of allUses) await check(key, use, NOW_MS);
    }
  });

  test('only its encryption subkey revoked', async () => {
    const { packets } = await unlockOwnKey(party.privateArmored, 'geheim');
    const primary = packets.keyPacket as openpgp.SecretKeyPacket;
    packets.subkeys[0] = await packets.subkeys[0]!.revoke(primary, {}, new Date(NOW_MS));
    const read = await readPublicKey(packets.toPublic().armor());
    expect(read.info).toMatchObject({ revoked: false, canEncrypt: false, canSign: true });
    expectedCode = 'pgp-key-revoked';
    await check(read, 'encrypt', NOW_MS);
  });

  test('without an encryption part', async () => {
    const key = await made({ subkeys: [] });
    expect(key.info).toMatchObject({ canEncrypt: false, canSign: true });
    expectedCode = 'pgp-key-unusable';
    await check(key, 'encrypt', NOW_MS);
  });

  test('weak, but for a legacy partner', async () => {
    const key = await made({ type: 'rsa', rsaBits: 1024 });
    expect(key.info.weaknesses).toEqual(['RSA-1024']);
    expectedCode = 'pgp-key-weak';
    for (const use of allUses) {
      await check(key, use, NOW_MS);
      checkUsable(key, use, NOW_MS, true);
    }
  });

  test('with a subkey whose binding is forged: the subkey does not count', async () => {
    const foreign = await made({});
    const key = party.own.packets.toPublic();
    key.subkeys[0] = foreign.packets.subkeys[0]!;
    const read = await readPublicKey(key.armor());
    expect(read.info.canEncrypt).toBe(false);
    expectedCode = 'pgp-key-unusable';
    await check(read, 'encrypt', NOW_MS);
  });

  test('F54: our clock years slow: keys are not called expired, and nothing is signed', async () => {
    const slowMs = NOW_MS - 3 * YEAR_S * 1000;
    for (const use of allUses) checkUsable(party.pub, use, slowMs, false);
    const sealed = bytesOf(sealStream(sourceOf(Buffer.from('x')), { to: party.pub, signer: party.own, nowMs: slowMs }));
    await expectCode(sealed, 'pgp-clock-behind-key');
  });

  test('sealing refuses what checkUsable refuses, before the first byte', async () => {
    const key = await made({ keyExpirationTime: 1800 });
    const sealed = sealStream(sourceOf(Buffer.from('x')), { to: key, signer: party.own, nowMs: NOW_MS });
    await expectCode(sealed.next(), 'pgp-key-expired');
  });
});

test('I9: every code of this kit has its placeholders filled where it is thrown', async () => {
  const error = await readPublicKey('x').catch((thrown) => thrown);
  expect(errorText(error.code, 'de', error.details)).not.toContain('?');
});
