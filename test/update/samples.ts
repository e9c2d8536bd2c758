import type { ChannelIndex, Release } from '../../src/update/words.ts';

const DAY_MS = 86_400_000;

/** A release that every box of ours may take. */
export function release(change: Partial<Release> = {}): Release {
  const version = change.version ?? '2.0.0';
  return {
    product: 'rohrpost-amd64',
    version,
    bundle: `rohrpost-amd64-${version}.raucb`,
    size_bytes: 1_000,
    sha256: 'a'.repeat(64),
    manifest_sha256: 'b'.repeat(64),
    min_version: '0.1.0',
    stage: { percent: 100 },
    notes: { de: 'Neu.', en: 'New.' },
    ...change,
  };
}

export function index(
  releases: Release[],
  o: { sequence?: number; channel?: string; made_ms?: number; expires_ms?: number } = {},
): ChannelIndex {
  const made_ms = o.made_ms ?? Date.now() - 60_000;
  return {
    format: 1,
    channel: o.channel ?? 'stable',
    sequence: o.sequence ?? 1,
    made: new Date(made_ms).toISOString(),
    expires: new Date(o.expires_ms ?? made_ms + 20 * DAY_MS).toISOString(),
    releases,
  };
}
