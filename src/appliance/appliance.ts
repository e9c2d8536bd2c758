import type { NetworkMode, Progress, SystemState } from './words.ts';

/** Facts of this boot; they stand in files that the system wrote before the program started. */
export interface BootFacts {
  slot: 'A' | 'B';
  /** Version of the running image. */
  version: string;
  variant: 'release' | 'dev';
  /** What an update must be for: `rohrpost-amd64`, `rohrpost-arm64`, `rohrpost-pi`. */
  product: string;
  /** The box's name in the network and on its screen, `rohrpost-xxxx`. */
  name: string;
  /** Maker and model. */
  hardware: string;
  storage: 'tpm2' | 'key-file' | 'none';
  /** The data partition is there but cannot be used: the box runs on an empty folder in memory. */
  data: 'good' | 'locked' | 'damaged' | 'missing';
  /** The data were made on other hardware: a moved disk, or a copy. */
  moved: boolean;
  /** An update that came back to this slot, and the code of why. */
  fellBack: { version: string; code: string } | null;
}

/** The machine around the program, where the program is an appliance: facts, and the few acts that the caretaker does. */
export interface Appliance {
  readonly facts: BootFacts;
  /** Whether the running image still has to prove itself. */
  onTrial(): boolean;
  /** Whether the time came from a time server since the start. */
  clockIsSynchronised(): boolean;
  state(): Promise<SystemState>;
  /** @returns when RAUC has written and checked both images; the next start is from the other slot */
  install(
    bundle: { source: string; tlsCa?: string; sha256?: string },
    o: { onProgress(progress: Progress): void; signal?: AbortSignal },
  ): Promise<{ version: string }>;
  updateNoted(): Promise<void>;
  setNetwork(network: NetworkMode): Promise<void>;
  keepNetwork(): Promise<void>;
  setHostname(name: string): Promise<void>;
  setTimeServers(servers: string[]): Promise<void>;
  setPorts(tcp: number[]): Promise<void>;
  reboot(): Promise<void>;
  powerOff(): Promise<void>;
  factoryReset(name: string): Promise<void>;
  adopt(): Promise<void>;
  recoveryKey(): Promise<string | null>;
  forgetRecoveryKey(): Promise<void>;
  unlock(key: string): Promise<void>;
}
