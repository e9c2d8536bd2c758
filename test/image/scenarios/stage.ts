import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { eventually } from '../../support/boxes.ts';
import { makeOverlay } from '../machine/disks.ts';
import { boot, bootTimes, claim, type Owner, setUp, type TestBox } from '../world/box.ts';
import { type Built, buildEmulator, buildImage, type ImagePlan, releaseKeys } from '../world/images.ts';
import type { Study } from '../world/modality.ts';
import { type StartOptions, startWorld, type World } from '../world/world.ts';

/** What scenarios begin with: the world, and the disk of a box that is claimed and set up; each scenario writes to a copy of its own. */
export interface Stage {
  readonly world: World;
  readonly images: Images;
  readonly owner: Owner;
  /** Disk of the box that is set up. */
  readonly base: string;
  /** That box itself, for as long as nobody makes copies of its disk; started again where it is off. */
  box(): Promise<TestBox & { disk: string }>;
}

/** Those that a stage was opened with. */
export interface Images {
  /** Version 1.0.0, disk and bundle. */
  first: Built;
  /** 2.0.0: only the program differs. */
  second: Built;
  /** 3.0.0, 3.1.0, 3.2.0: the program never comes up; the kernel panics; it stands still. */
  silent: Built;
  panics: Built;
  hangs: Built;
  /** 1.0.1 as a clinic gets it, with an operator's keys. */
  release: Built;
}

export const DISK_MB = 6_000;
/** A study of some images, from the modality to the partner's folder: sealing under emulation takes its time. */
export const ARRIVAL_MS = 180_000;
const OFF_MS = 90_000;

export interface StageOptions {
  images: (keyof Images)[];
  look?(box: TestBox, world: World): Promise<void>;
  copies?: boolean;
}

const PLANS: Record<keyof Images, () => Promise<ImagePlan>> = {
  first: async () => ({ version: '1.0.0', what: 'both' }),
  silent: async () => ({ version: '3.0.0', what: 'bundle', broken: 'service' }),
  panics: async () => ({ version: '3.1.0', what: 'bundle', broken: 'verity' }),
  hangs: async () => ({ version: '3.2.0', what: 'bundle', broken: 'hang' }),
  second: async () => ({ version: '2.0.0', what: 'bundle', changed: true }),
  release: async () => ({ version: '1.0.1', what: 'both', release: await releaseKeys() }),
};

/** Builds what scenarios need, and QEMU. Where nothing has changed since, it is there already. */
export async function buildImages(...names: (keyof Images)[]): Promise<Images> {
  await buildEmulator();
  const built: Partial<Images> = {};
  for (const name of names) built[name] = await buildImage(await PLANS[name]());
  return built as Images;
}

/**
 * Builds, starts the world, and has a box started for the first time, claimed and set up.
 * @param o.look at that box
 * @param o.copies scenarios work on copies of its disk: it is shut down
 */
export async function openStage(part: string, o: StageOptions): Promise<Stage> {
  const images = await buildImages(...o.images);
  const world = await startWorld(part);
  try {
    const base = await makeOverlay(images.first.disk, join(world.folder, 'base.qcow2'), { size_mb: DISK_MB });
    let box = await boot(world, 'first boot', { name: 'base', disk: base, kept: true });
    const owner = await claim(box);
    await setUp(box, world);
    await o.look?.(box, world);
    if (o.copies) await box.machine.shutDown(OFF_MS);
    return {
      ...{ world, images, owner, base },
      box: async () => {
        if (o.copies) throw new Error('this box is off, for its disk is copied');
        if (!box.machine.running()) box = await boot(world, 'the box', { name: 'base', disk: base, kept: true }, owner);
        return { ...box, disk: base };
      },
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/**
 * The stage of a test file: opened before its first test, closed after its last. Then every box is off, and whatever was
 * acknowledged by any of them must be at the partner's, byte by byte, and once.
 */
export function withStage(part: string, o: StageOptions): () => Stage {
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await openStage(part, o);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await stage?.world.clearUp();
  });
  afterAll(async () => {
    if (!stage) return;
    const { world } = stage;
    try {
      const acknowledged = world.modality.acknowledged();
      expect(await world.clinic.arrived()).toEqual(acknowledged);
      world.transcript.say(`acknowledged and arrived: ${acknowledged.size} images, none missing, none twice`);
    } finally {
      await world.stop();
    }
  });
  return () => stage!;
}

/** What every form looks at first: how the box started, that it answers DICOM, and that a study goes all the way. */
export async function lookAtFirst(box: TestBox, world: World): Promise<void> {
  const { say } = world.transcript;
  say(`claimed and set up; ${await bootTimes(box)}`);
  expect(await world.modality.echo(box.machine.port(11_112))).toBe(true);
  say('C-ECHO answers');
  await expectDelivered(world, await world.modality.scan(10), box);
  say('a study from DCMTK went out by mail and arrived at the partner');
}

/** Starts a box on a fresh copy of the base, as whoever owns it. */
export async function startBox(
  { world, owner, base }: Stage,
  name: string,
  o: Partial<StartOptions> = {},
): Promise<TestBox & { disk: string }> {
  const disk = o.disk ?? (await makeOverlay(base, join(world.folder, `${name}.qcow2`)));
  return { ...(await boot(world, name, { ...o, name, disk }, owner)), disk };
}

/** Has a study sent until the box has taken all of it, and waits until the partner has it, byte by byte. */
export async function expectDelivered(world: World, study: Study, box: Pick<TestBox, 'machine'>): Promise<void> {
  await world.modality.sendUntilTaken(study, () => box.machine.port(11_112), { within_ms: ARRIVAL_MS });
  await expectArrived(world, study);
}

export async function expectArrived(world: World, study: Study): Promise<void> {
  await eventually(
    async () => {
      const arrived = await world.clinic.arrived();
      return study.files.every(({ sopUid, sha256 }) => arrived.get(sopUid) === sha256);
    },
    { within_ms: ARRIVAL_MS, describe: world.clinic.describe },
  );
}
