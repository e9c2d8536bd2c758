/** Random numbers in [0, 1) that are the same for the same seed (Park and Miller): a failure can be run again. */
export function seeded(seed: number): { next(): number; below(n: number): number; pick<T>(list: readonly T[]): T } {
  let state = (seed % 2_147_483_646) + 1;
  const next = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const below = (n: number) => Math.floor(next() * n);
  return { next, below, pick: (list) => list[below(list.length)]! };
}
