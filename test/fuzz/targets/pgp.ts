import { readFileSync } from 'node:fs';
import { pgpLimits } from '../../../src/core/limits.ts';
import { dearmorStream } from '../../../src/pgp/armor.ts';
import { ByteReader } from '../../../src/pgp/bytes.ts';
import { readContent } from '../../../src/pgp/content.ts';
import { verifyDetached } from '../../../src/pgp/detached.ts';
import { readPublicKey, readPublicKeys, unlockOwnKey } from '../../../src/pgp/keys.ts';
import { openMessage } from '../../../src/pgp/open.ts';
import { must, type Target, type Verdict, verdictOf } from '../target.ts';

/** When the seeds were made (`pgp-seeds/make.ts`). */
const NOW_MS = Date.UTC(2026, 5, 1, 12);

const seed = (name: string) => readFileSync(new URL(`../pgp-seeds/${name}`, import.meta.url));

/** OpenPGP as it comes by mail and from key servers. There is one message of the partner's: no other must ever be believed. */
export async function openTarget(): Promise<Target> {
  const own = [await unlockOwnKey(seed('box.asc').toString(), 'geheim')];
  const signers = [await readPublicKey(seed('partner.asc').toString())];
  const content = seed('content.txt').toString('latin1');
  const signature = seed('signature.asc').toString();
  const seeds = [
    'message.asc',
    'message.pgp',
    'plain.pgp',
    'compressed.pgp',
    'signature.asc',
    'partner.asc',
    'content.txt',
  ];

  /** Opens it and hands out what was believed. */
  async function opened(input: Buffer): Promise<void> {
    const written: Buffer[] = [];
    await openMessage(once(input), { own, signers, nowMs: NOW_MS, write: (chunk) => void written.push(chunk) });
    must(Buffer.concat(written).toString('latin1') === content, 'only what was signed is believed');
  }

  /** The input as what stands inside the encryption. */
  async function inside(input: Buffer): Promise<void> {
    const wire = new ByteReader(once(input));
    const written: Buffer[] = [];
    const read = await readContent(wire, {
      ...{ signers, nowMs: NOW_MS, legacy: false, expectSigned: false, limits: pgpLimits, wire },
      write: (chunk) => void written.push(chunk),
    });
    const isSigned = (await read.verify()) !== null;
    must(!isSigned || Buffer.concat(written).toString('latin1') === content, 'only what was signed is believed');
  }

  return {
    seeds: seeds.map(seed),
    words: [
      ...[
        '-----BEGIN PGP MESSAGE-----\n\n',
        '-----END PGP MESSAGE-----\n',
        '=aaaa',
        '====',
        'Version: 1\n',
        '\n\n',
        '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n',
      ],
      ...[
        Buffer.from([0xcb, 0xff]),
        Buffer.from([0xc8, 1, 0]),
        Buffer.from([0xa3, 1]),
        Buffer.from([0xd2, 0xe0, 1]),
        Buffer.from([0xc2, 0xff, 0, 0]),
      ],
    ],
    async run(input) {
      const verdicts: Verdict[] = [
        await verdictOf(() => opened(input)),
        await verdictOf(() => inside(input)),
        await verdictOf(() => readPublicKeys(input)),
        await verdictOf(() =>
          verifyDetached(once(Buffer.from(content, 'latin1')), input.toString('latin1'), signers, { nowMs: NOW_MS }),
        ),
      ];
      const believed = await verdictOf(() => verifyDetached(once(input), signature, signers, { nowMs: NOW_MS }));
      must((believed === 'taken') === (input.toString('latin1') === content), 'a signature fits what was signed');
      const whole = await dearmored(once(input));
      must(
        whole === (await dearmored(inPieces(input, 1 + (input.length % 61)))),
        'what is read does not hang on where chunks end',
      );
      return verdicts.includes('taken') || believed === 'taken' ? 'taken' : 'refused';
    },
  };
}

async function dearmored(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  const verdict = await verdictOf(async () => {
    for await (const chunk of dearmorStream(source)) chunks.push(chunk);
  });
  return verdict === 'refused' ? verdict : Buffer.concat(chunks).toString('latin1');
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

async function* inPieces(bytes: Buffer, size_bytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size_bytes) yield bytes.subarray(at, at + size_bytes);
}
