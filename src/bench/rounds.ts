import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One way of doing the same work; gives back the seconds it took. */
export type Variant = () => Promise<number>;

/**
 * Runs the variants in turn, so that whatever else the machine does befalls them alike; the first of a round is another
 * one each time. Before each, the disk is let come to rest: nobody pays for what another left in the page cache.
 * @returns the median seconds of each
 */
export async function alternate<Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, Variant>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]!;
      await run('sync');
      times[name].push(await variants[name]());
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
