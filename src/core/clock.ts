import { setTimeout as delay } from 'node:timers/promises';

/** Time as the box sees it. Everything that waits, dates or times out gets its time from here, so tests can hold it. */
export interface Clock {
  /** Wall-clock time in epoch milliseconds: for dates that people and peers see. It may jump. */
  now(): number;
  /**
   * Epoch milliseconds that only move forward at the rate of real time while the process lives: for due times and
   * durations. It starts at the wall clock and is deaf to later jumps (time set by hand, daylight saving, NTP).
   */
  steady(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The real clock of this machine. */
export function systemClock(): Clock {
  const startWall = Date.now();
  const startMono = performance.now();
  return {
    now: () => Date.now(),
    steady: () => Math.round(startWall + performance.now() - startMono),
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
  };
}
