import type { X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { type Agent, request } from 'node:https';
import type { Clock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { type UpdateLimits, updateLimits } from '../../src/core/update-limits.ts';
import { type Engine, openEngine } from '../../src/update/engine.ts';
import { FACTS, fakeAppliance } from './appliance.ts';

const MINUTE_MS = 60_000;
/** The simulated boxes are looked at only when something is due, or every so often. */
const LIMITS: UpdateLimits = { ...updateLimits, look_ms: 30 * MINUTE_MS };

/** What the boxes of a fleet share. */
export interface FleetSurroundings {
  clock: Clock;
  agent: Agent;
  /** Path and text of the authority of both servers. */
  caFile: string;
  ca: string;
  roots: readonly X509Certificate[];
  channel: string;
  report: string;
  window: { from: string; to: string; time_zone: string | null };
  /** By the hash of its manifest, what a bundle is, and what it does to a box. */
  bundles: ReadonlyMap<string, { version: string; size_bytes: number; works: boolean }>;
  onInstall(box: string, version: string): void;
}

/** A box of the fleet: the real update client, and below it a machine that is only told. */
export interface SimulatedBox {
  readonly id: string;
  readonly version: string;
  /** When it wants to be looked at, epoch ms. */
  due_ms: number;
  step(): Promise<void>;
  stop(): Promise<void>;
}

/** On its way: when the program is there again, and what the machine says then. */
interface Restart {
  at_ms: number;
  fellBack: { version: string; code: string } | null;
}

/** How long a restart takes, until the program is there again; with an image that does not work, three tries of the boot loader. */
const RESTART_MS = 2 * MINUTE_MS;
const FALL_BACK_MS = 6 * MINUTE_MS;
const TRIAL_MS = 3 * MINUTE_MS;

/** Switches a box on for the first time. */
export async function startBox(folder: string, number: number, around: FleetSurroundings): Promise<SimulatedBox> {
  await mkdir(folder, { recursive: true });
  const { clock } = around;
  let version = '1.0.0';
  let boots = 0;
  let restarting = null as Restart | null;
  let trialEnds_ms = null as number | null;
  let works = true;
  let machine = machineOf();
  let engine: Engine = await open(null);

  function machineOf() {
    const name = `rohrpost-${number}`;
    const fake = fakeAppliance({ facts: { ...FACTS, name, version, fellBack: null } });
    return {
      ...fake,
      onTrial: () => trialEnds_ms !== null,
      install: async ({ source, manifestSha256 }: Parameters<typeof fake.install>[0]) => {
        const bundle = around.bundles.get(manifestSha256 ?? '');
        if (!bundle) throw new Error(`nobody published ${source}`);
        const size = await download(source, around);
        if (size !== bundle.size_bytes) throw new Error(`${size} bytes instead of ${bundle.size_bytes}`);
        around.onInstall(engine.context.state.now().box, bundle.version);
        works = bundle.works;
        return { version: bundle.version };
      },
      reboot: async () => {
        const next = engine.context.state.now().pending!.version!;
        const fellBack = works ? null : { version: next, code: 'self-test-database' };
        restarting = { at_ms: clock.now() + (works ? RESTART_MS : FALL_BACK_MS), fellBack };
        if (works) version = next;
      },
    };
  }
  async function open(fellBack: Restart['fellBack']): Promise<Engine> {
    machine = { ...machineOf(), facts: { ...machine.facts, version, fellBack } };
    return openEngine({
      ...{ folder, clock, log: silentLog, appliance: machine, limits: LIMITS, agent: around.agent },
      operator: { name: 'Klinikverbund', channel: around.channel, report: { url: around.report, address: null } },
      roots: () => around.roots,
      settings: () => ({
        ...{ automatic: true, while_moving: false, channel: null, report_url: null, report_address: null },
        ...{ window: around.window, tls_ca_file: around.caFile },
      }),
      ...{ worked: () => true, studiesMove: () => false, health: () => 'green', hostName: () => `rohrpost-${number}` },
      mail: () => Promise.reject(new Error('no mail here')),
      ...{ boot: String(boots++), onChange: () => {} },
    });
  }
  // A function of its own: the compiler does not see that a step may have asked for a restart.
  const planned = () => restarting;
  const restart = async (fellBack: Restart['fellBack']) => {
    await engine.stop();
    trialEnds_ms = fellBack ? null : clock.now() + TRIAL_MS;
    engine = await open(fellBack);
  };
  const box: SimulatedBox = {
    get id() {
      return engine.context.state.now().box;
    },
    get version() {
      return version;
    },
    due_ms: clock.now(),
    stop: () => engine.stop(),
    async step() {
      if (restarting) {
        box.due_ms = restarting.at_ms;
        if (clock.now() < restarting.at_ms) return;
        const { fellBack } = restarting;
        restarting = null;
        await restart(fellBack);
      }
      if (trialEnds_ms !== null && clock.now() >= trialEnds_ms) trialEnds_ms = null;
      const wait_ms = await engine.step();
      const installs = engine.installs.isRunning();
      await engine.installs.settled();
      // To the second, where `step` looks coarsely at what is far away.
      const wanted_ms = Math.min(clock.now() + wait_ms, engine.poller.next_ms()!);
      const next_ms = installs ? clock.now() : wanted_ms;
      const { at_ms = next_ms } = planned() ?? {};
      box.due_ms = Math.min(next_ms, trialEnds_ms ?? next_ms, at_ms);
    },
  };
  return box;
}

/** Streams a bundle, as RAUC would; gives back its size. */
function download(url: string, { agent, ca }: FleetSurroundings): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, ca, timeout: 30_000 }, (response) => {
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      response.on('end', () => resolve(size)).on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error('slow'))).on('error', reject);
    asked.end();
  });
}
