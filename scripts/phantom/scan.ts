import { type Canvas, paintSlice, vessels } from './anatomy.ts';
import { noiseField, seeded } from './noise.ts';

/** Stored value = HU − intercept, the usual way of CT scanners. */
export const RESCALE_INTERCEPT = -1024;
/** Stored outside the circle that the scanner reconstructs. */
export const PIXEL_PADDING = -2000;

const FIELD_SIZE = 1024;
/** Standard deviation of the noise of a thin slice, in HU: zlib then packs the phantom 2.3 : 1, as it does real CT. */
const NOISE_HU = 13;
const TEXTURE_HU = 14;

/**
 * A CT scanner of one invented chest: gives the slice at `z` (0 top, 1 bottom) as stored 16-bit values. The same seed gives
 * the same images. The returned array is used again for the next slice.
 */
export function scanner(size: number, seed: number): (z: number) => Int16Array {
  const random = seeded(seed);
  const branches = vessels(700, random);
  const noise = noiseField(FIELD_SIZE, 2, random);
  const texture = noiseField(FIELD_SIZE, 24, random);
  const canvas: Canvas = { size, hu: new Int16Array(size * size) };
  const smooth = new Float32Array(size * size);
  const stored = new Int16Array(size * size);
  return (z) => {
    paintSlice(canvas, z, branches);
    soften(canvas, smooth);
    const grain = view(random);
    const pattern = view(random);
    stored.fill(PIXEL_PADDING);
    for (let y = 1; y < size - 1; y++) {
      const dy = (2 * y - size) / size;
      const half = Math.floor((size / 2) * Math.sqrt(1 - dy * dy)) - 1;
      for (let x = size / 2 - half; x < size / 2 + half; x++) {
        const plain = smooth[y * size + x]!;
        const amount = plain > -400 ? 1 : plain > -940 ? 0.9 : 0.55;
        const tissue = plain > -940 ? TEXTURE_HU * texture[pattern(x, y)]! : 0;
        const hu = plain + tissue + amount * NOISE_HU * noise[grain(x, y)]!;
        stored[y * size + x] = Math.min(4095, Math.max(0, Math.round(hu) - RESCALE_INTERCEPT));
      }
    }
    return stored;
  };
}

/** Another place of a noise field for each slice, mirrored by chance: fresh noise without new random numbers for each pixel. */
function view(random: () => number) {
  const left = Math.floor(random() * FIELD_SIZE);
  const top = Math.floor(random() * FIELD_SIZE);
  const mirror = random() < 0.5 ? FIELD_SIZE - 1 : 0;
  const mask = FIELD_SIZE - 1;
  return (x: number, y: number) => ((y + top) & mask) * FIELD_SIZE + (((x + left) & mask) ^ mirror);
}

/** The blur of a scanner: edges are not steps. Kernel [1 2 1]/4 along both axes; the border stays as it is. */
function soften({ size, hu }: Canvas, out: Float32Array): void {
  for (let y = 1; y < size - 1; y++) {
    for (let x = 1; x < size - 1; x++) {
      const i = y * size + x;
      const above = hu[i - size - 1]! + 2 * hu[i - size]! + hu[i - size + 1]!;
      const here = hu[i - 1]! + 2 * hu[i]! + hu[i + 1]!;
      const below = hu[i + size - 1]! + 2 * hu[i + size]! + hu[i + size + 1]!;
      out[i] = (above + 2 * here + below) / 16;
    }
  }
}
