/** What an operator publishes in a channel's folder: the payload of `index.json`, which is a DSSE envelope around it. */
export interface ChannelIndex {
  format: 1;
  channel: string;
  /** Only grows: an index with a smaller one than was seen is a replay. */
  sequence: number;
  /** ISO 8601, UTC. */
  made: string;
  /** ISO 8601, UTC; at most 30 days after `made`. */
  expires: string;
  releases: Release[];
}

export interface Release {
  /** `rohrpost-amd64`, `rohrpost-arm64`, `rohrpost-pi`. */
  product: string;
  version: string;
  /** Address of the bundle, relative to the index. */
  bundle: string;
  size_bytes: number;
  /** Of the whole file, in lower-case hex: for who holds it (upload, publishing). */
  sha256: string;
  /**
   * Of the manifest inside, in lower-case hex, as `rauc info` tells it. The manifest is signed and holds the root of the hash tree
   * over everything else, so this pins every byte also where the bundle is streamed and nobody ever holds it whole.
   */
  manifest_sha256: string;
  /** The oldest version that may go straight to this one. */
  min_version: string;
  stage: {
    /** 0…100: this share of the boxes may take it. */
    percent: number;
    /** The roll-out is stopped: who has it keeps it, nobody else takes it. */
    stopped?: boolean;
  };
  withdrawn?: boolean;
  /** The operator means it although it is older than what runs; the bundle's signed manifest must say so too. */
  downgrade?: boolean;
  notes: { de: string; en: string };
}

export const INDEX_TYPE = 'application/vnd.rohrpost.channel+json';

/** A DSSE envelope (Dead Simple Signing Envelope 1.0); each signature brings its certificate chain, leaf first. */
export interface Envelope {
  payloadType: string;
  /** Base64. */
  payload: string;
  signatures: { sig: string; certs: string[] }[];
}

/** What a box tells its operator; never anything about a patient or a partner. */
export interface BoxReport {
  format: 1;
  /** Random, made at the first start. */
  box: string;
  /** What its people call it; the host name. */
  name: string;
  product: string;
  version: string;
  slot: 'A' | 'B';
  trial: boolean;
  health: 'green' | 'yellow' | 'red';
  last: { version: string; result: UpdateResult; code: string | null } | null;
  /** Of the index it acts upon; 0: none yet. */
  sequence: number;
  /** ISO 8601, UTC. */
  at: string;
}

/** What became of an update. */
export type UpdateResult = 'installed' | 'good' | 'fell-back' | 'refused' | 'failed';
