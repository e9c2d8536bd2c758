import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../src/core/files.ts';
import type { ChannelIndex, Release } from '../../src/update/words.ts';
import { type Bundle, readBundle } from './bundle.ts';
import { changeChannel, type Publisher } from './channel.ts';
import { failure } from './errors.ts';

export interface NewRelease {
  /** Path of the bundle. */
  bundle: string;
  /** As the operator believes; what the bundle says must be the same. */
  version?: string;
  product?: string;
  notes: { de: string; en: string };
  percent: number;
  min_version: string;
  downgrade: boolean;
}

/**
 * Puts a bundle into a channel's folder and announces it. The bundle is whole in its place before any box hears of it.
 * @throws FleetError bundle-…, release-exists, release-notes, channel-…
 */
export async function publish(folder: string, plan: NewRelease, p: Publisher): Promise<ChannelIndex> {
  if (plan.notes.de.trim() === '' || plan.notes.en.trim() === '') throw failure('release-notes');
  const bundle = await readBundle(plan.bundle, { roots: p.signer.rootsFile, now_ms: p.now_ms });
  expectMeant(bundle, plan);
  return changeChannel(folder, p, async (index) => {
    const { product, version } = bundle;
    const isDevelopment = p.signer.development || index.channel.startsWith('dev');
    if (bundle.variant === 'dev' && !isDevelopment) throw failure('bundle-variant', { file: plan.bundle });
    if (index.releases.some((one) => one.product === product && one.version === version)) {
      throw failure('release-exists', { product, version });
    }
    const name = `${product}-${version}.raucb`;
    await copyBundle(plan.bundle, join(folder, name), bundle.sha256);
    const release: Release = {
      ...{ product, version, bundle: name, size_bytes: bundle.size_bytes },
      ...{ sha256: bundle.sha256, manifest_sha256: bundle.manifest_sha256 },
      ...{ min_version: plan.min_version, stage: { percent: plan.percent } },
      ...(plan.downgrade ? { downgrade: true } : {}),
      notes: plan.notes,
    };
    return [...index.releases, release];
  });
}

function expectMeant(bundle: Bundle, plan: NewRelease): void {
  const { product, version } = bundle;
  const isOther = (plan.version ?? version) !== version || (plan.product ?? product) !== product;
  if (isOther) {
    const expected = `${plan.product ?? product} ${plan.version ?? version}`;
    throw failure('bundle-other', { file: plan.bundle, product, version, expected });
  }
  if (plan.downgrade && !bundle.mayDowngrade) throw failure('bundle-no-downgrade', { file: plan.bundle });
}

/** A bundle that lies there unannounced is left over from a call that died; it is replaced. */
async function copyBundle(from: string, to: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  await writeDurably(
    to,
    async (file) => {
      for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20 })) {
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      // What was looked at before and what was copied must be the same file.
      if (hash.digest('hex') !== sha256) throw failure('bundle-damaged', { file: from });
    },
    0o644,
  );
}

/** Which releases of a version are meant: of all products, or of one. @throws FleetError release-missing */
function expectReleases(index: ChannelIndex, version: string, product: string | undefined): Release[] {
  const found = index.releases.filter((one) => one.version === version && one.product === (product ?? one.product));
  if (found.length === 0) throw failure('release-missing', { version });
  return found;
}

/** How a release is changed: by version, and by product where one of several is meant. */
export interface Which {
  version: string;
  product?: string;
}

function change(index: ChannelIndex, which: Which, to: (release: Release) => Release): Release[] {
  const meant = new Set(expectReleases(index, which.version, which.product));
  return index.releases.map((release) => (meant.has(release) ? to(release) : release));
}

/** Sets the share of boxes that may take a version; a roll-out that was stopped goes on. @throws FleetError release-withdrawn */
export function staged(index: ChannelIndex, which: Which, percent: number): Release[] {
  return change(index, which, (release) => {
    if (release.withdrawn) throw failure('release-withdrawn', { version: release.version });
    return { ...release, stage: { percent } };
  });
}

/** Nobody else takes it; who has it keeps it. */
export function stopped(index: ChannelIndex, which: Which): Release[] {
  return change(index, which, (release) => ({ ...release, stage: { ...release.stage, stopped: true } }));
}

/** It is not to be used: boxes that hold it and wait for their restart do not start it. For good. */
export function withdrawn(index: ChannelIndex, which: Which): Release[] {
  return change(index, which, (release) => ({
    ...release,
    stage: { ...release.stage, stopped: true },
    withdrawn: true,
  }));
}

/** Takes a release out of the index, and then its bundle off the disk: what is no stepping stone for anybody any more. */
export async function drop(folder: string, which: Which, p: Publisher): Promise<ChannelIndex> {
  let gone: Release[] = [];
  const index = await changeChannel(folder, p, (found) => {
    gone = expectReleases(found, which.version, which.product);
    return found.releases.filter((release) => !gone.includes(release));
  });
  for (const { bundle } of gone) {
    if (existsSync(join(folder, bundle))) await unlink(join(folder, bundle));
  }
  return index;
}
