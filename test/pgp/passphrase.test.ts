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

test('a wrong passphrase is told as such, and nothing is written', async () => {
  const wrong = Array.from({ length: 12 }, (_, i) => `falsch ${i}`);
  for (const passphrase of wrong) {
    const pieces: Buffer[] = [];
    const opening = openWithPassphrase(sourceOf(sealed), passphrase, { write: (piece) => void pieces.push(piece) });
    await expectCode(opening, 'pgp-passphrase-wrong');
    expect(pieces).toEqual([]);
  }
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
