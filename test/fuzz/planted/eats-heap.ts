import type { Target } from '../target.ts';

/** Keeps objects without end. */
export function openTarget(): Target {
  return {
    seeds: [Buffer.from('abcd')],
    run(input) {
      const kept: number[][] = [];
      while (input[0] !== 0x61) kept.push(new Array(10_000).fill(kept.length));
      return 'taken';
    },
  };
}
