import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/boxes.ts';
import { makeOverlay } from './machine/disks.ts';
import { boot, bootTimes, claim, setUp, type TestBox } from './world/box.ts';
import { type Built, buildShort } from './world/images.ts';
import type { Study } from './world/modality.ts';
import { megabytes } from './world/transcript.ts';
import { beginUpdate, firmware, waitForResult, waitUntilGood } from './world/update.ts';
import { startWorld, type World } from './world/world.ts';

// The short form: one box from its first start on, as long as it takes to see that it is one. `make test-image` is the long one.

const DISK_MB = 6_000;
const ARRIVAL_MS = 120_000;

let world: World;
let first: Built;
let second: Built;
let broken: Built;

beforeAll(async () => {
  ({ first, second, broken } = await buildShort());
  world = await startWorld('short');
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await world?.clearUp();
});
afterAll(() => world?.stop());

test('a box from its image is claimed, sends, is updated while it receives, and comes back from a firmware that does not work', {
  timeout: 40 * 60_000,
}, async () => {
  const disk = await makeOverlay(first.disk, join(world.folder, 'disk.qcow2'), { size_mb: DISK_MB });
  const box = await boot(world, 'first boot', { name: 'box', disk });
  const { say } = world.transcript;
  await claim(box);
  say(`claimed; ${await bootTimes(box)}`);
  await setUp(box, world);
  expect(await world.modality.echo(box.machine.port(11_112))).toBe(true);
  say('C-ECHO answers');
  await expectDelivered(await world.modality.scan(5), box);
  say('a study went out by mail and arrived at the partner');

  await world.channel.publish([{ file: second.bundle, version: '2.0.0' }]);
  const underWay = await world.modality.scan(40);
  const sending = world.modality.sendUntilTaken(underWay, () => box.machine.port(11_112), {
    within_ms: 30 * 60_000,
    slowly: true,
  });
  sending.catch(() => {}); // told by `await sending`, if the test comes so far
  await beginUpdate(box);
  await waitUntilGood(world, box, '2.0.0');
  await sending;
  const { bytes } = world.channel.served();
  const { size_bytes } = await world.channel.release({ file: second.bundle, version: '2.0.0' });
  say(
    `updated; ${megabytes(bytes)} of ${megabytes(size_bytes)} went over the line: ${(bytes / size_bytes).toFixed(3)}`,
  );
  expect(bytes / size_bytes).toBeLessThanOrEqual(0.15);
  await expectDelivered(underWay, box);

  await world.channel.publish([{ file: broken.bundle, version: '3.0.0' }]);
  await beginUpdate(box);
  const ended = await waitForResult(box, '3.0.0', ['fell-back']);
  say(`3.0.0 fell back: ${ended.code}`);
  expect((await firmware(box.page)).running).toMatchObject({ version: '2.0.0', slot: 'B', trial: false });
  await expectDelivered(await world.modality.scan(3), box);
  expect(await world.clinic.arrived()).toEqual(world.modality.acknowledged());
});

async function expectDelivered(study: Study, box: TestBox): Promise<void> {
  await world.modality.sendUntilTaken(study, () => box.machine.port(11_112), { within_ms: ARRIVAL_MS });
  await eventually(
    async () => {
      const arrived = await world.clinic.arrived();
      return study.files.every(({ sopUid, sha256 }) => arrived.get(sopUid) === sha256);
    },
    { within_ms: ARRIVAL_MS, describe: world.clinic.describe },
  );
}
