import { existsSync, readdirSync, renameSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, releaseAll, type Site } from '../support/boxes.ts';
import { checkInvariants } from './invariants.ts';
import { addRow } from './table.ts';
import { type BoxId, type Image, openWorld, type World } from './world.ts';

// Boxes that live through something for a while: without their key, under a wrong clock, ended in order at any moment.

let world: World;
beforeAll(async () => {
  world = await openWorld(await mkdtemp(join(tmpdir(), 'rp-states-')));
});
afterAll(() => world?.stop());

const IMAGES = 5;
/** As long as a study takes that nothing holds up. */
const ONE_STUDY_MS = 6_000;
const WITHIN = { within_ms: 30_000 };

const site = (id: BoxId) => world.sites.find((one) => one.id === id)!;
const codesAt = ({ look }: Site) =>
  look((store) => [
    ...new Set(
      store.overview
        .studies({ limit: 99 })
        .flatMap(({ id }) => store.consignments.ofStudy(id))
        .flatMap((row) => store.parts.ofConsignment(row.id).flatMap(({ code }) => code ?? [])),
    ),
  ]);

async function isAtPacs(images: readonly Image[]): Promise<boolean> {
  const delivered = await world.delivered();
  return images.some(({ sopUid }) => delivered.has(sopUid));
}

/** After the fault everything drains, and the ledger of truth is right. */
async function expectKept(fault: string, o: { runs: number; hit: number }): Promise<void> {
  await world.drain();
  const { breaches, lost, twice, wrong, repeated } = await checkInvariants(world);
  addRow({ fault, ...o, lost, twice, wrong, repeated });
  expect(breaches).toEqual([]);
}

test('F28: without its own key a box starts, takes images, seals nothing and says so; with it they go when released', async () => {
  const key = join(site('a').folder, 'keys', 'own.private.asc');
  const hide = () => renameSync(key, `${key}.away`);
  hide();
  await world.restart('a');
  expect(existsSync(key), 'no new key in its place: partners know the old one').toBe(false);
  const images = await world.study(IMAGES);
  await world.send(images);
  await eventually(() => codesAt(site('a')).includes('own-key-missing'), { ...WITHIN, describe: world.describe });
  expect(await isAtPacs(images)).toBe(false);
  renameSync(`${key}.away`, key);
  releaseAll(site('a'));
  await expectKept('F28 own key away', { runs: 1, hit: 1 });
  expect(await isAtPacs(images)).toBe(true);
});

const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
  .map((folder) => join(folder, 'faketime', 'libfaketime.so.1'))
  .find(existsSync);

/** The environment of a process whose clock says something else; its steady clock goes on. */
function clockSays(fake: string): Record<string, string> {
  if (FAKETIME === undefined) throw new Error('faketime is not installed');
  return { LD_PRELOAD: FAKETIME, FAKETIME: fake, DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_RESET: '1' };
}

test.each([
  ['1970', '@1970-01-01 00:10:00', 'waits'],
  ['2038', '@2038-01-19 03:20:00', 'waits'],
  ['an hour back', '-1h', 'waits'],
  ['ten minutes fast', '+10m', 'goes on'],
] as const)(
  'F54 F67: under a clock that says %s the sender takes images, and what must wait does (%s: %s)',
  async (words, fake, then) => {
    // The sender has written down what time it was.
    await world.send(await world.study(1));
    await world.drain();
    await world.restart('a', clockSays(fake));
    const images = await world.study(IMAGES);
    await world.send(images);
    if (then === 'waits') {
      await eventually(() => codesAt(site('a')).includes('clock-untrusted'), { ...WITHIN, describe: world.describe });
      await delay(ONE_STUDY_MS);
      expect(await isAtPacs(images)).toBe(false);
      await world.restart('a');
    } else {
      await eventually(() => isAtPacs(images), { ...WITHIN, describe: world.describe });
      await world.drain();
      await world.restart('a');
    }
    await expectKept(`F54 F67 clock: ${words}`, { runs: 1, hit: 1 });
    expect(await isAtPacs(images)).toBe(true);
  },
);

test.each([
  ['1970', '@1970-01-01 00:10:00'],
  ['2038', '@2038-01-19 03:20:00'],
])(
  'F54: under a clock of %s the receiver takes mails, verifies nothing, and delivers once its clock is set',
  async (words, fake) => {
    await world.restart('b', clockSays(fake));
    const images = await world.study(IMAGES);
    await world.send(images);
    const waits = () => readdirSync(join(site('b').folder, 'spool', 'inbox')).length > 0;
    await eventually(waits, { ...WITHIN, describe: world.describe });
    await delay(ONE_STUDY_MS);
    expect(await isAtPacs(images)).toBe(false);
    await world.restart('b');
    await expectKept(`F54 clock of the receiver: ${words}`, { runs: 1, hit: 1 });
    expect(await isAtPacs(images)).toBe(true);
  },
);

test.each(['a', 'b'] as const)(
  'F77: SIGTERM in every room of box %s: ends in order, starts again, nothing is lost or twice',
  async (id) => {
    const moments = 12;
    for (let moment = 0; moment < moments; moment++) {
      await world.send(await world.study(IMAGES));
      // From the last answer to the modality until the PACS has it all.
      await delay((ONE_STUDY_MS / moments) * moment);
      expect(await world.restart(id), `stopped at moment ${moment}`).toBe(0);
    }
    await expectKept(`F77 SIGTERM, ${id === 'a' ? 'outbound' : 'inbound'}`, { runs: moments, hit: moments });
  },
);
