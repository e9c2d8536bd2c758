import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { RohrpostError } from '../../core/errors.ts';
import { writeDurably } from '../../core/files.ts';
import { readFacts } from '../facts.ts';
import type { Progress } from '../words.ts';
import { type BundleInfo, bundleFile, bundleInfo, checkBundle, withTlsCa } from './bundle.ts';
import type { Places } from './places.ts';
import { run, runWell } from './programs.ts';
import { progressOf, whatRaucMeans } from './rauc-words.ts';
import { raucStatus } from './slots.ts';

export interface InstallOrder {
  bundle: string;
  tlsCa?: string | undefined;
  sha256?: string | undefined;
  manifestSha256?: string | undefined;
}

export interface InstallOptions {
  onProgress(progress: Progress): void;
  /** Aborted when nobody waits for the answer any more. */
  signal?: AbortSignal | undefined;
  /** The folder that a bundle's file must lie in; the program's, unless it comes from a stick. */
  folder?: string;
}

/**
 * Looks at a bundle, then has RAUC install it into the slot that does not run.
 *
 * At no moment is a half-written system one that the next start may choose, nor one that is not the bundle we looked at. RAUC marks
 * the slot as not to be started before it writes the first byte, and leaves it so (`activate-installed=false`): RAUC reads a bundle
 * anew to install it, and the program's folder and a server may give another one then. It becomes the first choice, in one write of
 * the boot loader's environment, after RAUC has said what it wrote. If this process dies before, nothing starts from that slot.
 * @throws RohrpostError bundle-…, appliance-on-trial, appliance-busy, appliance-failed, timed-out, stopped
 */
export async function installBundle(places: Places, order: InstallOrder, o: InstallOptions): Promise<BundleInfo> {
  // The other slot is what the box comes back to if this one does not prove itself; that of a new box was never written.
  const isFact = (name: string) => existsSync(join(places.facts, name));
  if (isFact('trial') && !isFact('new')) throw new RohrpostError('appliance-on-trial');
  const facts = readFacts(places.facts);
  const isFile = order.bundle.startsWith('/');
  const source = isFile ? await bundleFile(order.bundle, o.folder ?? places.update, order.sha256) : order.bundle;
  return withTlsCa(places, order.tlsCa, async (tlsArgs) => {
    const info = await bundleInfo(places, source, tlsArgs, o.signal);
    await checkBundle(places, facts, info, order.manifestSha256);
    if (o.signal?.aborted) throw new RohrpostError('stopped');
    await raucInstall(places, ['install', ...tlsArgs, source], o);
    const slot = await writtenSlot(places, info);
    if (o.signal?.aborted) throw new RohrpostError('stopped');
    await runWell(places.programs.rauc, ['status', 'mark-active', slot]);
    await writeDurably(join(places.data, 'pending'), `${info.version}\n`);
    return info;
  });
}

async function raucInstall(places: Places, args: string[], { onProgress, signal }: InstallOptions): Promise<void> {
  let last = '';
  const onLine = (line: string) => {
    const progress = progressOf(line);
    if (!progress || line === last) return;
    last = line;
    onProgress(progress);
  };
  try {
    const ended = await run(places.programs.rauc, args, { within_ms: limits.install_ms, signal, onLine });
    if (ended.status !== 0) throw whatRaucMeans(`${ended.err}\n${ended.out}`, 'bundle-not-written');
  } catch (error) {
    const isOurs = error instanceof RohrpostError && ['stopped', 'timed-out'].includes(error.code);
    if (isOurs) await giveUp(places);
    throw error;
  }
}

/** Ends what RAUC is doing: who only ends `rauc install` ends the one who waits for it. */
async function giveUp(places: Places): Promise<void> {
  await runWell(places.programs.systemctl, ['stop', 'rauc.service']);
  await keepRunning(places);
}

/** The next start is from the slot that runs, even if the other had just been made the first choice. */
async function keepRunning(places: Places): Promise<void> {
  const { slots, primary } = await raucStatus(places);
  const booted = slots.find(({ state }) => state === 'booted');
  if (primary === null || primary === booted?.name) return;
  await runWell(places.programs.rauc, ['status', 'mark-active', 'booted']);
  await runWell(places.programs.rauc, ['status', 'mark-bad', 'other']);
}

/** The slot that was written, if with the bundle that was looked at. @throws RohrpostError bundle-other-hash */
async function writtenSlot(places: Places, info: BundleInfo): Promise<string> {
  const { slots } = await raucStatus(places);
  const written = slots.filter(({ slot_status }) => slot_status?.bundle?.hash === info.manifestSha256);
  const slot = written.find(({ state, bootname }) => state === 'inactive' && bootname !== null);
  if (slot) return slot.name;
  await keepRunning(places);
  throw new RohrpostError('bundle-other-hash');
}
