import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWithPassphrase, sealWithPassphrase } from '../../src/pgp/passphrase.ts';
import { type Gnupg, startGnupg } from '../support/gnupg.ts';
import { bytesOf, expectCode, inPieces, sourceOf } from './helpers.ts';

const PASSPHRASE = 'kennwort';
const content = Buffer.concat([Buffer.from('{"rohrpost":1}\n'.repeat(5_000)), randomBytes(300_000)]);

let gnupg: Gnupg;
let sealed: Buffer;

beforeAll(async () => {
  gnupg = await startGnupg();
  sealed = await bytesOf(sealWithPassphrase(inPieces(content, 7_777), PASSPHRASE));
});
afterAll(() => gnupg.stop());

async function opened(message: Buffer, passphrase = PASSPHRASE): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await openWithPassphrase(inPieces(message, 10_000), passphrase, { write: (piece) => void pieces.push(piece) });
  return Buffer.concat(pieces);
}

test('what we seal, we open', async () => {
  expect((await opened(sealed)).equals(content)).toBe(true);
});

test('what we seal, gpg -d opens', async () => {
  expect((await gnupg.decrypt(sealed)).plain.equals(content)).toBe(true);
});

test('what gpg -c seals, armored or not, we open', async () => {
  for (const form of [[], ['--armor']]) {
    const options = ['--pinentry-mode', 'loopback', '--passphrase', PASSPHRASE, '--cipher-algo', 'AES256'];
    const { stdout } = await gnupg.run([...form, ...options, '--symmetric'], content);
    expect((await opened(stdout)).equals(content)).toBe(true);
  }
});

// A sealed message that stays the same: what a wrong passphrase makes of a new one is another thing each time.
const SEALED = Buffer.from(
  'wy4ECQMIz7NDk7wgQiLwhDoMgNhB2/9Z68ghqPmwrsg6gzH3iSf2w9cyGHPbPaj60v8AAABQAedbm6gScbfMc7qi387sPgLpzqfyk3k1475VI9HD' +
    'tdsIjAUgrrD4UN33sC1Ly9WkfNkCz5coW/DluWNkJj8hj+fhA765LU4W36q8UeXV87E=',
  'base64',
);

async function expectWrong(message: Buffer, passphrase: string): Promise<void> {
  const pieces: Buffer[] = [];
  const opening = openWithPassphrase(sourceOf(message), passphrase, { write: (piece) => void pieces.push(piece) });
  await expectCode(opening, 'pgp-passphrase-wrong');
  expect(pieces).toEqual([]);
}

test('a wrong passphrase is told as such, and nothing is written', async () => {
  expect(String(await opened(SEALED))).toBe('{"rohrpost":1}\n');
  for (let i = 0; i < 12; i++) await expectWrong(SEALED, `falsch ${i}`);
});

test('a wrong passphrase that makes a session key is told as such', async () => {
  for (const i of [224, 403, 537]) await expectWrong(SEALED, `falsch ${i}`);
});

test('a wrong passphrase that makes a session key of a cipher that we do not know is told as such', async () => {
  const [aes256, twofish, firstOfKey] = [9, 10, 15];
  const other = Buffer.from(SEALED);
  other[firstOfKey]! ^= aes256 ^ twofish;
  await expectWrong(other, PASSPHRASE);
});

test('damage anywhere is found', async () => {
  for (let at = 100; at < sealed.length; at += 20_011) {
    const damaged = Buffer.from(sealed);
    damaged[at]! ^= 0x04;
    await expectCode(opened(damaged), 'pgp-integrity-failed', 'pgp-malformed', 'pgp-truncated');
  }
  await expectCode(opened(sealed.subarray(0, -30)), 'pgp-truncated', 'pgp-integrity-failed');
  await expectCode(opened(sealed.subarray(0, 60_000)), 'pgp-truncated', 'pgp-malformed');
});

test('what is not under a passphrase is told apart', async () => {
  await expectCode(opened(Buffer.from([0xcb, 6, 0x62, 0, 0, 0, 0, 0])), 'pgp-not-encrypted');
  await expectCode(opened(Buffer.alloc(0)), 'pgp-armor-malformed');
});
