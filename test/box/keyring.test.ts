import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAllowed } from '../../src/box/allow.ts';
import { clockWatch } from '../../src/box/clock-watch.ts';
import { type Keyring, openKeyring } from '../../src/box/keyring.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { readPublicKey } from '../../src/pgp/keys.ts';
import { manualClock, START_MS } from '../support/clock.ts';
import { testPartner } from '../support/settings.ts';
import { addConsignment, addParts, temporaryFolder, temporaryStore } from '../support/store.ts';

async function newKeyring(folder = temporaryFolder()): Promise<Keyring> {
  const keyring = openKeyring(folder, await openSecrets(folder));
  await keyring.ensureOwnKey({ name: 'Klinik Test', email: 'box@test.example', nowMs: START_MS - 60_000 });
  return keyring;
}

test('the private key lies encrypted at rest, and the next start opens it again', async () => {
  const folder = temporaryFolder();
  const first = await newKeyring(folder);
  const stored = readFileSync(join(folder, 'keys', 'own.private.asc'), 'utf8');
  const { passphrase } = await first.ownArmored();
  expect(stored).not.toContain(passphrase);
  expect(readFileSync(join(folder, 'secrets.json'), 'utf8')).not.toContain(passphrase);
  const again = await newKeyring(folder);
  expect((await again.ownKey()).info.fingerprint).toBe((await first.ownKey()).info.fingerprint);
});

test('F28: a lost passphrase is told as a missing own key, not made good by a new one', async () => {
  const folder = temporaryFolder();
  await newKeyring(folder);
  const secrets = await openSecrets(folder);
  await secrets.delete('own-key');
  const keyring = openKeyring(folder, secrets);
  await keyring.ensureOwnKey({ name: 'Klinik Test', email: 'box@test.example', nowMs: START_MS });
  await expect(keyring.ownKey()).rejects.toMatchObject({ code: 'own-key-missing' });
});

test('F28: a disk that does not give the passphrase is told; the key is not called lost, and no other taken in', async () => {
  const folder = temporaryFolder();
  const keyring = await newKeyring(folder);
  const exported = await keyring.exportPrivate('ein langer Satz zum Merken');
  rmSync(join(folder, 'secrets.json'));
  mkdirSync(join(folder, 'secrets.json'));
  await expect(keyring.ownArmored()).rejects.toMatchObject({ code: 'disk-error' });
  await expect(keyring.importPrivate(exported, 'ein langer Satz zum Merken')).rejects.toMatchObject({
    code: 'disk-error',
  });
});

test('F28: a lost private key is told as missing, and no other is made in its place', async () => {
  const folder = temporaryFolder();
  await newKeyring(folder);
  const secrets = await openSecrets(folder);
  const path = join(folder, 'keys', 'own.private.asc');
  const armored = readFileSync(path);
  rmSync(path);
  const keyring = openKeyring(folder, secrets);
  await keyring.ensureOwnKey({ name: 'Klinik Test', email: 'box@test.example', nowMs: START_MS });
  expect(existsSync(path)).toBe(false);
  await expect(keyring.ownKey()).rejects.toMatchObject({ code: 'own-key-missing' });
  writeFileSync(path, armored);
  await expect(keyring.ownKey()).resolves.toBeDefined();
});

test('a first start that was cut short between the two files of a key is brought to its end', async () => {
  const folder = temporaryFolder();
  const before = await (await newKeyring(folder)).ownPublic();
  const path = join(folder, 'keys', 'own.public.asc');
  rmSync(path);
  const keyring = openKeyring(folder, await openSecrets(folder));
  await keyring.ensureOwnKey({ name: 'Klinik Test', email: 'box@test.example', nowMs: START_MS });
  const fingerprint = async (armored: string) => (await readPublicKey(armored)).info.fingerprint;
  expect(await fingerprint(await keyring.ownPublic())).toBe(await fingerprint(before));
});

test('a key moves to another box under a passphrase of the operator’s choice', async () => {
  const from = await newKeyring();
  const exported = await from.exportPrivate('ein langer Satz zum Merken');
  const to = openKeyring(temporaryFolder(), await openSecrets(temporaryFolder()));
  await expect(to.importPrivate(exported, 'falsch')).rejects.toMatchObject({ code: 'pgp-passphrase-wrong' });
  const fingerprint = await to.importPrivate(exported, 'ein langer Satz zum Merken');
  expect(fingerprint).toBe((await from.ownKey()).info.fingerprint);
});

test('a power cut at any moment while another key is taken in leaves the old key or the new one', async () => {
  const from = await newKeyring();
  const exported = await from.exportPrivate('ein langer Satz zum Merken');
  const folder = temporaryFolder();
  const file = (name: string) => join(folder, 'keys', `own.${name}.asc`);
  const old = await newKeyring(folder);
  const [oldKey, newKey] = [await old.ownKey(), await from.ownKey()];
  const oldPrivate = readFileSync(file('private'));
  await old.importPrivate(exported, 'ein langer Satz zum Merken');
  const newPrivate = readFileSync(file('private'));
  for (const [found, key] of [
    [oldPrivate, oldKey],
    [newPrivate, newKey],
  ] as const) {
    rmSync(file('public'));
    writeFileSync(file('private'), found);
    const keyring = await newKeyring(folder);
    expect((await keyring.ownKey()).info.fingerprint).toBe(key.info.fingerprint);
    expect((await readPublicKey(await keyring.ownPublic())).info.fingerprint).toBe(key.info.fingerprint);
  }
});

test('F06: a partner’s key that the disk does not give is not told as missing, nor as a stranger’s', async () => {
  const folder = temporaryFolder();
  const ours = await newKeyring(folder);
  const friend = (await (await newKeyring()).ownKey()).publicKey;
  await ours.importPublic(friend.armored);
  const partner = testPartner({ fingerprints: [friend.info.fingerprint] });
  const path = join(folder, 'keys', 'partners', `${friend.info.fingerprint}.asc`);
  rmSync(path);
  mkdirSync(path); // EISDIR: it is there and cannot be read
  await expect(ours.encryptionKey(partner, START_MS)).rejects.toMatchObject({ code: 'disk-error' });
  await expect(ours.correspondents([partner])).rejects.toMatchObject({ code: 'disk-error' });
});

test('F25, F51: only a key that the settings pin counts, whatever file lies under its name', async () => {
  const folder = temporaryFolder();
  const ours = await newKeyring(folder);
  const friend = (await (await newKeyring()).ownKey()).publicKey;
  const foe = (await (await newKeyring()).ownKey()).publicKey;
  await ours.importPublic(friend.armored);
  const partner = testPartner({ fingerprints: [friend.info.fingerprint] });
  expect((await ours.encryptionKey(partner, START_MS)).info.fingerprint).toBe(friend.info.fingerprint);
  expect((await ours.correspondents([partner]))[0]!.keys).toHaveLength(1);

  writeFileSync(join(folder, 'keys', 'partners', `${friend.info.fingerprint}.asc`), foe.armored);
  await expect(ours.encryptionKey(partner, START_MS)).rejects.toMatchObject({ code: 'partner-key-missing' });
  expect((await ours.correspondents([partner]))[0]!.keys).toEqual([]);
});

test('F54, F67: a clock before its time is not trusted; one that was in the future for an hour does not spoil it for ever', () => {
  const { store } = temporaryStore();
  const trustedAt = (now_ms: number) => clockWatch(store, manualClock(now_ms))();
  expect(trustedAt(Date.UTC(1970, 0, 1))).toBe(false);
  expect(trustedAt(START_MS)).toBe(true);
  const { consignment } = addConsignment(store);
  const [part] = addParts(store, consignment.id);
  store.parts.move(part!.id, { state: 'held' }, START_MS + 365 * 86_400_000);
  expect(trustedAt(START_MS)).toBe(false);
  store.parts.move(part!.id, { state: 'planned' }, Date.UTC(2038, 0, 1));
  expect(trustedAt(START_MS)).toBe(true);
  expect(trustedAt(Date.UTC(2038, 0, 2))).toBe(false);
  store.parts.move(part!.id, { state: 'held' }, START_MS);
  expect(trustedAt(START_MS + 1)).toBe(true);
  expect(trustedAt(START_MS - 3_600_000)).toBe(false);
});

test('the allow-list: by title, by address, by network, both together; empty allows all', () => {
  const ct = { callingAe: 'CT1', address: '192.0.2.17' };
  expect(isAllowed([], ct)).toBe(true);
  expect(isAllowed([{ ae_title: 'CT1' }], ct)).toBe(true);
  expect(isAllowed([{ ae_title: 'MR1' }], ct)).toBe(false);
  expect(isAllowed([{ address: '192.0.2.0/24' }], ct)).toBe(true);
  expect(isAllowed([{ address: '192.0.2.18' }], ct)).toBe(false);
  expect(isAllowed([{ ae_title: 'CT1', address: '198.51.100.0/24' }], ct)).toBe(false);
  expect(isAllowed([{ address: '192.0.2.17' }], { ...ct, address: '::ffff:192.0.2.17' })).toBe(true);
  expect(isAllowed([{ address: '2001:db8::/32' }], { ...ct, address: '2001:db8::5' })).toBe(true);
});
