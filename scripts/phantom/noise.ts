/** A repeatable source of numbers in [0, 1): mulberry32. Not for secrets. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A square of correlated Gaussian noise with standard deviation 1, as a reconstruction kernel leaves it. `blurs` 3 × 3 passes
 * set how far it is correlated; edges wrap around, so the field can be read from any offset.
 */
export function noiseField(size: number, blurs: number, random: () => number): Float32Array {
  const field = new Float32Array(size * size);
  for (let i = 0; i < field.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    field[i] = radius * Math.cos(angle);
    field[i + 1] = radius * Math.sin(angle);
  }
  for (let pass = 0; pass < blurs; pass++) blur(field, size);
  let squares = 0;
  for (const value of field) squares += value * value;
  const toUnit = 1 / Math.sqrt(squares / field.length);
  for (let i = 0; i < field.length; i++) field[i]! *= toUnit;
  return field;
}

/** One pass of the kernel [1 4 1]/6 along both axes, wrapping around. */
function blur(field: Float32Array, size: number): void {
  const before = field.slice();
  for (let y = 0; y < size; y++) {
    const row = y * size;
    for (let x = 0; x < size; x++) {
      const left = before[row + ((x + size - 1) % size)]!;
      const right = before[row + ((x + 1) % size)]!;
      field[row + x] = (left + 4 * before[row + x]! + right) / 6;
    }
  }
  before.set(field);
  for (let y = 0; y < size; y++) {
    const row = y * size;
    const above = ((y + size - 1) % size) * size;
    const below = ((y + 1) % size) * size;
    for (let x = 0; x < size; x++) {
      field[row + x] = (before[above + x]! + 4 * before[row + x]! + before[below + x]!) / 6;
    }
  }
}
