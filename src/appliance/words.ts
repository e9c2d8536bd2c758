/**
 * What the program and the caretaker say to each other. The caretaker is the only root program of the appliance: one request a
 * connection, one line of JSON; it answers with lines of progress and then exactly one `done` or `error`.
 */

/** How an interface gets its address. */
export type NetworkMode =
  | { mode: 'dhcp' }
  | {
      mode: 'static';
      /** With prefix length: `192.0.2.10/24`. */
      address: string;
      gateway: string | null;
      dns: string[];
      search?: string[];
    };

export type CaretakerRequest =
  | { act: 'state' }
  /** In use at once, and taken back after `NETWORK_TRIAL_S` unless `network-keep` follows: nobody locks themselves out. */
  | ({ act: 'network' } & NetworkMode)
  | { act: 'network-keep' }
  | { act: 'hostname'; name: string }
  /** Empty: what DHCP says, then the usual ones. */
  | { act: 'time'; servers: string[] }
  /** TCP ports that may come in from the network; all others are shut. */
  | { act: 'ports'; tcp: number[] }
  /** A file below the program's `update` folder, or an https address that RAUC streams from. */
  | { act: 'install'; bundle: string; tlsCa?: string; sha256?: string; manifestSha256?: string }
  /** The program has read what became of the last update. */
  | { act: 'update-noted' }
  | { act: 'reboot' }
  | { act: 'poweroff' }
  /** Destroys keys and data; `name` must be the box's own. */
  | { act: 'factory-reset'; name: string }
  /** The data belong to this hardware from now on. */
  | { act: 'adopt' }
  | { act: 'recovery-key' }
  | { act: 'recovery-key-forget' }
  /** Opens a data partition that the TPM does not open any more. */
  | { act: 'unlock'; key: string };

export type CaretakerAct = CaretakerRequest['act'];

/** One of the two places a system image lives in. */
export interface Slot {
  name: 'A' | 'B';
  booted: boolean;
  /** Whether the boot loader may start it. */
  good: boolean;
  version: string | null;
  /** Epoch milliseconds. */
  installed_ms: number | null;
}

export interface LinkState {
  name: string;
  mac: string;
  up: boolean;
  /** With prefix length. */
  addresses: string[];
}

/** What `state` answers. */
export interface SystemState {
  product: string;
  version: string;
  variant: 'release' | 'dev';
  slots: Slot[];
  network: NetworkMode & {
    links: LinkState[];
    /** What is in use now, whoever said so. */
    now: { gateway: string | null; dns: string[] };
    /** Seconds until the last change is taken back; null: nothing to keep. */
    reverts_s: number | null;
  };
  hostname: string;
  time: { servers: string[]; server: string | null; synchronised: boolean };
  ports: number[];
  storage: { protection: 'tpm2' | 'key-file' | 'none'; recoveryKey: boolean };
}

export interface Progress {
  /** 0…100. */
  percent: number;
  text: string;
}

export type CaretakerAnswer =
  | { progress: Progress }
  | { done: unknown }
  | { error: { code: string; reason?: string; details?: Record<string, string | number> } };

/** A change of the network that nobody keeps is taken back after this, in seconds. */
export const NETWORK_TRIAL_S = 120;

/** What a stick can bring, and what became of it: one line each in `$ROHRPOST_SYSTEM/stick`, `ITEM OUTCOME TEXT` (in English). */
export type StickItem = 'settings' | 'network' | 'bundle' | 'factory-reset';
export type StickOutcome = 'done' | 'skipped' | 'failed';
