import { backoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { webLimits } from '../core/limits.ts';
import type { OpenLog } from '../core/log.ts';
import { type Box, startBox } from './box.ts';

export interface BoxKeeper {
  /** The box at work; null where it is not. */
  box(): Box | null;
  /** Why it is not, although it was to be. */
  trouble(): RohrpostError | null;
  /** Starts it now, if it does not work. @throws RohrpostError why it cannot */
  begin(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the box, and again where it could not; knows why. A bug is none of its business: it ends the process. */
export function boxKeeper(folder: string, o: { log: OpenLog; clock: Clock; onBox(box: Box): void }): BoxKeeper {
  const { log, clock } = o;
  let box: Box | null = null;
  let trouble: RohrpostError | null = null;
  let attempts = 0;
  let starting: Promise<void> | null = null;
  let retry = new AbortController();
  let isStopped = false;

  const start = async () => {
    try {
      box = await startBox(folder, { log, clock, locked: true });
      trouble = null;
      attempts = 0;
      o.onBox(box);
    } catch (thrown) {
      if (!(thrown instanceof RohrpostError) || thrown.code === 'internal') throw thrown;
      trouble = thrown;
      log.error('box cannot start', { code: thrown.code, reason: thrown.message });
      later();
      throw thrown;
    }
  };
  const later = () => {
    const wait_ms = backoff(++attempts, { first_ms: webLimits.reopen_ms, cap_ms: webLimits.reopen_most_ms });
    retry = new AbortController();
    clock.sleep(wait_ms, retry.signal).then(
      () => void begin().catch(() => {}),
      () => {},
    );
  };
  const begin = async () => {
    if (box || isStopped) return;
    retry.abort();
    starting ??= start().finally(() => {
      starting = null;
    });
    await starting;
  };
  return {
    box: () => box,
    trouble: () => trouble,
    begin,
    stop: async () => {
      isStopped = true;
      retry.abort();
      await starting?.catch(() => {});
      const running = box;
      box = null;
      await running?.stop();
    },
  };
}
