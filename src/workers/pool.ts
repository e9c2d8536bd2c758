import { Piscina } from 'piscina';
import { asRohrpostError, type Details, type ErrorCode, RohrpostError } from '../core/errors.ts';
import { diskError, isOfDisk } from '../core/files.ts';

/** An error as it crosses the border between threads, where classes are lost. */
interface PlainError {
  code: ErrorCode;
  details: Details;
}

/** `bug`: the stack of what was thrown and is none of our errors. */
export type Answer<T> = { ok: T } | { error: PlainError } | { bug: string };

/** Runs a worker's task so that what it throws crosses the border with its code; a failed file operation has one too. */
export async function answering<T>(task: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: await task() };
  } catch (thrown) {
    const error = isOfDisk(thrown) ? diskError(thrown) : thrown;
    if (error instanceof RohrpostError) return { error: { code: error.code, details: { ...error.details } } };
    return { bug: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
  }
}

export interface WorkerPool {
  /** Runs one job in a thread; the thread is ended when the signal aborts. */
  run<Job, Result>(worker: 'seal' | 'open' | 'unpack' | 'survey', job: Job, signal: AbortSignal): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Threads for what would keep the main thread from answering modalities: sealing, opening, unpacking, looking into uploads. A
 * thread that runs out of memory or hangs takes its job with it, never the process, nor the jobs behind it (F27).
 */
export function openWorkers(threads: number, entry = new URL('./entry.ts', import.meta.url)): WorkerPool {
  const pool = new Piscina({
    filename: entry.href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 30_000,
    // Jobs are streams and need little; one that does not is ended before the box is.
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  // Piscina makes no new thread for what is in its queue when one dies, so nothing may wait there.
  const turns = takingTurns(threads);
  return {
    run: async <Job, Result>(worker: string, job: Job, signal: AbortSignal) => {
      const answer = await turns(signal, () => runOne<Result>(pool, worker, job, signal));
      if ('bug' in answer) throw new Error(`in worker "${worker}": ${answer.bug}`);
      if ('error' in answer) throw new RohrpostError(answer.error.code, { details: answer.error.details });
      return answer.ok;
    },
    close: () => pool.destroy(),
  };
}

async function runOne<Result>(pool: Piscina, worker: string, job: unknown, signal: AbortSignal) {
  try {
    return (await pool.run(job, { name: worker, signal })) as Answer<Result>;
  } catch (thrown) {
    // Tasks answer whatever happens in them: what comes here is the thread's own end, or the signal.
    if (signal.aborted) throw thrown;
    throw asRohrpostError(thrown, 'worker-died');
  }
}

/** Lets so many at a time work, in the order in which they came; who gives up waiting throws the reason of its signal. */
function takingTurns(most: number) {
  let free = most;
  const waiting = new Set<() => void>();
  const turn = async (signal: AbortSignal) => {
    signal.throwIfAborted();
    if (free > 0) {
      free--;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = () => {
      waiting.delete(resolve);
      reject(signal.reason);
    };
    waiting.add(resolve);
    signal.addEventListener('abort', giveUp, { once: true });
    await promise.finally(() => signal.removeEventListener('abort', giveUp));
  };
  return async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    await turn(signal);
    try {
      return await work();
    } finally {
      // The turn is handed on, or free.
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      } else free++;
    }
  };
}
