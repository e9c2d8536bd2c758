import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applianceLimits as limits } from '../core/appliance-limits.ts';
import { type AskOptions, askCaretaker } from './ask.ts';
import { type BootFacts, readFacts } from './facts.ts';
import type { CaretakerRequest, NetworkMode, Progress, SystemState } from './words.ts';

export type { BootFacts } from './facts.ts';

/** What to install, and what it must turn out to be. */
export interface BundleSource {
  /** A file below the program's `update` folder, or an https address without a password in it. */
  source: string;
  /** PEM: the certificates that the server of an https address must descend from, instead of those the image brings. */
  tlsCa?: string;
  /** Lower-case hex, of the whole file; a streamed bundle is held by nobody whole, so there it must be `manifestSha256`. */
  sha256?: string;
  /** Lower-case hex, of the signed manifest, which pins every byte of the bundle. */
  manifestSha256?: string;
}

/** The machine around the program, where the program is an appliance: facts, and the few acts that the caretaker does. */
export interface Appliance {
  /** As they are now: some go when somebody has acted (`moved`, `fellBack`). */
  readonly facts: BootFacts;
  /** Whether the running image still has to prove itself. */
  onTrial(): boolean;
  /** How often the program has ended by itself since the machine started. */
  timesEnded(): number;
  /** Whether the time came from a time server since the start. */
  clockIsSynchronised(): boolean;
  state(): Promise<SystemState>;
  /**
   * @returns when RAUC has written and checked both images; the next start is from the other slot
   * @throws RohrpostError bundle-…, appliance-busy; `stopped` where the signal aborted it: nothing will start from that slot
   */
  install(
    bundle: BundleSource,
    o: { onProgress(progress: Progress): void; signal?: AbortSignal },
  ): Promise<{ version: string }>;
  updateNoted(): Promise<void>;
  /** @throws RohrpostError network-not-taken, appliance-refused */
  setNetwork(network: NetworkMode): Promise<void>;
  /** @throws RohrpostError network-nothing-to-keep */
  keepNetwork(): Promise<void>;
  setHostname(name: string): Promise<void>;
  setTimeServers(servers: string[]): Promise<void>;
  setPorts(tcp: number[]): Promise<void>;
  reboot(): Promise<void>;
  powerOff(): Promise<void>;
  /** @throws RohrpostError appliance-name-differs */
  factoryReset(name: string): Promise<void>;
  adopt(): Promise<void>;
  recoveryKey(): Promise<string | null>;
  forgetRecoveryKey(): Promise<void>;
  /** The box starts anew when the key opened its storage. @throws RohrpostError unlock-key-wrong, unlock-not-needed */
  unlock(key: string): Promise<void>;
}

/**
 * The appliance that this process runs on; null where it is an ordinary machine (`ROHRPOST_SYSTEM` is not set). Every act throws
 * RohrpostError: `appliance-away` and `timed-out` where the caretaker does not answer, else what it says.
 * @throws RohrpostError appliance-facts
 */
export function openAppliance(env: Readonly<Record<string, string | undefined>> = process.env): Appliance | null {
  const folder = env.ROHRPOST_SYSTEM;
  if (!folder) return null;
  readFacts(folder);
  const clockFile = env.ROHRPOST_CLOCK || '/run/systemd/timesync/synchronized';
  const socket = join(folder, 'caretaker.sock');
  const ask = (request: CaretakerRequest, options: Partial<AskOptions> = {}) =>
    askCaretaker(socket, request, { within_ms: limits.change_ms, ...options });
  const change = async (request: CaretakerRequest, within_ms: number = limits.change_ms): Promise<void> => {
    await ask(request, { within_ms });
  };
  return {
    get facts() {
      return readFacts(folder);
    },
    onTrial: () => existsSync(join(folder, 'trial')),
    timesEnded: () => endsIn(join(folder, 'ended')),
    clockIsSynchronised: () => existsSync(clockFile),
    state: async () => (await ask({ act: 'state' }, { within_ms: limits.state_ms })) as SystemState,
    install: async ({ source, ...bundle }, { onProgress, signal }) =>
      (await ask(
        { act: 'install', bundle: source, ...bundle },
        { within_ms: limits.install_ms, onProgress, signal },
      )) as { version: string },
    updateNoted: () => change({ act: 'update-noted' }),
    setNetwork: (network) => change({ act: 'network', ...network }),
    keepNetwork: () => change({ act: 'network-keep' }),
    setHostname: (name) => change({ act: 'hostname', name }),
    setTimeServers: (servers) => change({ act: 'time', servers }),
    setPorts: (tcp) => change({ act: 'ports', tcp }),
    reboot: () => change({ act: 'reboot' }),
    powerOff: () => change({ act: 'poweroff' }),
    factoryReset: (name) => change({ act: 'factory-reset', name }),
    adopt: () => change({ act: 'adopt' }),
    recoveryKey: async () => ((await ask({ act: 'recovery-key' })) as { key: string | null }).key,
    forgetRecoveryKey: () => change({ act: 'recovery-key-forget' }),
    unlock: (key) => change({ act: 'unlock', key }, limits.unlock_ms),
  };
}

/** A line for each end. */
function endsIn(file: string): number {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}
