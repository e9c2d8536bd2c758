import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RohrpostError } from '../../src/core/errors.ts';
import { makeFolder, writeDurably } from '../../src/core/files.ts';
import { updateLimits } from '../../src/core/update-limits.ts';
import { parseIndex } from '../../src/update/channel.ts';
import { openEnvelope } from '../../src/update/envelope.ts';
import { type ChannelIndex, type Envelope, INDEX_TYPE, type Release } from '../../src/update/words.ts';
import { failure, reasonOf } from './errors.ts';
import { emptyRecord, type Ledger, readLedger, withLock, writeLedger } from './ledger.ts';
import type { Signer } from './signer.ts';

export const INDEX_FILE = 'index.json';
const DAY_MS = 86_400_000;
/** Web servers read what they serve as somebody else. */
const FOR_ALL = 0o644;
const FOLDER_FOR_ALL = 0o755;

/** Who publishes, and when. */
export interface Publisher {
  /** The folder of keys. */
  keys: string;
  signer: Signer;
  now_ms: number;
}

/** Makes an empty channel. @throws FleetError channel-exists, channel-name, channel-development-name */
export async function createChannel(folder: string, name: string, p: Publisher): Promise<ChannelIndex> {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) throw failure('channel-name', { name });
  if (p.signer.development && !name.startsWith('dev')) throw failure('channel-development-name');
  return withLock(p.keys, async () => {
    if (existsSync(join(folder, INDEX_FILE))) throw failure('channel-exists', { folder });
    await makeFolder(folder, FOLDER_FOR_ALL);
    const ledger = await readLedger(p.keys);
    return signIndex(folder, { channel: name, sequence: 0, releases: [] }, ledger, p);
  });
}

/**
 * Changes what a channel says and signs it anew; all within a lock, the new index is there at once or not at all.
 * @param change gives back the releases as they shall be
 * @throws FleetError channel-missing, channel-broken, channel-rolled-back, channel-busy, and what `change` throws
 */
export async function changeChannel(
  folder: string,
  p: Publisher,
  change: (index: ChannelIndex, ledger: Ledger) => readonly Release[] | Promise<readonly Release[]>,
): Promise<ChannelIndex> {
  return withLock(p.keys, async () => {
    const ledger = await readLedger(p.keys);
    const index = await readChannel(folder, p, ledger);
    const releases = [...(await change(index, ledger))];
    return signIndex(folder, { ...index, releases }, ledger, p);
  });
}

/**
 * The index of a channel as we published it: signed under one of our roots when it says it was, and not an old one put back.
 * That it has expired meanwhile is no fault here: it is about to be renewed.
 * @throws FleetError channel-missing, channel-broken, channel-rolled-back
 */
export async function readChannel(
  folder: string,
  p: { signer: Pick<Signer, 'roots'>; now_ms: number },
  ledger: Ledger,
): Promise<ChannelIndex> {
  const bytes = await readFile(join(folder, INDEX_FILE)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw failure('channel-missing', { folder });
    throw failure('file-unreadable', { file: join(folder, INDEX_FILE), reason: reasonOf(cause) });
  });
  try {
    const claimed = parseIndex(Buffer.from((JSON.parse(bytes.toString()) as Envelope).payload, 'base64'));
    const signed_ms = Math.min(p.now_ms, Date.parse(claimed.made));
    const trust = { payloadType: INDEX_TYPE, roots: p.signer.roots, now_ms: signed_ms };
    const index = parseIndex(openEnvelope(bytes, trust));
    const last = ledger.channels[index.channel]?.sequence ?? 0;
    if (index.sequence < last) throw failure('channel-rolled-back', { folder, found: index.sequence, last });
    return index;
  } catch (thrown) {
    if (thrown instanceof RohrpostError || thrown instanceof SyntaxError || thrown instanceof TypeError) {
      throw failure('channel-broken', { folder, reason: reasonOf(thrown) });
    }
    throw thrown;
  }
}

/** Bundles of a channel that are not there, or not of the size that was signed; their names. */
export async function missingBundles(folder: string, releases: readonly Release[]): Promise<string[]> {
  const missing: string[] = [];
  for (const { bundle, size_bytes, withdrawn } of releases) {
    const size = withdrawn
      ? size_bytes
      : await stat(join(folder, bundle)).then(
          (found) => found.size,
          () => -1,
        );
    if (size !== size_bytes) missing.push(bundle);
  }
  return missing;
}

/** How a release is called in the ledger. */
export function releaseKey({ product, version }: Pick<Release, 'product' | 'version'>): string {
  return `${product} ${version}`;
}

async function signIndex(
  folder: string,
  { channel, releases, sequence }: Pick<ChannelIndex, 'channel' | 'releases' | 'sequence'>,
  ledger: Ledger,
  p: Publisher,
): Promise<ChannelIndex> {
  const record = ledger.channels[channel] ?? emptyRecord();
  const index: ChannelIndex = {
    ...{ format: 1, channel, sequence: Math.max(sequence, record.sequence) + 1 },
    made: new Date(p.now_ms).toISOString(),
    expires: new Date(p.now_ms + updateLimits.index_age_days * DAY_MS).toISOString(),
    releases,
  };
  const payload = Buffer.from(JSON.stringify(index));
  parseIndex(payload);
  const envelope = await p.signer.seal(payload);
  await writeDurably(join(folder, INDEX_FILE), `${JSON.stringify(envelope)}\n`, FOR_ALL);
  // After the index: a ledger that is behind is caught up with, one that is ahead would look like an index put back.
  ledger.channels[channel] = { sequence: index.sequence, stages: stagesOf(record.stages, releases, index.made) };
  await writeLedger(p.keys, ledger);
  return index;
}

type Stages = Ledger['channels'][string]['stages'];

/** Since when each release is where it is. */
function stagesOf(before: Stages, releases: readonly Release[], now: string): Stages {
  const stages: Stages = {};
  for (const release of releases) {
    const { percent, stopped } = release.stage;
    const known = before[releaseKey(release)];
    const isSame = known?.percent === percent && (known.stopped !== undefined) === (stopped === true);
    const since = isSame ? known.since : now;
    stages[releaseKey(release)] = { percent, since, ...(stopped ? { stopped: known?.stopped ?? '' } : {}) };
  }
  return stages;
}
