import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkInvariants } from './invariants.ts';
import { type Blow, CALLS, type Call, strike, survey, type Thread } from './strike.ts';
import { addRow, type Row } from './table.ts';
import { type BoxId, type MailWay, openWorld, type World } from './world.ts';

/** Images of one study: enough for an order between them, few enough to be quick. */
const IMAGES = 3;
const LOOP_MS = 50 * 60_000;
/** A call that is made more often than this (log lines, wake-ups) is struck at every n-th only, so that the loop ends. */
const MOST_POINTS = Number(process.env.POINTS ?? 40);

interface Loop {
  fault: string;
  victim: BoxId;
  blow: Blow;
  calls: readonly Call[];
}

/**
 * A study goes from the modality to the PACS while one box is struck at its n-th call, n = 1, 2, 3 … until a run is not hit. The
 * box is started again, the modality sends what was not acknowledged, and everything must come to its good end, once.
 */
export function crashLoops(title: string, loops: readonly Loop[], o: { by?: MailWay; points?: number } = {}): void {
  let world: World;
  let counts: Map<BoxId, Awaited<ReturnType<typeof survey>>>;
  beforeAll(async () => {
    world = await openWorld(await mkdtemp(join(tmpdir(), 'rp-fault-')), o);
    counts = new Map();
    for (const id of new Set(loops.map(({ victim }) => victim))) {
      counts.set(id, await survey(world.box(id).process.pid!, () => oneStudy(world, false)));
    }
  }, 120_000);
  afterAll(() => world?.stop());

  for (const loop of loops) {
    test(`${loop.fault}: ${title}`, { timeout: LOOP_MS }, async () => {
      const row: Row = { fault: loop.fault, runs: 0, hit: 0, lost: 0, twice: 0, wrong: 0, repeated: 0 };
      const breaches: string[] = [];
      for (const [thread, calls] of counts.get(loop.victim)!) {
        for (const call of CALLS) {
          const most = loop.calls.includes(call) ? (calls.get(call) ?? 0) : 0;
          const step = Math.max(1, Math.ceil(most / Math.min(MOST_POINTS, o.points ?? MOST_POINTS)));
          if (most > 0) await oneLoop(world, { ...loop, thread, call, step }, row, breaches);
        }
      }
      addRow(row);
      expect(breaches).toEqual([]);
      expect(row.hit).toBeGreaterThan(0);
    });
  }
}

async function oneLoop(
  world: World,
  o: Loop & { thread: Thread; call: Call; step: number },
  row: Row,
  breaches: string[],
): Promise<void> {
  for (let nth = 1; ; nth += o.step) {
    const before = row.repeated;
    const blow = await strike(world.box(o.victim).process.pid!, { ...o, nth });
    let isHit = false;
    try {
      // What a broken disk has spoilt waits for a person; a box that was killed needs nobody.
      await oneStudy(world, o.blow === 'error=EIO');
    } finally {
      isHit = await blow.end();
    }
    await world.revive();
    const found = await checkInvariants(world);
    row.runs++;
    if (isHit) row.hit++;
    for (const kind of ['lost', 'twice', 'wrong'] as const) row[kind] += found[kind];
    row.repeated = Math.max(before, found.repeated);
    breaches.push(...found.breaches.map((words) => `${o.thread} ${o.call} ${nth}: ${words}`));
    if (!isHit || breaches.length > 0) return;
  }
}

async function oneStudy(world: World, releasing: boolean): Promise<void> {
  await world.send(await world.study(IMAGES));
  await world.drain({ releasing });
}
