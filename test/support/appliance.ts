import type { Appliance, BootFacts } from '../../src/appliance/appliance.ts';
import type { CaretakerAct, CaretakerRequest, Progress, SystemState } from '../../src/appliance/words.ts';
import { RohrpostError } from '../../src/core/errors.ts';

/** An appliance without a machine below it: what it is asked is kept, and what it answers is the test's to say. */
export interface FakeAppliance extends Appliance {
  readonly facts: BootFacts;
  /** What was asked for, the oldest first. */
  readonly acts: CaretakerRequest[];
  /** What `state` answers; acts that change something change it as the system would. */
  readonly system: SystemState;
  trial: boolean;
  ended: number;
  synchronised: boolean;
  /** The next such act fails, or the next few. */
  failNext(act: CaretakerAct, error: RohrpostError, times?: number): void;
  /** What `install` tells before it is done, and what it waits for. */
  installing: { progress: Progress[]; version: string; until: Promise<void> | null };
  recovery: string | null;
}

export const FACTS: BootFacts = {
  slot: 'A',
  version: '1.0.0',
  variant: 'release',
  product: 'rohrpost-amd64',
  name: 'rohrpost-0a1b',
  hardware: 'QEMU Standard PC',
  storage: 'tpm2',
  data: 'good',
  moved: false,
  fellBack: null,
};

export function systemState(facts: BootFacts = FACTS): SystemState {
  const slot = (name: 'A' | 'B') => {
    const booted = facts.slot === name;
    return { name, booted, good: booted, version: booted ? facts.version : null, installed_ms: null };
  };
  return {
    product: facts.product,
    version: facts.version,
    variant: facts.variant,
    slots: [slot('A'), slot('B')],
    network: {
      mode: 'dhcp',
      links: [{ name: 'enp1s0', mac: '52:54:00:12:34:56', up: true, addresses: ['192.0.2.10/24'] }],
      now: { gateway: '192.0.2.1', dns: ['192.0.2.1'] },
      reverts_s: null,
    },
    hostname: facts.name,
    time: { servers: [], server: '192.0.2.1', synchronised: true },
    ports: [],
    storage: { protection: facts.storage, recoveryKey: facts.storage === 'tpm2' },
  };
}

/** @param o what differs from a healthy box that runs 1.0.0 in slot A */
export function fakeAppliance(o: { facts?: Partial<BootFacts>; state?: Partial<SystemState> } = {}): FakeAppliance {
  const facts = { ...FACTS, ...o.facts };
  const system = { ...systemState(facts), ...o.state };
  const acts: CaretakerRequest[] = [];
  const failures: { act: CaretakerAct; error: RohrpostError }[] = [];
  const act = async (request: CaretakerRequest): Promise<void> => {
    acts.push(request);
    const index = failures.findIndex((failure) => failure.act === request.act);
    if (index >= 0) throw failures.splice(index, 1)[0]!.error;
  };
  const fake: FakeAppliance = {
    facts,
    acts,
    system,
    trial: false,
    ended: 0,
    synchronised: true,
    recovery: null,
    installing: { progress: [{ percent: 0, text: 'Installing' }], version: '2.0.0', until: null },
    failNext: (name, error, times = 1) => {
      for (let time = 0; time < times; time++) failures.push({ act: name, error });
    },
    onTrial: () => fake.trial,
    timesEnded: () => fake.ended,
    clockIsSynchronised: () => fake.synchronised,
    state: async () => {
      await act({ act: 'state' });
      return structuredClone(system);
    },
    install: async ({ source, ...bundle }, { onProgress, signal }) => {
      await act({ act: 'install', bundle: source, ...bundle });
      for (const progress of fake.installing.progress) onProgress(progress);
      const aborted = new Promise<never>((_, reject) => {
        const stop = () => reject(new RohrpostError('stopped'));
        if (signal?.aborted) stop();
        signal?.addEventListener('abort', stop, { once: true });
      });
      await Promise.race([fake.installing.until ?? Promise.resolve(), aborted]);
      const other = system.slots.find(({ booted }) => !booted)!;
      Object.assign(other, { version: fake.installing.version, good: true });
      return { version: fake.installing.version };
    },
    updateNoted: async () => {
      await act({ act: 'update-noted' });
      facts.fellBack = null;
    },
    setNetwork: async (network) => {
      await act({ act: 'network', ...network });
      const { links, now } = system.network;
      system.network = { ...network, links, now, reverts_s: 120 };
    },
    keepNetwork: async () => {
      await act({ act: 'network-keep' });
      if (system.network.reverts_s === null) throw new RohrpostError('network-nothing-to-keep');
      system.network.reverts_s = null;
    },
    setHostname: async (name) => {
      await act({ act: 'hostname', name });
      system.hostname = name;
    },
    setTimeServers: async (servers) => {
      await act({ act: 'time', servers });
      system.time.servers = servers;
    },
    setPorts: async (tcp) => {
      await act({ act: 'ports', tcp });
      system.ports = tcp;
    },
    reboot: () => act({ act: 'reboot' }),
    powerOff: () => act({ act: 'poweroff' }),
    factoryReset: async (name) => {
      await act({ act: 'factory-reset', name });
      if (name !== facts.name) throw new RohrpostError('appliance-name-differs', { details: { name: facts.name } });
    },
    adopt: async () => {
      await act({ act: 'adopt' });
      facts.moved = false;
    },
    recoveryKey: async () => {
      await act({ act: 'recovery-key' });
      return fake.recovery;
    },
    forgetRecoveryKey: async () => {
      await act({ act: 'recovery-key-forget' });
      fake.recovery = null;
      system.storage.recoveryKey = false;
    },
    unlock: (key) => act({ act: 'unlock', key }),
  };
  return fake;
}
