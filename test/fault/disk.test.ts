import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { rohrpost } from '../cli/rohrpost.ts';
import { eventually } from '../support/boxes.ts';
import { echoscu } from '../support/dcmtk.ts';
import { checkInvariants } from './invariants.ts';
import { addRow, type Row } from './table.ts';
import { type BoxId, filesBelow, openWorld, type World } from './world.ts';

// A whole box on a small disk that is full but for so many bytes, down to none, until somebody deletes something.

const DISK_MIB = 64;
/** What is left free when a study comes. The box keeps no reserve here: it meets the end of the disk at whatever it does then. */
const FREE_KIB = [0, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1_024, 2_048];
const IMAGES = 5;
const FULL_MS = 4_000;

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A world in which the data folder of one box is a disk of its own. */
async function worldOnSmallDisk(id: BoxId): Promise<{ world: World; disk: string }> {
  const disk = mkdtempSync(join(tmpdir(), 'rp-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=0700`, 'tmpfs', disk]);
  opened.push(() => {
    execFileSync('umount', ['--lazy', disk]);
    rmSync(disk, { recursive: true });
  });
  const root = mkdtempSync(join(tmpdir(), 'rp-full-'));
  mkdirSync(join(disk, 'data'));
  symlinkSync(join(disk, 'data'), join(root, id));
  const world = await openWorld(root);
  opened.push(() => world.stop());
  return { world, disk };
}

const freeBytes = (folder: string) => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};

/** Fills a disk until so many bytes are free. @returns what makes room again */
function fill(disk: string, left_bytes: number): () => void {
  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(Math.max(0, freeBytes(disk) - left_bytes)));
  return () => rmSync(ballast);
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
      const makeRoom = fill(disk, free_kib * 1_024);
      const sending = world.send(images);
      sending.catch(() => {}); // told by `await sending`
      await delay(FULL_MS);
      const isHit = freeBytes(disk) < 16_384;
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
  fill(disk, 0);
  await eventually(() => freeBytes(disk) > 0, { within_ms: 30_000 });
  const { id } = look((store) => store.overview.studies({ limit: 1 })[0]!);
  const discarded = await rohrpost(['study', 'discard', id, '--yes', '--data', folder]);
  expect(discarded.code, discarded.err).toBe(0);
  await eventually(async () => (await stored()) === 0, { within_ms: 90_000, describe: world.describe });
});
