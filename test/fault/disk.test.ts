import { existsSync, mkdirSync, mkdtempSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { freeBytes } from '../../src/core/files.ts';
import { rohrpost } from '../cli/rohrpost.ts';
import { eventually } from '../support/boxes.ts';
import { echoscu } from '../support/dcmtk.ts';
import { fillDisk, smallDisk } from '../support/small-disk.ts';
import { checkInvariants } from './invariants.ts';
import { addRow, type Row } from './table.ts';
import { type BoxId, filesBelow, openWorld, type World } from './world.ts';

// A whole box on a small disk that is full but for so many bytes, down to none, until somebody deletes something.

const DISK_MIB = 64;
/** What is left free when a study comes. The box keeps no reserve here: it meets the end of the disk at whatever it does then. */
const FREE_KIB = [0, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1_024, 2_048];
const IMAGES = 5;
const MIB = 2 ** 20;
const RESERVE_MIB = 16;
/** A box looks at its room twice a second. */
const NOTICED_MS = 1_000;
const FULL_MS = 4_000;

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A world in which the data folder of one box is a disk of its own. */
async function worldOnSmallDisk(
  id: BoxId,
  o: { reserve_bytes?: number } = {},
): Promise<{ world: World; disk: string }> {
  const disk = smallDisk(DISK_MIB);
  const root = mkdtempSync(join(tmpdir(), 'rp-full-'));
  mkdirSync(join(disk, 'data'));
  symlinkSync(join(disk, 'data'), join(root, id));
  const world = await openWorld(root, o);
  opened.push(() => world.stop());
  return { world, disk };
}

test.each([
  ['outbound', 'a'],
  ['inbound', 'b'],
] as const)(
  'F04: the disk of the %s box is full in the middle; with room again everything goes on',
  async (line, id) => {
    const { world, disk } = await worldOnSmallDisk(id);
    const row: Row = { fault: `F04 disk full, ${line}`, runs: 0, hit: 0, lost: 0, twice: 0, wrong: 0, repeated: 0 };
    const { dicomPort } = world.sites.find((site) => site.id === id)!;
    for (const free_kib of FREE_KIB) {
      const images = await world.study(IMAGES);
      const makeRoom = await fillDisk(disk, free_kib * 1_024);
      const sending = world.send(images);
      sending.catch(() => {}); // told by `await sending`
      await delay(FULL_MS);
      const isHit = (await freeBytes(disk)) < 16_384;
      const echo = await echoscu({ port: dicomPort, calledAe: 'ROHRPOST' });
      expect(echo.code, `C-ECHO with ${free_kib} KiB left at first`).toBe(0);
      makeRoom();
      await sending;
      await world.drain();
      const { breaches, lost, twice, wrong, repeated } = await checkInvariants(world);
      row.runs++;
      if (isHit) row.hit++;
      Object.assign(row, { lost: row.lost + lost, twice: row.twice + twice, wrong: row.wrong + wrong, repeated });
      expect(breaches, `${free_kib} KiB left`).toEqual([]);
    }
    addRow(row);
    expect(row.hit).toBeGreaterThan(2);
  },
);

test('F05, I8: below what is to be kept free a box takes nothing; with room again, everything', async () => {
  const { world, disk } = await worldOnSmallDisk('a', { reserve_bytes: RESERVE_MIB * MIB });
  const row: Row = { fault: 'F05 below the reserve', runs: 0, hit: 0, lost: 0, twice: 0, wrong: 0, repeated: 0 };
  for (const free_mib of [RESERVE_MIB - 1, RESERVE_MIB / 2, 1]) {
    const before = world.acknowledged().length;
    const images = await world.study(IMAGES);
    const makeRoom = await fillDisk(disk, free_mib * MIB);
    await delay(NOTICED_MS);
    const sending = world.send(images);
    sending.catch(() => {}); // told by `await sending`
    await delay(FULL_MS);
    const isRefused = world.acknowledged().length === before;
    makeRoom();
    await sending;
    await world.drain();
    const { breaches, lost, twice, wrong, repeated } = await checkInvariants(world);
    row.runs++;
    if (isRefused) row.hit++;
    Object.assign(row, { lost: row.lost + lost, twice: row.twice + twice, wrong: row.wrong + wrong, repeated });
    expect(breaches, `${free_mib} MiB left`).toEqual([]);
  }
  addRow(row);
  expect(row.hit).toBe(row.runs);
});

test('F04: with no byte free, what a person discards goes all the same, and makes room', async () => {
  const { world, disk } = await worldOnSmallDisk('a');
  const [{ folder, look }] = world.sites;
  // So that it stays where it is.
  renameSync(join(folder, 'keys', 'own.private.asc'), join(folder, 'keys', 'away.asc'));
  await world.restart('a');
  await world.send(await world.study(IMAGES));
  const stored = () => filesBelow(join(folder, 'spool', 'instances')).then((files) => files.filter(isNoSpare).length);
  const isNoSpare = (path: string) => statSync(path).size > 0;
  expect(await stored()).toBe(IMAGES);
  await eventually(() => existsSync(join(folder, 'reserve')), { within_ms: 30_000 });
  await fillDisk(disk);
  await eventually(async () => (await freeBytes(disk)) > 0, { within_ms: 30_000 });
  const { id } = look((store) => store.overview.studies({ limit: 1 })[0]!);
  const discarded = await rohrpost(['study', 'discard', id, '--yes', '--data', folder]);
  expect(discarded.code, discarded.err).toBe(0);
  await eventually(async () => (await stored()) === 0, { within_ms: 90_000, describe: world.describe });
});
