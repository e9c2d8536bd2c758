import { Piscina } from 'piscina';
import { asRohrpostError, type Details, type ErrorCode, RohrpostError } from '../core/errors.ts';
import { diskError } from '../core/files.ts';

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
    const error = thrown instanceof Error && 'syscall' in thrown ? diskError(thrown) : thrown;
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
 * Threads for what would keep the main thread from answering modalities: sealing, opening, unpacking, looking into uploads. A thread that runs out
 * of memory or hangs takes its job with it, never the process (F27).
 */
export function openWorkers(threads: number): WorkerPool {
  const pool = new Piscina({
    filename: new URL('./entry.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 30_000,
    // Jobs are streams and need little; one that does not is ended before the box is.
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  return {
    run: async <Job, Result>(worker: string, job: Job, signal: AbortSignal) => {
      const answer = (await pool.run(job, { name: worker, signal }).catch((thrown: unknown) => {
        // Tasks answer whatever happens in them: what comes here is the thread's own end, or the signal.
        if (signal.aborted) throw thrown;
        throw asRohrpostError(thrown, 'worker-died');
      })) as Answer<Result>;
      if ('bug' in answer) throw new Error(`in worker "${worker}": ${answer.bug}`);
      if ('error' in answer) throw new RohrpostError(answer.error.code, { details: answer.error.details });
      return answer.ok;
    },
    close: () => pool.destroy(),
  };
}
