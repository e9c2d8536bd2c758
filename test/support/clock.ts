import type { Clock } from '../../src/core/clock.ts';

/** A clock that a test holds in its hand. Sleepers wake when it is advanced past their time. */
export interface ManualClock extends Clock {
  /** Real time passes: both clocks move, sleepers wake. */
  advance(ms: number): void;
  /** Somebody sets the wall clock; the steady one does not notice. */
  setWall(now_ms: number): void;
}

/** Tests begin on an ordinary day. */
export const START_MS = Date.UTC(2026, 10, 20, 8, 0, 0);

export function manualClock(start_ms = START_MS): ManualClock {
  let wall_ms = start_ms;
  let steady_ms = start_ms;
  const sleepers = new Set<{ until_ms: number; wake: () => void }>();
  return {
    now: () => wall_ms,
    steady: () => steady_ms,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal!.reason);
        };
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper = { until_ms: steady_ms + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    advance: (ms) => {
      wall_ms += ms;
      steady_ms += ms;
      for (const sleeper of [...sleepers]) if (sleeper.until_ms <= steady_ms) sleeper.wake();
    },
    setWall: (now_ms) => {
      wall_ms = now_ms;
    },
  };
}
