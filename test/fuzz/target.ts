import { RohrpostError } from '../../src/core/errors.ts';

/** What became of an input that did no harm: read, or refused with one of our codes. */
export type Verdict = 'taken' | 'refused';

/** Something that reads what strangers send. */
export interface Target {
  /** What to begin with: right and nearly right inputs, the same at every call. */
  readonly seeds: readonly Buffer[];
  /** Pieces of the format, which the mutators put in. */
  readonly words?: readonly (string | Buffer)[];
  /** @throws for a find: a property that does not hold, or any error that is not one of ours */
  run(input: Buffer): Verdict | Promise<Verdict>;
  /** Gives free what `openTarget` took. */
  close?(): void;
}

/** What the module of a target exports. `folder` is empty, the target's own, and goes when it ends. */
export interface TargetModule {
  openTarget(folder: string): Target | Promise<Target>;
}

/** Whether `work` is done, or refuses as the world may be refused; every other error is a find. */
export async function verdictOf(work: () => unknown): Promise<Verdict> {
  try {
    await work();
    return 'taken';
  } catch (error) {
    if (error instanceof RohrpostError && error.code !== 'internal') return 'refused';
    throw error;
  }
}

/** The same for what neither waits nor is waited for: its value, or null where it was refused. */
export function orRefused<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof RohrpostError && error.code !== 'internal') return null;
    throw error;
  }
}

/** A property of the program: an error here is a find. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`does not hold: ${what}`);
}
