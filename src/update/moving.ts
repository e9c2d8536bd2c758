import { updateLimits } from '../core/update-limits.ts';
import type { Movement } from '../store/moving.ts';

/**
 * Whether a study is under way, so that a restart would be felt. What is being tried again, or has stood for hours, waits for
 * somebody else (a partner's server, parts that are missing): a box that waited for that as well would never be updated.
 */
export function studiesMove(
  movements: readonly Pick<Movement, 'kind' | 'since_ms' | 'code'>[],
  now_ms: number,
): boolean {
  return movements.some(
    // A study that arrives may have begun to do so long ago, and gets more now; it settles in minutes.
    ({ kind, since_ms, code }) => kind === 'arriving' || (code === null && now_ms - since_ms < updateLimits.moving_ms),
  );
}
