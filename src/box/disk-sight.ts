import type { Clock } from '../core/clock.ts';
import type { RohrpostError } from '../core/errors.ts';

/** Remembers when the disk last failed at what was received, although it had room (F06). */
export function diskWatch(clock: Clock) {
  let failed_ms: number | null = null;
  return {
    /** Wall time; null: never since the start. */
    failed_ms: () => failed_ms,
    tell: ({ code }: RohrpostError) => {
      if (code === 'disk-error') failed_ms = clock.now();
    },
  };
}
