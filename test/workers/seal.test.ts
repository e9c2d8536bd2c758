import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/ids.ts';
import { encryptedPayload } from '../../src/mail/classify.ts';
import { recipientKeyIds } from '../../src/pgp/open.ts';
import { unlockOnce } from '../../src/workers/own-key.ts';
import { type SealJob, sealPart } from '../../src/workers/seal.ts';
import { makeParty, NOW_MS, type Party } from '../pgp/helpers.ts';
import { fillDisk, smallDisk } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/store.ts';

const CONTENT = Buffer.alloc(100_000, 'Testperson^Erika ');

let own: Party;
let partner: Party;

beforeAll(async () => {
  [own, partner] = (await Promise.all(['Box', 'Nord'].map((name) => makeParty(name)))) as [Party, Party];
});

/** A part of one document, whose file is as it was received. */
function job(folder = temporaryFolder()): SealJob {
  const path = join(folder, 'item');
  writeFileSync(path, CONTENT);
  return {
    items: [
      {
        ...{ kind: 'document', path, name: '0001', mediaType: 'application/pdf', studyUid: '1.2.3' },
        ...{ sizeBytes: CONTENT.length, sha256: sha256(CONTENT), dataOffset: 0 },
      },
    ],
    ...{ fields: { setId: 'set1', part: 1, total: 1 }, encoding: 'base64', ownFields: [] },
    ...{ from: 'box@klinik-a.example', to: 'box@klinik-b.example', messageId: '<1@klinik-a.example>' },
    ...{ dateMs: NOW_MS, receiptTo: null, partnerKey: partner.pub.armored, compress: false },
    ownKey: { armored: own.privateArmored, passphrase: 'geheim' },
    ...{ out: join(folder, 'part.eml'), cutAbove_bytes: null },
  };
}

describe('F24: a file is no longer what was received: nothing is sealed', () => {
  test.for<[string, (path: string) => void]>([
    ['one bit flipped', (path) => writeFileSync(path, flipped(CONTENT))],
    ['cut off', (path) => truncateSync(path, CONTENT.length - 1)],
    ['longer', (path) => appendFileSync(path, 'x')],
    ['gone', (path) => unlinkSync(path)],
  ])('%s', async ([, damage]) => {
    const folder = temporaryFolder();
    const work = job(folder);
    damage(work.items[0]!.path);
    await expect(sealPart(work, unlockOnce())).rejects.toMatchObject({ code: 'seal-bytes-changed' });
    expect(readdirSync(folder).filter((name) => name !== 'item')).toEqual([]);
  });
});

test('I4, I5: what is sealed is for the partner’s key alone, and no word of the patient stands in it', async () => {
  const work = job();
  const { paths } = await sealPart(work, unlockOnce());
  expect(paths).toEqual([work.out]);
  const recipients = await recipientKeyIds(encryptedPayload(work.out));
  expect(recipients).toHaveLength(1);
  expect(partner.pub.info.keyIds).toContain(recipients[0]);
  expect(await readFile(work.out, 'latin1')).not.toMatch(/Testperson|Erika/);
});

test('F23: a mail file that a kill cut short is written anew, whole', async () => {
  const work = job();
  writeFileSync(work.out, 'From: box@klinik-a.example\r\n');
  const { mailBytes } = await sealPart(work, unlockOnce());
  expect((await readFile(work.out)).length).toBe(mailBytes);
  expect(mailBytes).toBeGreaterThan(CONTENT.length);
});

test.for([null, 50_000])('F24: what was sealed is known by its hashes (cut above %s)', async (cutAbove_bytes) => {
  const { paths, hashes } = await sealPart({ ...job(), cutAbove_bytes }, unlockOnce());
  expect(paths.length > 1).toBe(cutAbove_bytes !== null);
  expect(hashes).toEqual(paths.map((path) => sha256(readFileSync(path))));
});

test.runIf(smallDisk.isPossible)(
  'F04: a disk that is full at any byte: an error and no file, never half a mail',
  async () => {
    const disk = smallDisk(1);
    const work = job();
    work.out = join(disk, 'part.eml');
    const { mailBytes } = await sealPart(work, unlockOnce());
    for (let room_bytes = 0; room_bytes < mailBytes; room_bytes += mailBytes / 6) {
      unlinkSync(work.out);
      const makeRoom = await fillDisk(disk, room_bytes);
      await expect(sealPart(work, unlockOnce()), `${room_bytes} bytes of room`).rejects.toMatchObject({
        code: 'ENOSPC',
      });
      expect(readdirSync(disk)).toEqual(['ballast']);
      makeRoom();
      expect((await sealPart(work, unlockOnce())).mailBytes).toBe(statSync(work.out).size);
    }
  },
);

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1]! ^= 1;
  return copy;
}
