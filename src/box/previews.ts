import { RohrpostError } from '../core/errors.ts';
import { previewLimits } from '../core/limits.ts';
import type { Preview } from '../dicom/preview.ts';
import { openWorkers } from '../workers/pool.ts';

/** Draws small pictures of images, in a thread that is there only while somebody looks. */
export interface Previews {
  /**
   * `path`: of a DICOM file.
   * @throws RohrpostError preview-too-large, preview-impossible, timed-out, worker-died, request-too-often, disk-error
   */
  draw(path: string): Promise<Preview>;
  close(): Promise<void>;
}

/** One after another: each takes memory and a whole core. */
export function openPreviews(): Previews {
  const workers = openWorkers(1, previewLimits.idle_ms);
  let asked = 0;
  return {
    draw: async (path) => {
      if (asked >= previewLimits.waiting) throw new RohrpostError('request-too-often', { details: { seconds: 5 } });
      asked++;
      const deadline = AbortSignal.timeout(previewLimits.ms);
      try {
        return await workers.run<{ path: string }, Preview>('preview', { path }, deadline);
      } catch (error) {
        if (!deadline.aborted) throw error;
        throw new RohrpostError('timed-out', { details: { timeout_ms: previewLimits.ms, what: 'preview' } });
      } finally {
        asked--;
      }
    },
    close: () => workers.close(),
  };
}
