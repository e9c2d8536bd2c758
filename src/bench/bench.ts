import type { Phantom } from '../../scripts/phantom.ts';

/** What a benchmark gets. */
export interface Bench {
  /** The study that all of them work on, in `studyFolder`. */
  study: Phantom;
  studyFolder: string;
  /** A folder of this benchmark alone; removed when it is over. */
  folder: string;
  rounds: number;
  /** Prints the result: `name value`. */
  result(name: string, value: number): void;
  /** Prints a line for people: what was measured against what, in seconds. */
  remark(text: string): void;
  /** Runs when the benchmark is over, however it ends: the last given first. */
  atEnd(close: () => Promise<unknown>): void;
}

/** Runs a tool that was started for a benchmark; every one has a deadline. */
export const TOOL_MS = 300_000;

export const seconds = (value: number) => `${value.toFixed(2)} s`;
