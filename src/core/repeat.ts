import type { Clock } from './clock.ts';

/**
 * Does some work again and again, one turn after the other, with a pause after each. What fails in a turn is the work's own business.
 * `stop` ends the pause, or waits for the turn that is under way.
 * @param work told by the signal that it should come to its end
 * @param o.pause_ms before the first turn, too
 * @param o.atOnce the first turn comes without a pause
 */
export function repeat(
  work: (signal: AbortSignal) => Promise<unknown>,
  o: { clock: Clock; pause_ms: number; atOnce?: boolean },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = () => o.clock.sleep(o.pause_ms, signal).catch(() => {});
  const run = async () => {
    if (!o.atOnce) await pause();
    while (!signal.aborted) {
      await work(signal);
      await pause();
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
