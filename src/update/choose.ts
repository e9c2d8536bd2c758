import { sha256 } from '../core/ids.ts';
import { compareVersions, isVersion } from '../core/versions.ts';
import type { FailedVersion } from './updates.ts';
import type { ChannelIndex, Release } from './words.ts';

/** The box that looks into an index. */
export interface Chooser {
  box: string;
  product: string;
  /** What runs. */
  version: string;
  failed: readonly FailedVersion[];
}

/**
 * What an index has for a box: the newest release that it may take; null where that is what runs already. One that is older is
 * taken only if the operator says so of it, and nothing else of the index is as good as what runs: so nobody goes to and fro.
 */
export function chooseRelease(index: ChannelIndex, box: Chooser): Release | null {
  if (!isVersion(box.version)) return null;
  const eligible = index.releases.filter((release) => isFor(release, box));
  const newest = eligible.reduce<Release | null>(
    (best, one) => (best && compareVersions(best.version, one.version) >= 0 ? best : one),
    null,
  );
  return newest && newest.version !== box.version ? newest : null;
}

function isFor(release: Release, box: Chooser): boolean {
  if (release.product !== box.product || release.withdrawn) return false;
  // Who has it keeps it.
  if (release.version === box.version) return true;
  const order = compareVersions(release.version, box.version);
  if (order === 0 || (order < 0 && !release.downgrade)) return false;
  if (release.stage.stopped || !isInStage(release, box.box)) return false;
  if (compareVersions(box.version, release.min_version) < 0) return false;
  return !hasFailed(release, box.failed);
}

/**
 * Whether a box belongs to the share that may take a release. The draw is of box and version, so that other boxes are the first
 * each time, and a box that is in a stage is in every later one.
 */
export function isInStage({ version, stage }: Pick<Release, 'version' | 'stage'>, box: string): boolean {
  return fractionOf(`${version} ${box}`) < stage.percent / 100;
}

/** Whether it is still what the operator wants to be started: neither withdrawn nor stopped. What no index names, is. */
export function isWanted(version: string, product: string, index: ChannelIndex | null): boolean {
  const release = index?.releases.find((one) => one.product === product && one.version === version);
  return !release?.withdrawn && !release?.stage.stopped;
}

/** The same number from 0 to below 1 for the same words: the first 48 bits of their SHA-256. */
export function fractionOf(words: string): number {
  return Number.parseInt(sha256(words).slice(0, 12), 16) / 2 ** 48;
}

function hasFailed({ version, sha256: hash }: Release, failed: readonly FailedVersion[]): boolean {
  return failed.some((one) => one.version === version && (one.sha256 === null || one.sha256 === hash));
}
