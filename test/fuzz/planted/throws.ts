import type { Target } from '../target.ts';

/** Reads anything but a second "d". */
export function openTarget(): Target {
  return {
    seeds: [Buffer.from('abcd')],
    run(input) {
      if (input.indexOf('d') !== input.lastIndexOf('d')) throw new TypeError('planted');
      return 'taken';
    },
  };
}
