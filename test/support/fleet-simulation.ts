import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdvanceRules, Verdict } from '../../scripts/fleet/advance.ts';
import { createChannel, type Publisher, readChannel } from '../../scripts/fleet/channel.ts';
import { advance } from '../../scripts/fleet/commands/advance.ts';
import { emptyLedger } from '../../scripts/fleet/ledger.ts';
import { openOperator } from '../../scripts/fleet/operator.ts';
import { openReceiver } from '../../scripts/fleet/receive.ts';
import { publish } from '../../scripts/fleet/releases.ts';
import { type BoxRecord, openShelf, readRecords } from '../../scripts/fleet/reports.ts';
import { openSigner, type Signer } from '../../scripts/fleet/signer.ts';
import { isInStage } from '../../src/update/choose.ts';
import type { ChannelIndex } from '../../src/update/words.ts';
import { makeCa } from './ca.ts';
import { fleetKeys, handmadeBundle } from './fleet.ts';
import { type FleetSurroundings, type SimulatedBox, startBox } from './fleet-box.ts';
import { type StaticWeb, startStaticWeb } from './fleet-web.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Boxes whose time has come are stepped together: real time passes in between, virtual time does not. */
const TICK_MS = 5 * SECOND_MS;
const PATH = '/report/simulation-token-0000';

export interface SimulationPlan {
  boxes: number;
  rules: AdvanceRules;
  /** When boxes may restart; the same twice: always. */
  window: { from: string; to: string };
  bundle_bytes: number;
}

export interface Install {
  box: string;
  version: string;
  /** Share of the boxes, and whether the roll-out was stopped, as the channel said at that time. */
  percent: number;
  stopped: boolean;
  at_ms: number;
}

/** A thousand boxes with the real update client, a real web server, a real receiver, and the operator's own tools; on one clock. */
export interface Simulation {
  readonly boxes: readonly SimulatedBox[];
  readonly installs: readonly Install[];
  readonly web: StaticWeb;
  /** Looks at the index in each virtual minute since the start. */
  readonly polls: readonly number[];
  /** Reports answered with 204. */
  reports(): number;
  now(): number;
  publish(version: string, works: boolean): Promise<void>;
  /** Lets hours pass; once an hour the operator's cron runs `advance`, and everything ends early once `until` holds. */
  pass(hours: number, until?: (verdicts: readonly Verdict[]) => boolean): Promise<Verdict[]>;
  index(): Promise<ChannelIndex>;
  records(): Promise<BoxRecord[]>;
  stop(): Promise<void>;
}

/** Opens the world and switches all boxes on at the same moment, as after a power cut. */
export async function startSimulation(plan: SimulationPlan): Promise<Simulation> {
  // Every step of a box is flushed to disk; here that would only measure this disk.
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'rohrpost-fleet-'));
  const at = (...names: string[]) => join(folder, ...names);
  // The present minute is whole, so that minutes can be counted.
  const start_ms = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;
  let now_ms = start_ms;
  const clock = { now: () => now_ms, steady: () => now_ms, sleep: () => Promise.reject(new Error('nobody sleeps')) };

  const keys = at('keys');
  // Every box verifies every index anew, and RSA does so ten times faster.
  await fleetKeys(keys, { kind: 'rsa' });
  const signer: Signer = await openSigner(keys, { now_ms, passphrase: async () => '' });
  const publisher = (): Publisher => ({ keys, signer, now_ms });
  await createChannel(at('channel'), 'stable', publisher());

  const ca = await makeCa(at('ca'));
  await writeFile(at('ca.pem'), ca.caPem);
  const tls = await ca.issue({ ips: ['127.0.0.1'] });
  const web = await startStaticWeb(at('channel'), tls);
  const polls: number[] = [];
  web.onRequest = (name) => {
    if (name !== 'index.json') return;
    const minute = Math.floor((now_ms - start_ms) / MINUTE_MS);
    polls[minute] = (polls[minute] ?? 0) + 1;
  };
  const shelf = await openShelf(at('reports'));
  let received = 0;
  const counted: typeof shelf = {
    ...shelf,
    put: async (report, o) => {
      const record = await shelf.put(report, o);
      received++;
      return record;
    },
  };
  const receiver = openReceiver({ shelf: counted, ...tls, now: () => now_ms, path: PATH, log: () => {} });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));

  const installs: Install[] = [];
  const bundles = new Map<string, { version: string; size_bytes: number; works: boolean }>();
  let published: ChannelIndex = await currentIndex();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const around: FleetSurroundings = {
    ...{ clock, agent, ca: ca.caPem, caFile: at('ca.pem'), roots: signer.roots, bundles },
    ...{ channel: web.url, report: `https://127.0.0.1:${(receiver.address() as AddressInfo).port}${PATH}` },
    window: { ...plan.window, time_zone: 'UTC' },
    onInstall: (box, version) => {
      const { stage } = published.releases.find((release) => release.version === version)!;
      installs.push({ box, version, percent: stage.percent, stopped: stage.stopped ?? false, at_ms: now_ms });
    },
  };
  const boxes = await Promise.all(
    Array.from({ length: plan.boxes }, (_, number) => startBox(at('boxes', String(number)), number, around)),
  );
  const op = openOperator([], { env: {}, stdin: process.stdin, ...silent() });

  async function currentIndex(): Promise<ChannelIndex> {
    return readChannel(at('channel'), publisher(), emptyLedger());
  }
  const tick = async () => {
    const due = boxes.filter((box) => box.due_ms <= now_ms);
    await Promise.all(due.map((box) => box.step()));
    const next_ms = boxes.reduce((least, box) => Math.min(least, box.due_ms), Number.POSITIVE_INFINITY);
    now_ms = Math.max(now_ms + TICK_MS, Math.ceil(next_ms / TICK_MS) * TICK_MS);
  };
  const cron = async () => {
    const verdicts = await advance(at('channel'), {
      ...{ rules: plan.rules, reports: await readRecords(at('reports')), publisher: publisher(), op },
    });
    published = await currentIndex();
    return verdicts;
  };
  return {
    ...{ boxes, installs, web, polls },
    reports: () => received,
    now: () => now_ms,
    index: currentIndex,
    records: () => readRecords(at('reports')),
    async publish(version, works) {
      const file = at(`${version}.raucb`);
      await handmadeBundle(file, { keys, version, payload_bytes: plan.bundle_bytes });
      const notes = { de: `Version ${version}`, en: `Version ${version}` };
      const percent = plan.rules.steps[0]!;
      const release = { bundle: file, notes, percent, min_version: '1.0', downgrade: false };
      published = await publish(at('channel'), release, publisher());
      const { manifest_sha256, size_bytes } = published.releases.find((one) => one.version === version)!;
      bundles.set(manifest_sha256, { version, size_bytes, works });
    },
    async pass(hours, until = () => false) {
      const end_ms = now_ms + hours * HOUR_MS;
      let cron_ms = now_ms + HOUR_MS;
      let verdicts: Verdict[] = [];
      while (now_ms < end_ms) {
        await tick();
        if (now_ms < cron_ms) continue;
        cron_ms += HOUR_MS;
        verdicts = await cron();
        if (until(verdicts)) break;
      }
      return verdicts;
    },
    async stop() {
      await Promise.all(boxes.map((box) => box.stop()));
      agent.destroy();
      receiver.closeAllConnections();
      await new Promise<void>((resolve) => receiver.close(() => resolve()));
      await web.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Installs that should not have been: outside the stage, after it was stopped, or for the second time. */
export function wrongInstalls(installs: readonly Install[]): string[] {
  const seen = new Set<string>();
  return installs.flatMap(({ box, version, percent, stopped }) => {
    const key = `${version} ${box}`;
    const isTwice = seen.has(key);
    seen.add(key);
    if (isTwice) return [`${key}: twice`];
    if (stopped) return [`${key}: after the stop`];
    return isInStage({ version, stage: { percent } }, box) ? [] : [`${key}: outside ${percent} %`];
  });
}

/** How many took a version in each of its stages. */
export function installsByStage(installs: readonly Install[], version: string): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { percent } of installs.filter((install) => install.version === version)) {
    counts[percent] = (counts[percent] ?? 0) + 1;
  }
  return counts;
}

function silent() {
  const nowhere = { write: () => true };
  return { stdout: nowhere, stderr: nowhere };
}

/** What a fleet does while a good version reaches all of it, and then a broken one some. */
export interface RollOuts {
  good: { verdict: Verdict | undefined; hours: number; stages: Record<number, number>; onIt: number };
  broken: { verdict: Verdict | undefined; hours: number; took: number; fellBack: number; onIt: number };
}

/** Publishes 2.0.0, which works, and 3.0.0, which does not, and lets `advance` do the rest. */
export async function runRollOuts(world: Simulation): Promise<RollOuts> {
  const hoursSince = (start_ms: number) => (world.now() - start_ms) / HOUR_MS;
  const running = (version: string) => world.boxes.filter((box) => box.version === version).length;
  const start_ms = world.now();
  await world.publish('2.0.0', true);
  const [good] = await world.pass(
    96,
    ([verdict]) => verdict?.kind === 'stop' || (verdict?.kind === 'done' && verdict.good >= world.boxes.length),
  );
  const stages = installsByStage(world.installs, '2.0.0');
  const first = { verdict: good, hours: hoursSince(start_ms), stages, onIt: running('2.0.0') };
  const again_ms = world.now();
  await world.publish('3.0.0', false);
  const [broken] = await world.pass(48, ([verdict]) => verdict?.kind === 'stop');
  const hours = hoursSince(again_ms);
  // Time for what would come after the stop.
  await world.pass(2);
  const took = world.installs.filter(({ version }) => version === '3.0.0').length;
  const fellBack = (await world.records()).filter(({ report }) => report.last?.result === 'fell-back').length;
  return { good: first, broken: { verdict: broken, hours, took, fellBack, onIt: running('3.0.0') } };
}
