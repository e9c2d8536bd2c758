import { setTimeout as delay } from 'node:timers/promises';
import type { FirmwareAnswer } from '../../../src/web/firmware/answers.ts';
import type { TestBox } from './box.ts';
import type { BoxPage, PageAnswer } from './page.ts';
import { seconds } from './transcript.ts';
import type { World } from './world.ts';

/** From the order to install until the new image has proved itself, on a machine that emulates every instruction. */
export const UPDATE_MS = 20 * 60_000;
/** Each look is a TLS handshake, which an emulated processor takes long over. */
const POLL_MS = 3_000;

export function firmware(page: BoxPage): Promise<FirmwareAnswer> {
  return page.ask('GET', '/api/firmware');
}

/** Has the box look at its channel, install what is there, and restart at once; as an admin does who does not wait for the night. */
export async function beginUpdate(box: TestBox): Promise<void> {
  await box.page.ask('POST', '/api/firmware/check');
  await box.page.ask('POST', '/api/firmware/install', { restart: true });
}

/** Waits until `done` likes what the page tells of its firmware; while the box restarts it tells nothing. */
export async function waitForFirmware(
  { page, machine }: TestBox,
  done: (now: FirmwareAnswer) => boolean,
  o: { within_ms?: number; onLook?: (now: FirmwareAnswer) => void } = {},
): Promise<FirmwareAnswer> {
  const { within_ms = UPDATE_MS, onLook } = o;
  let last = 'nothing';
  for (const deadline = performance.now() + within_ms; ; ) {
    const answer: PageAnswer | null = await page.tryAsk('GET', '/api/firmware').catch(() => null);
    if (answer?.status === 200) {
      last = JSON.stringify(answer.body);
      onLook?.(answer.body);
      if (done(answer.body)) return answer.body;
    }
    if (performance.now() > deadline) {
      throw new Error(
        `the firmware is not as it should be after ${within_ms} ms: ${last}\n${(await machine.console()).slice(-2_000)}`,
      );
    }
    await delay(POLL_MS);
  }
}

/** Waits until a version runs and has proved itself; tells the transcript how the way there went. */
export async function waitUntilGood(world: World, box: TestBox, version: string): Promise<FirmwareAnswer> {
  const from_ms = performance.now();
  const told = new Set<string>();
  const tell = (what: string) => {
    if (!told.has(what)) world.transcript.say(`  ${what} after ${seconds(performance.now() - from_ms)}`);
    told.add(what);
  };
  return waitForFirmware(
    box,
    ({ running, phase }) => running.version === version && !running.trial && phase !== 'trial',
    {
      onLook: ({ running, phase }) =>
        tell(`${running.version} in slot ${running.slot}: ${running.trial ? 'on trial' : phase}`),
    },
  );
}

/** Waits until the box tells what became of a version: the first word of its history about it. */
export async function waitForResult(
  box: TestBox,
  version: string,
  results: readonly string[],
  within_ms = UPDATE_MS,
): Promise<FirmwareAnswer['history'][number]> {
  const find = ({ history }: FirmwareAnswer) =>
    history.find((event) => event.version === version && results.includes(event.result));
  return find(await waitForFirmware(box, (now) => find(now) !== undefined, { within_ms }))!;
}

/** What lies ready for the next start; null: nothing. */
export async function installed({ page }: TestBox): Promise<string | null> {
  return (await firmware(page)).installed?.version ?? null;
}

/** Waits until the box tells that it did not take a version, and why. */
export function waitForRefusal(box: TestBox, version: string): Promise<FirmwareAnswer['history'][number]> {
  return waitForResult(box, version, ['refused', 'failed'], 120_000);
}
