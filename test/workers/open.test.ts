import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { armorStream } from '../../src/pgp/armor.ts';
import { sealStream } from '../../src/pgp/seal.ts';
import { openMail } from '../../src/workers/open.ts';
import { unlockOnce } from '../../src/workers/own-key.ts';
import { bytesOf, makeParty, NOW_MS, sourceOf } from '../pgp/helpers.ts';
import { encryptedMail } from '../support/handmade-mail.ts';
import { temporaryFolder } from '../support/store.ts';

test('F55: a small mail whose content is larger than the room left waits for room, and leaves nothing behind', async () => {
  const folder = temporaryFolder();
  const [sender, box] = await Promise.all([makeParty('Nord'), makeParty('Box')]);
  const content = Buffer.alloc(2_000_000, 'x');
  const sealed = sealStream(sourceOf(content), { to: box.pub, signer: sender.own, nowMs: NOW_MS, compressLevel: 6 });
  const path = join(folder, 'mail.eml');
  const addresses = { from: 'nord@klinik.example', to: 'box@klinik.example', messageId: '<1@klinik.example>' };
  await writeFile(path, encryptedMail(await bytesOf(armorStream(sealed)), addresses));
  const job = {
    ...{ path, out: join(folder, 'content'), nowMs: NOW_MS },
    ownKey: { armored: box.privateArmored, passphrase: 'geheim' },
    partners: [
      { id: 'nord', address: addresses.from, keys: [sender.pub.armored], legacy: false, acceptUnsigned: false },
    ],
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
