/**
 * Runs a target in a thread and watches it from outside: a thread that hangs or eats memory cannot tell so itself. It is ended
 * then, what it was at is the find, and a new thread goes on with the next seed.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Shared, share } from './shared.ts';
import type { Job, Told } from './worker.ts';

export interface Find {
  readonly target: string;
  readonly kind: 'error' | 'slow' | 'hang' | 'memory';
  /** What was thrown, or what was seen. */
  readonly text: string;
  readonly input: Buffer;
}

export interface Report {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that reached something new and were changed further. */
  readonly kept: number;
  readonly refused: number;
  readonly finds: readonly Find[];
  /** Processor time of the slowest input. */
  readonly slowest_ms: number;
  /** Most resident memory of the whole process meanwhile. */
  readonly peak_mb: number;
}

export const fuzzLimits = {
  /** No reader may need longer for one input of 64 KiB, in processor time: the machine may be busy with other things. */
  input_ms: 1_000,
  /** Who waits so long for something waits for ever. */
  wait_ms: 20_000,
  /** Heap of the thread; the limit of the box's own worker threads (`workers/pool.ts`). */
  heap_mb: 256,
  /** The process may grow by so much beyond what it had: buffers are outside of the heap. */
  growth_mb: 512,
  /** Loading the sources of a target on a busy machine. */
  start_ms: 120_000,
  /** How often a thread is looked at. */
  look_ms: 25,
  /** A target that hangs or bursts again and again is known well enough. */
  restarts: 3,
} as const;

export type FuzzLimits = Readonly<Record<keyof typeof fuzzLimits, number>>;

export interface FuzzOptions {
  readonly name: string;
  /** URL of the module with `openTarget`. */
  readonly module: string;
  readonly seed: number;
  readonly budget_ms: number;
  readonly budget_inputs?: number;
  /** By what the inputs reach (the default), or blindly. */
  readonly guided?: boolean;
  /** Only these inputs. */
  readonly replay?: readonly Buffer[];
  readonly limits?: Partial<FuzzLimits>;
}

/** Fuzzes one target within its budget. @throws when it cannot be opened at all */
export async function fuzzTarget(o: FuzzOptions): Promise<Report> {
  const limits = { ...fuzzLimits, ...o.limits };
  const until = performance.now() + o.budget_ms;
  const finds: Find[] = [];
  const totals = { inputs: 0, kept: 0, refused: 0, slowest_ms: 0, peak_mb: 0 };
  for (let start = 0; start <= limits.restarts; start++) {
    const shared = share();
    const budget_ms = until - performance.now();
    const ended = await watchThread({ ...o, seed: o.seed + start, budget_ms }, shared, limits, finds);
    const counts = shared.counts();
    for (const name of ['inputs', 'kept', 'refused'] as const) totals[name] += counts[name];
    totals.slowest_ms = Math.max(totals.slowest_ms, counts.slowest_ms);
    totals.peak_mb = Math.max(totals.peak_mb, ended.peak_mb);
    if (ended.isDone || o.replay !== undefined || performance.now() > until) break;
  }
  return { target: o.name, ...totals, finds };
}

/** Files in memory: what is fuzzed is what they hold, not the disk, and a flush costs nothing there. */
const MEMORY = '/dev/shm';

/** One thread to its end, by itself or by us. */
async function watchThread(
  o: FuzzOptions,
  shared: Shared,
  limits: FuzzLimits,
  finds: Find[],
): Promise<{ isDone: boolean; peak_mb: number }> {
  const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'rohrpost-fuzz-'));
  const job: Job = {
    ...{ module: o.module, folder, seed: o.seed, memory: shared.memory, input_ms: limits.input_ms },
    ...{
      budget_ms: o.budget_ms,
      budget_inputs: o.budget_inputs ?? Number.MAX_SAFE_INTEGER,
      replay: o.replay ?? null,
      guided: o.guided ?? true,
    },
  };
  const thread = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: limits.heap_mb },
  });
  const note = (kind: Find['kind'], text: string, input: Buffer) => finds.push({ target: o.name, kind, text, input });
  const look = watch(shared, limits);
  let isDone = false;
  /** It is known already why the thread ended before it was done. */
  let isExplained = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setInterval(() => {
        const seen = look.see();
        if (seen === null) return;
        clearInterval(timer);
        isExplained = true;
        if (seen.kind === 'never-began') reject(new Error(`target ${o.name} never began`));
        else note(seen.kind, seen.text, shared.input());
        resolve();
      }, limits.look_ms);
      thread.on('message', (told: Told) => {
        if (told.kind === 'done') isDone = true;
        else note(told.kind, told.text, Buffer.from(told.input));
      });
      thread.on('error', (error: NodeJS.ErrnoException) => {
        isExplained = true;
        if (shared.counts().inputs === 0) return reject(error);
        const kind = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'error';
        note(kind, error.stack ?? error.message, shared.input());
      });
      thread.on('exit', () => {
        // A thread in which nothing moves any more ends by itself.
        if (!isDone && !isExplained) note('hang', 'waits for what cannot come', shared.input());
        resolve();
      });
    });
  } finally {
    clearInterval(timer);
    await thread.terminate();
    await rm(folder, { recursive: true, force: true });
  }
  return { isDone, peak_mb: look.peak_mb() };
}

type Seen = { kind: 'hang' | 'memory' | 'never-began'; text: string };

/** Looks at a thread from outside, now and then. The process does nothing else meanwhile, so its processor time is the thread's. */
function watch(shared: Shared, limits: FuzzLimits): { see(): Seen | null; peak_mb(): number } {
  const rss_mb = () => process.memoryUsage.rss() / 2 ** 20;
  const began = performance.now();
  const before_mb = rss_mb();
  let peak_mb = before_mb;
  let at = { inputs: -1, since_ms: began, cpu: process.cpuUsage() };
  return {
    peak_mb: () => Math.round(peak_mb),
    see() {
      const now = performance.now();
      const { inputs } = shared.counts();
      const grown_mb = rss_mb() - before_mb;
      peak_mb = Math.max(peak_mb, before_mb + grown_mb);
      if (inputs === 0) return now - began < limits.start_ms ? null : { kind: 'never-began', text: '' };
      if (grown_mb > limits.growth_mb)
        return { kind: 'memory', text: `the process grew by ${Math.round(grown_mb)} MB` };
      if (inputs !== at.inputs || !shared.isRunning()) {
        at = { inputs, since_ms: now, cpu: process.cpuUsage() };
        return null;
      }
      const { user, system } = process.cpuUsage(at.cpu);
      const worked_ms = (user + system) / 1_000;
      if (worked_ms > limits.input_ms)
        return { kind: 'hang', text: `no end after ${Math.round(worked_ms)} ms of work` };
      if (now - at.since_ms > limits.wait_ms) return { kind: 'hang', text: `no end after ${limits.wait_ms} ms` };
      return null;
    },
  };
}
