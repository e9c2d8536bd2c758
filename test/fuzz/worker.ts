/** The thread in which one target runs. What it finds it tells at once; whether it hangs, `engine.ts` sees from outside. */
import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { seeded } from '../support/random.ts';
import { type Coverage, watchCoverage } from './coverage.ts';
import { type Material, mutate } from './mutate.ts';
import { INPUT_BYTES, type Shared, share } from './shared.ts';
import type { Target, TargetModule } from './target.ts';

export interface Job {
  readonly module: string;
  readonly folder: string;
  readonly seed: number;
  readonly memory: SharedArrayBuffer;
  /** Ends after so many milliseconds or inputs beyond the seeds, whichever comes first. */
  readonly budget_ms: number;
  readonly budget_inputs: number;
  /** Input that takes longer, in processor time of this thread, is a find. */
  readonly input_ms: number;
  /** Whether inputs that reach something new are changed further; without, a run costs half. */
  readonly guided: boolean;
  /** Only these, one after the other, instead of seeds and mutations. */
  readonly replay: readonly Uint8Array[] | null;
}

/** What a thread tells. */
export type Told = { kind: 'error' | 'slow'; text: string; input: Uint8Array } | { kind: 'done' };

/** Looking what was reached costs a few milliseconds, so so many inputs share one look. */
const BATCH = 32;
/** Runs spent on making a find short. */
const SHORTENINGS = 300;

interface Run {
  readonly job: Job;
  readonly target: Target;
  readonly shared: Shared;
  /** What was found already: one error in one place is told once. */
  readonly known: Set<string>;
}

const tell = (told: Told) => parentPort!.postMessage(told);

async function work(job: Job): Promise<void> {
  const module = (await import(job.module)) as TargetModule;
  const target = await module.openTarget(job.folder);
  const run: Run = { job, target, shared: share(job.memory), known: new Set() };
  try {
    if (job.replay === null) await fuzz(run);
    else for (const input of job.replay) await runOne(run, Buffer.from(input));
  } finally {
    target.close?.();
  }
  tell({ kind: 'done' });
}

async function fuzz(run: Run): Promise<void> {
  const { job, target } = run;
  const random = seeded(job.seed);
  const words = (target.words ?? []).map((word) => Buffer.from(word as string));
  const corpus = target.seeds.map((seed) => seed.subarray(0, INPUT_BYTES));
  const material: Material = { corpus, words, limit_bytes: INPUT_BYTES };
  const coverage = job.guided ? watchCoverage() : null;
  const until = performance.now() + job.budget_ms;
  for (const seed of corpus) await runOne(run, seed);
  coverage?.note();
  for (let left = job.budget_inputs; left > 0 && performance.now() < until; left -= BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, left) }, () => mutate(random.pick(corpus), random, material));
    for (const input of batch) if (performance.now() < until) await runOne(run, input);
    if (coverage?.isNew()) await keepNew(run, batch, corpus, coverage);
    await turn();
  }
  coverage?.close();
}

/** Of a batch that reached something new: who did? Those are worth changing further. */
async function keepNew(run: Run, batch: readonly Buffer[], corpus: Buffer[], coverage: Coverage): Promise<void> {
  for (const input of batch) {
    await runOne(run, input);
    if (!coverage.note()) continue;
    corpus.push(input);
    run.shared.keep();
  }
}

async function runOne(run: Run, input: Buffer): Promise<void> {
  const { key, text, kind } = await attempt(run, input);
  if (key === null || run.known.has(key)) return;
  run.known.add(key);
  tell({ kind, text, input: kind === 'error' ? await shortened(run, input, key) : input });
}

/** Runs the target on a copy: what it is handed is its own to keep. */
async function attempt({ target, shared, job }: Run, input: Buffer) {
  shared.begin(input);
  const before = process.threadCpuUsage();
  const none = { kind: 'error' as const, key: null, text: '' };
  try {
    const verdict = await target.run(Buffer.from(input));
    const spent_ms = spentSince(before);
    shared.end(verdict, spent_ms);
    if (spent_ms < job.input_ms || job.input_ms === 0) return none;
    return { kind: 'slow' as const, key: 'slow', text: `took ${Math.round(spent_ms)} ms` };
  } catch (error) {
    shared.end('find', spentSince(before));
    const text = error instanceof Error ? (error.stack ?? error.message) : `threw ${String(error)}`;
    return { kind: 'error' as const, key: placeOf(text), text };
  }
}

function spentSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** Two errors are the same when they come from the same place: the frame nearest to it, or the words where there is none. */
function placeOf(text: string): string {
  const lines = text.split('\n');
  return lines.find((line) => /^\s+at .*(?:\/src\/|\/test\/)/.test(line)) ?? lines[0]!;
}

/** A shorter input with the same error: pieces of it are left out, halves first. */
async function shortened(run: Run, found: Buffer, key: string): Promise<Buffer> {
  let input = found;
  let left = SHORTENINGS;
  for (let piece = input.length >> 1; piece >= 1; piece >>= 1) {
    for (let at = 0; at < input.length && left > 0; left--) {
      const shorter = Buffer.concat([input.subarray(0, at), input.subarray(at + piece)]);
      if ((await attempt(run, shorter)).key === key) input = shorter;
      else at += piece;
    }
  }
  return input;
}

await work(workerData as Job);
