import type { Appliance } from '../appliance/appliance.ts';
import type { Progress } from '../appliance/words.ts';
import { RohrpostError } from '../core/errors.ts';
import type { UpdateLimits } from '../core/update-limits.ts';
import { ask, type HttpsRequest } from './https.ts';
import { indexUrl } from './poller.ts';
import type { Release } from './words.ts';

/** What is to be installed. */
export interface Bundle {
  /** Null: only whoever opens it knows. */
  version: string | null;
  sha256: string;
  by: 'channel' | 'upload';
  install: Parameters<Appliance['install']>[0];
  size_bytes: number;
}

interface Parts {
  appliance: Pick<Appliance, 'install'>;
  limits: UpdateLimits;
  line: Pick<HttpsRequest, 'signal' | 'agent'>;
  onProgress(progress: Progress): void;
}

/** A release of a channel, to be streamed from beside its index. */
export function bundleOf(release: Release, channel: string, ca: string | undefined): Bundle {
  return {
    version: release.version,
    sha256: release.sha256,
    by: 'channel',
    size_bytes: release.size_bytes,
    install: {
      source: new URL(release.bundle, indexUrl(channel)).href,
      // What is streamed, nobody can hash first: the hash of its signed manifest pins it, and RAUC itself compares that.
      manifestSha256: release.manifest_sha256,
      ...(ca !== undefined && { tlsCa: ca }),
    },
  };
}

/**
 * Has a bundle written and checked. A line that breaks is no loss: RAUC compares what lies in the slot block by block, so the next
 * try fetches what is missing.
 * @throws RohrpostError bundle-…, appliance-…, update-…, stopped
 */
export async function install(bundle: Bundle, o: Parts): Promise<string> {
  if (bundle.by === 'channel') await expectSize(bundle, o);
  const { version } = await o.appliance.install(bundle.install, { onProgress: o.onProgress, signal: o.line.signal });
  if (bundle.version === null || version === bundle.version) return version;
  throw new RohrpostError('update-other-version', { details: { found: version, expected: bundle.version } });
}

/** Half a file on the server is told apart from a broken bundle before anything is written. */
async function expectSize(bundle: Bundle, { limits, line }: Pick<Parts, 'limits' | 'line'>): Promise<void> {
  const { source, tlsCa } = bundle.install;
  const { status, headers } = await ask({
    ...{ method: 'HEAD', url: source, limit_bytes: limits.answer_bytes, ...line },
    ...{ request_ms: limits.request_ms, idle_ms: limits.idle_ms },
    ...(tlsCa !== undefined && { ca: tlsCa }),
  });
  if (status !== 200) {
    throw new RohrpostError('update-server-answer', { details: { host: new URL(source).host, status } });
  }
  const found = headers['content-length'];
  if (found === undefined || Number(found) === bundle.size_bytes) return;
  throw new RohrpostError('update-size', { details: { found, expected: bundle.size_bytes } });
}

/** Whether the bundle itself is to blame, so that trying it again is no use until it is another one. */
export function isRefusal(error: RohrpostError): boolean {
  return error.retry === 'never' || error.code === 'bundle-other-hash' || error.code === 'update-other-version';
}
