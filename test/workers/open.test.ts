import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { armorStream } from '../../src/pgp/armor.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { openMail } from '../../src/workers/open.ts';
import { unlockOnce } from '../../src/workers/own-key.ts';
import { bytesOf, makeParty, NOW_MS, type Party, sourceOf } from '../pgp/helpers.ts';
import { encryptedMail } from '../support/handmade-mail.ts';
import { temporaryFolder } from '../support/store.ts';

const NORD = 'nord@klinik.example';
const SUED = 'sued@klinik.example';

async function mailFrom(folder: string, from: string, sender: Party, box: Party, content: Buffer): Promise<string> {
  const sealed = sealStream(sourceOf(content), { to: box.pub, signer: sender.own, nowMs: NOW_MS, compressLevel: 6 });
  const path = join(folder, 'mail.eml');
  const addresses = { from, to: 'box@klinik.example', messageId: '<1@klinik.example>' };
  await writeFile(path, encryptedMail(await bytesOf(armorStream(sealed)), addresses));
  return path;
}

const partner = (id: string, address: string, { pub }: Party) => ({
  ...{ id, address, keys: [pub.armored], legacy: false, acceptUnsigned: false },
});

const ownKey = ({ privateArmored }: Party) => ({ armored: privateArmored, passphrase: 'geheim' });

test('F51: a mail from one partner, signed by another: refused, and nothing of it stays', async () => {
  const folder = temporaryFolder();
  const [nord, sued, box] = (await Promise.all(['Nord', 'Sued', 'Box'].map((name) => makeParty(name)))) as Party[];
  const job = {
    ...{ path: await mailFrom(folder, NORD, sued!, box!, Buffer.from('Befund')), out: join(folder, 'content') },
    ...{ nowMs: NOW_MS, ownKey: ownKey(box!), roomBytes: 1_000_000 },
    partners: [partner('nord', NORD, nord!), partner('sued', SUED, sued!)],
  };
  const opened = await openMail(job, unlockOnce());
  expect(opened).toMatchObject({ kind: 'refused', partnerId: 'nord', code: 'pgp-signer-unknown' });
  expect(existsSync(job.out)).toBe(false);
});

test('F55: a small mail whose content is larger than the room left waits for room, and leaves nothing behind', async () => {
  const folder = temporaryFolder();
  const [sender, box] = await Promise.all([makeParty('Nord'), makeParty('Box')]);
  const content = Buffer.alloc(2_000_000, 'x');
  const job = {
    ...{ path: await mailFrom(folder, NORD, sender, box, content), out: join(folder, 'content') },
    ...{ nowMs: NOW_MS, ownKey: ownKey(box), partners: [partner('nord', NORD, sender)] },
  };
  await expect(openMail({ ...job, roomBytes: content.length - 1 }, unlockOnce())).rejects.toMatchObject({
    code: 'disk-full',
    retry: 'later',
  });
  expect(existsSync(job.out)).toBe(false);
  const opened = await openMail({ ...job, roomBytes: content.length }, unlockOnce());
  expect(opened).toMatchObject({ kind: 'content', partnerId: 'nord' });
  expect((await readFile(job.out)).equals(content)).toBe(true);
});
