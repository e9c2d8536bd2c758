import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RohrpostError } from '../../src/core/errors.ts';
import { writeDurably } from '../../src/core/files.ts';
import { lockFolder } from '../../src/store/database.ts';
import { failure, reasonOf } from './errors.ts';

/**
 * What was signed with a folder of keys, kept beside them: the channel's own folder lies on a web server, and who gets in there
 * could put an old index back for us to sign anew.
 */
export interface Ledger {
  format: 1;
  channels: Record<string, ChannelRecord>;
}

export interface ChannelRecord {
  /** Of the index signed last. */
  sequence: number;
  /** By `product version`: when the present share of boxes was set, ISO 8601, and why it was stopped. */
  stages: Record<string, { percent: number; since: string; stopped?: string }>;
}

const LEDGER_FILE = 'channels.json';
/** Copying and hashing a bundle takes seconds. */
const LOCK_MS = 60_000;
const LOCK_LOOK_MS = 250;

/** @throws FleetError file-unreadable */
export async function readLedger(keys: string): Promise<Ledger> {
  const file = join(keys, LEDGER_FILE);
  try {
    const found = JSON.parse(await readFile(file, 'utf8')) as Ledger;
    if (found.format !== 1 || typeof found.channels !== 'object') throw new Error('unknown format');
    return found;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return emptyLedger();
    throw failure('file-unreadable', { file, reason: reasonOf(cause) });
  }
}

export async function writeLedger(keys: string, ledger: Ledger): Promise<void> {
  await writeDurably(join(keys, LEDGER_FILE), `${JSON.stringify(ledger, null, 2)}\n`);
}

/** Before anything was signed at all. */
export function emptyLedger(): Ledger {
  return { format: 1, channels: {} };
}

/** What a channel's record is before anything was signed. */
export function emptyRecord(): ChannelRecord {
  return { sequence: 0, stages: {} };
}

/** Runs `work` while nobody else publishes with these keys; the lock dies with its process. @throws FleetError channel-busy */
export async function withLock<T>(keys: string, work: () => Promise<T>): Promise<T> {
  const lock = await takeLock(keys, performance.now() + LOCK_MS);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function takeLock(keys: string, until_ms: number): Promise<{ release(): void }> {
  for (;;) {
    try {
      return lockFolder(keys);
    } catch (thrown) {
      if (!(thrown instanceof RohrpostError) || thrown.code !== 'store-in-use') throw thrown;
      if (performance.now() > until_ms) throw failure('channel-busy');
    }
    await delay(LOCK_LOOK_MS);
  }
}
