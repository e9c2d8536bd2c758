import type { Target } from '../target.ts';

/** Keeps buffers, which are outside of the heap, input for input. */
export function openTarget(): Target {
  const kept: Buffer[] = [];
  return {
    seeds: [Buffer.from('abcd')],
    run() {
      kept.push(Buffer.alloc(2 ** 20, 1));
      return 'taken';
    },
  };
}
