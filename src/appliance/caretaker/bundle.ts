import { createHash } from 'node:crypto';
import { constants, realpathSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { RohrpostError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { compareVersions, isVersion } from '../../core/versions.ts';
import type { BootFacts } from '../facts.ts';
import { refused } from './fields.ts';
import type { Places } from './places.ts';
import { run } from './programs.ts';
import { whatRaucMeans } from './rauc-words.ts';
import { raucStatus, roomOf } from './slots.ts';

/** What a bundle says of itself, its signature verified by RAUC. */
export interface BundleInfo {
  product: string;
  version: string;
  manifestSha256: string;
  /** The operator signed that it may replace a newer one. */
  allowDowngrade: boolean;
  images: { slotClass: string; size_bytes: number }[];
}

/**
 * The real path of a bundle's file below `folder`, which belongs to the program: its owner may do anything with it meanwhile.
 * That does no harm. What decides is what RAUC reads: it verifies the signature of the manifest it then installs by, and every
 * block against that manifest's hash tree as it is read (dm-verity; bundles of another kind are not allowed). A file exchanged
 * after this look is at worst another bundle of our operator, which `installBundle` tells by its manifest's hash.
 * @throws RohrpostError bundle-missing, bundle-other-hash
 */
export async function bundleFile(path: string, folder: string, sha256: string | undefined): Promise<string> {
  let file: FileHandle;
  let real: string;
  try {
    real = realpathSync(path);
    if (!real.startsWith(`${realpathSync(folder)}/`)) throw refused('bundle', 'a file of the update folder');
    // NONBLOCK: a pipe under this name would be waited for.
    file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof RohrpostError) throw error;
    throw new RohrpostError('bundle-missing', { cause: error });
  }
  try {
    if (!(await file.stat()).isFile()) throw new RohrpostError('bundle-missing');
    if (sha256 !== undefined && (await hashOf(file)) !== sha256) throw new RohrpostError('bundle-other-hash');
  } finally {
    await file.close();
  }
  return real;
}

async function hashOf(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** Does `work` with RAUC's arguments for the server's certificates, which lie in a file that RAUC's download child can read. */
export async function withTlsCa<T>(places: Places, tlsCa: string | undefined, work: (args: string[]) => Promise<T>) {
  if (tlsCa === undefined) return work([]);
  const path = join(places.facts, `update-ca-${newId()}.pem`);
  try {
    const file = await open(path, 'wx', 0o644);
    await file.writeFile(tlsCa).finally(() => file.close());
    return await work([`--tls-ca=${path}`]);
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * What RAUC verifies and reads of a bundle: its signature against the image's keyring, and its manifest.
 * @throws RohrpostError bundle-…, timed-out, stopped
 */
export async function bundleInfo(
  places: Places,
  source: string,
  tlsArgs: readonly string[],
  signal?: AbortSignal,
): Promise<BundleInfo> {
  const args = ['info', '--output-format=json-2', ...tlsArgs, source];
  const { status, out, err } = await run(places.programs.rauc, args, { within_ms: limits.info_ms, signal });
  if (status !== 0) throw whatRaucMeans(err, 'bundle-damaged');
  return readInfo(out);
}

function readInfo(text: string): BundleInfo {
  const info = JSON.parse(text) as {
    update: { compatible: string; version?: string };
    images: { 'slot-class': string; size: number }[];
    'manifest-hash': string;
    meta?: { rohrpost?: Record<string, string> };
  };
  const version = info.update.version ?? '';
  if (!isVersion(version)) {
    throw new RohrpostError('bundle-damaged', { details: { reason: 'it has no version that can be compared' } });
  }
  return {
    product: info.update.compatible,
    version,
    manifestSha256: info['manifest-hash'],
    allowDowngrade: info.meta?.rohrpost?.['allow-downgrade'] === 'true',
    images: info.images.map((image) => ({ slotClass: image['slot-class'], size_bytes: image.size })),
  };
}

/**
 * Whether this box takes the bundle. The version that runs may be installed again.
 * @throws RohrpostError bundle-other-hash, bundle-other-product, bundle-older, bundle-too-large
 */
export async function checkBundle(
  places: Places,
  facts: BootFacts,
  info: BundleInfo,
  manifestSha256: string | undefined,
): Promise<void> {
  if (manifestSha256 !== undefined && manifestSha256 !== info.manifestSha256) {
    throw new RohrpostError('bundle-other-hash');
  }
  if (info.product !== facts.product) {
    throw new RohrpostError('bundle-other-product', { details: { product: info.product, own: facts.product } });
  }
  const isOlder = isVersion(facts.version) && compareVersions(info.version, facts.version) < 0;
  if (isOlder && !info.allowDowngrade) {
    throw new RohrpostError('bundle-older', { details: { version: info.version, running: facts.version } });
  }
  const { slots } = await raucStatus(places);
  for (const { slotClass, size_bytes } of info.images) {
    const target = slots.find((slot) => slot.class === slotClass && slot.state === 'inactive');
    const room = target && roomOf(target.device);
    if (room !== null && room !== undefined && size_bytes > room) throw new RohrpostError('bundle-too-large');
  }
}
