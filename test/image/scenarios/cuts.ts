import { createHash, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../../support/boxes.ts';
import { makeOverlay } from '../machine/disks.ts';
import { boot, fact, SHELL_MS, type TestBox, waitForPage } from '../world/box.ts';
import { beside, resign } from '../world/bundles.ts';
import { DEVELOPMENT } from '../world/images.ts';
import { seconds } from '../world/transcript.ts';
import { beginUpdate, firmware } from '../world/update.ts';
import { ARRIVAL_MS, DISK_MB, type Stage } from './stage.ts';

/** How often the power goes. `CUTS=3 SEED=1234 make test-image` plays a shorter, or an earlier, game. */
const CUTS = Number(process.env.CUTS ?? 20);
const SEED = Number(process.env.SEED ?? randomInt(1_000_000));
/**
 * A cut may come anywhere in this from the order to install on. What a cut broke off begins anew by itself at the next start, so that
 * later ones come into later stretches of an update, and into trials.
 */
const SPAN_MS = 45_000;
/** From power-on until the page of a first boot. */
const FIRST_SPAN_MS = 50_000;
const FIRST_CUTS = 5;
/** For one cut, its start and the study that goes with it: three times what that takes. */
const CUT_MS = 6 * 60_000;
/** So long before the cut the box is asked where it is; what is not told by then is told by nobody: it is restarting. */
const LOOK_MS = 3_000;

/** Power cuts at random moments of updates. */
export function cutScenarios(stage: () => Stage): void {
  test(`${CUTS} power cuts at random moments of updates leave a box that starts, with its studies (seed ${SEED})`, {
    timeout: CUTS * CUT_MS,
  }, async () => {
    const { world, images, owner } = stage();
    world.transcript.say(`${CUTS} power cuts, seed ${SEED}`);
    const random = numbers(SEED);
    const newer = { file: images.second.bundle, version: '2.0.0' };
    const older = { file: await downgradable(images.first.bundle), version: '1.0.0', downgrade: true };
    let box = await stage().box();
    const { disk } = box;
    let taken = Promise.resolve();
    for (let cut = 1; cut <= CUTS; cut++) {
      // A study is under way through update and cut, and is sent again, as modalities do, until the box has taken it.
      await taken;
      taken = world.modality.sendUntilTaken(await world.modality.scan(2), () => box.machine.port(11_112), {
        within_ms: CUT_MS,
      });
      taken.catch(() => {}); // told by `await taken`, if the test comes so far
      const { running, phase } = await firmware(box.page);
      const next = running.version === '1.0.0' ? newer : older;
      // What an earlier cut broke off, the box begins anew by itself; while it is on trial, the next cut comes into that.
      if (!running.trial && (phase === 'idle' || phase === 'checking')) {
        await world.channel.publish([next]);
        await box.page.tryAsk('POST', '/api/firmware/try-again', { version: next.version });
        await beginUpdate(box);
      }
      const after_ms = random() * SPAN_MS;
      await delay(after_ms - LOOK_MS);
      const look = firmware(box.page).catch(() => null);
      await delay(Math.min(after_ms, LOOK_MS));
      const seen = await Promise.race([look, null]);
      await box.machine.cut();
      const machine = await world.start({ name: 'base', disk, kept: true });
      box = { ...(await waitForPage(machine, owner)), disk };
      const { running: now } = await firmware(box.page);
      const during = seen === null ? 'no answer in time' : `${seen.phase} ${seen.progress?.percent ?? ''}`;
      world.transcript.say(
        `  cut ${cut}: ${running.version}${running.trial ? ' on trial' : ` to ${next.version}`} after ${seconds(after_ms)} (${during}); page after ${seconds(machine.since())}: ${now.version} in slot ${now.slot}`,
      );
    }
    await taken;
    await eventually(async () => (await world.clinic.arrived()).size === world.modality.acknowledged().size, {
      within_ms: ARRIVAL_MS,
      describe: world.clinic.describe,
    });
  });
}

/** Power cuts at random moments of the first boot. */
export function firstBootScenarios(stage: () => Stage): void {
  test('power cuts at random moments of the first boot leave a box that starts', { timeout: 15 * 60_000 }, async () => {
    const { world, images } = stage();
    const random = numbers(SEED + 1);
    const disk = await makeOverlay(images.first.disk, join(world.folder, 'first.qcow2'), { size_mb: DISK_MB });
    for (let cut = 1; cut <= FIRST_CUTS; cut++) {
      const machine = await world.start({ name: 'first', disk });
      const after_ms = random() * FIRST_SPAN_MS;
      await delay(after_ms);
      await machine.cut();
      world.transcript.say(`  first boot cut after ${seconds(after_ms)}`);
    }
    const box: TestBox = await boot(world, 'first boot at last', { name: 'first', disk });
    await box.machine.shell.ready(SHELL_MS);
    for (const trouble of ['damaged', 'missing', 'locked']) expect(await fact(box, trouble), trouble).toBeNull();
    expect(await box.page.ask('GET', '/api/state')).toMatchObject({ claimed: false, trouble: null });
    await box.machine.cut();
  });
}

/** A bundle whose signed manifest lets it replace a newer version. */
function downgradable(bundle: string): Promise<string> {
  const change = (manifest: string) => `${manifest}\n[meta.rohrpost]\nallow-downgrade=true\n`;
  return resign(bundle, beside(bundle, 'downgrade.raucb'), { signer: DEVELOPMENT, change });
}

/** Numbers in [0, 1) that a seed decides. */
function numbers(seed: number): () => number {
  let count = 0;
  return () => createHash('sha256').update(`${seed} ${++count}`).digest().readUInt32BE() / 2 ** 32;
}
