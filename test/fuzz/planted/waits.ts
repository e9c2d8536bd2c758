import type { Target } from '../target.ts';

/** Waits for what never comes. */
export function openTarget(): Target {
  return { seeds: [Buffer.from('abcd')], run: (input) => (input[0] === 0x61 ? 'taken' : new Promise(() => {})) };
}
