import { RohrpostError } from '../core/errors.ts';

/** Room for a number of pieces of work at a time. */
export interface Slots {
  /** Runs `work` when there is room, first come, first served. @throws stopped, if the signal aborts before it began */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Resolves when what runs now has ended. */
  idle(): Promise<void>;
}

/** At most `count` pieces of work at a time. */
export function slotsOf(count: number): Slots {
  const waiting = new Set<() => void>();
  const running = new Set<Promise<unknown>>();
  const wakeNext = () => {
    for (const wake of waiting) return wake();
  };
  const turn = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        waiting.delete(wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      waiting.add(wake);
    });
  return {
    async run(signal, work) {
      while (running.size >= count && !signal.aborted) await turn(signal);
      if (signal.aborted) {
        wakeNext(); // the turn that this one does not take
        throw new RohrpostError('stopped', { cause: signal.reason });
      }
      const job = work();
      running.add(job);
      try {
        return await job;
      } finally {
        running.delete(job);
        wakeNext();
      }
    },
    async idle() {
      await Promise.allSettled(running);
    },
  };
}
