import type { Target } from '../target.ts';

/** Never comes to an end with what begins otherwise. */
export function openTarget(): Target {
  return {
    seeds: [Buffer.from('abcd')],
    run(input) {
      while (input[0] !== 0x61);
      return 'taken';
    },
  };
}
