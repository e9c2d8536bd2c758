import { expect, test } from 'vitest';
import { megabytes } from '../world/transcript.ts';
import { beginUpdate, firmware, waitForResult, waitUntilGood } from '../world/update.ts';
import { expectArrived, expectDelivered, type Stage, startBox } from './stage.ts';

/** What a good update is, and what becomes of one whose program does not work. */
export function updateScenarios(stage: () => Stage): void {
  test('updated while a study is being received; then a firmware whose service never comes up falls back and says why', async () => {
    const { world, images } = stage();
    const { say } = world.transcript;
    const box = await stage().box();
    const { running } = await firmware(box.page);
    expect(running).toMatchObject({ version: '1.0.0', slot: 'A', trial: false });
    await world.channel.publish([{ file: images.second.bundle, version: '2.0.0' }]);
    world.channel.forgetServed();
    const study = await world.modality.scan(60);
    const sending = world.modality.sendUntilTaken(study, () => box.machine.port(11_112), {
      within_ms: 1_800_000,
      slowly: true,
    });
    sending.catch(() => {}); // told by `await sending`, if the test comes so far
    await beginUpdate(box);
    await waitUntilGood(world, box, '2.0.0');
    const { bytes } = world.channel.served();
    await sending;
    const { size_bytes } = await world.channel.release({ file: images.second.bundle, version: '2.0.0' });
    const share = bytes / size_bytes;
    say(`update of the program alone: ${megabytes(bytes)} of ${megabytes(size_bytes)}, ${share.toFixed(3)}`);
    expect(share).toBeLessThanOrEqual(0.15);
    await expectArrived(world, study);

    await world.channel.publish([{ file: images.silent.bundle, version: '3.0.0' }]);
    await beginUpdate(box);
    const ended = await waitForResult(box, '3.0.0', ['fell-back']);
    const now = await firmware(box.page);
    say(`3.0.0 never came up: back to ${now.running.version} in slot ${now.running.slot} (${ended.code})`);
    expect(ended.code).not.toBeNull();
    expect(now.running).toMatchObject({ version: '2.0.0', slot: 'B', trial: false });
    await expectDelivered(world, await world.modality.scan(3), box);
  });
}

/** What becomes of an update that never speaks. */
export function hangScenarios(stage: () => Stage): void {
  test.for(['panics', 'hangs'] as const)('a firmware whose kernel %s falls back after three tries', async (kind) => {
    const { world, images } = stage();
    const { bundle, version } = images[kind];
    const box = await startBox(stage(), kind);
    await world.channel.publish([{ file: bundle, version }]);
    await beginUpdate(box);
    const ended = await waitForResult(box, version, ['fell-back'], 15 * 60_000);
    const console = await box.machine.console();
    const tries = console.match(/^.*slot B \(order.*$/gm) ?? [];
    const now = await firmware(box.page);
    world.transcript.say(`${version} ${kind}: ${tries.length} tries, back to ${now.running.version} (${ended.code})`);
    expect(tries).toHaveLength(3);
    expect(ended.code).toBe('update-never-started');
    expect(now.running).toMatchObject({ version: '1.0.0', slot: 'A', trial: false });
    await expectDelivered(world, await world.modality.scan(3), box);
    await box.machine.cut();
  });
}
