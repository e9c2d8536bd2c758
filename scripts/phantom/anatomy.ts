/** Hounsfield units of what the phantom is made of. */
const AIR = -1000;
const LUNG = -860;
const FAT = -100;
const MUSCLE = 52;
const BLOOD = 48;
const CONTRAST = 290;
const LIVER = 112;
const SPLEEN = 124;
const DISC = 85;
const CANCELLOUS = 210;
const CORTICAL = 720;

/** A square image of Hounsfield units that shapes are painted on. Coordinates are those of a 512 × 512 image. */
export interface Canvas {
  readonly size: number;
  readonly hu: Int16Array;
}

export interface Vessel {
  x: number;
  y: number;
  dx: number;
  dy: number;
  from: number;
  to: number;
  radius: number;
}

/** Branches of lung vessels: each runs from the hilum outwards through a stretch of slices. */
export function vessels(count: number, random: () => number): Vessel[] {
  return Array.from({ length: count }, () => {
    const side = random() < 0.5 ? -1 : 1;
    const from = random() * 0.8;
    const angle = (random() - 0.5) * Math.PI;
    const reach = 20 + 80 * random();
    const out = random();
    return {
      x: 256 + side * (46 + 60 * out),
      y: 250 + (40 + 60 * out) * (random() - 0.5),
      dx: side * Math.cos(angle) * reach,
      dy: Math.sin(angle) * reach,
      from,
      to: from + 0.05 + 0.2 * random(),
      radius: 1.3 + (4 - 2.5 * out) * random() ** 2,
    };
  });
}

/** Paints the slice at `z`: 0 at the tips of the lungs, 1 in the upper abdomen. */
export function paintSlice(canvas: Canvas, z: number, branches: readonly Vessel[]): void {
  canvas.hu.fill(AIR);
  const width = 196 + 14 * Math.cos(4 * z) + 4 * Math.sin(9 * z);
  const depth = 128 + 12 * Math.sin(2.6 * z);
  table(canvas, 262 + depth);
  ellipse(canvas, 256, 262, width, depth, FAT);
  ellipse(canvas, 256, 264, width - 15 - 4 * z, depth - 13, MUSCLE);
  lungs(canvas, z);
  for (const branch of branches) vessel(canvas, branch, z);
  middle(canvas, z);
  abdomen(canvas, z);
  ribs(canvas, z, width, depth);
  spine(canvas, z, 262 + depth);
}

/** A cradle of foam in a carbon shell, touching the patient's back. */
function table(canvas: Canvas, back: number): void {
  ellipse(canvas, 256, back - 108, 232, 128, -120);
  ellipse(canvas, 256, back - 111, 228, 127, -900);
  ellipse(canvas, 256, back - 122, 226, 124, -120);
  ellipse(canvas, 256, back - 126, 226, 125, AIR);
}

function lungs(canvas: Canvas, z: number): void {
  for (const side of [-1, 1]) {
    const base = side < 0 ? 0.8 : 0.9;
    const grown = Math.sqrt(Math.max(0, Math.min(1, z * 5, (base + 0.12 - z) * 6)));
    if (grown === 0) continue;
    ellipse(canvas, 256 + side * 88, 258, 74 * grown, 100 * grown, LUNG, side * 0.12);
    // The dome of the diaphragm rises into the lung from below.
    const dome = Math.min(1.1, Math.max(0, z - (base - 0.2)) * 5);
    if (dome > 0) ellipse(canvas, 256 + side * 92, 250, 56 * dome, 80 * dome, side < 0 ? LIVER : MUSCLE);
  }
}

function vessel(canvas: Canvas, branch: Vessel, z: number): void {
  const way = (z - branch.from) / (branch.to - branch.from);
  if (way < 0 || way > 1) return;
  const radius = branch.radius * (1 - 0.7 * way);
  ellipse(canvas, branch.x + branch.dx * way, branch.y + branch.dy * way, radius, radius * 0.8, BLOOD, way, LUNG + 60);
}

/** Heart, great vessels, windpipe, gullet. */
function middle(canvas: Canvas, z: number): void {
  ellipse(canvas, 256, 242, 38, 74 - 12 * z, FAT + 40);
  const heart = Math.max(0, Math.sin(Math.PI * Math.min(1, (z - 0.35) / 0.45)));
  if (z > 0.35 && heart > 0) {
    ellipse(canvas, 274, 222, 78 * heart, 56 * heart, MUSCLE + 30, 0.5);
    ellipse(canvas, 286, 226, 44 * heart, 28 * heart, CONTRAST - 40, 0.6);
    ellipse(canvas, 240, 222, 26 * heart, 26 * heart, CONTRAST - 70);
  }
  if (z < 0.4) ellipse(canvas, 240, 205, 17, 18, CONTRAST);
  ellipse(canvas, 232, 214 - 10 * z, 10, 11, CONTRAST + 60);
  ellipse(canvas, 284, 318 - 20 * Math.max(0, 0.2 - z), 14, 14, CONTRAST);
  ellipse(canvas, 262, 292, 8, 6, MUSCLE);
  // The windpipe, and where it parts into the two bronchi.
  const apart = (z - 0.42) * 120;
  if (apart < 0) ellipse(canvas, 254, 262, 10, 9, AIR + 15);
  else if (apart < 26) for (const side of [-1, 1]) ellipse(canvas, 254 + side * (6 + apart), 264, 8, 6, AIR + 15);
}

function abdomen(canvas: Canvas, z: number): void {
  const deep = Math.min(1, Math.max(0, (z - 0.78) * 6));
  if (deep === 0) return;
  ellipse(canvas, 186, 252, 90 * deep, 84 * deep, LIVER, 0.2);
  ellipse(canvas, 364, 292, 34 * deep, 50 * deep, SPLEEN, -0.3);
  ellipse(canvas, 330, 220, 48 * deep, 36 * deep, MUSCLE - 20, 0.4);
  ellipse(canvas, 328, 206, 32 * deep, 15 * deep, AIR + 20, 0.1);
  for (let k = 0; k < 5; k++) ellipse(canvas, 150 + 22 * k, 232 + 12 * ((k * 7) % 4), 5, 4, LIVER + 60, k);
}

/** Ribs cross each slice one after another along the wall of the chest, sloping forwards. */
function ribs(canvas: Canvas, z: number, width: number, depth: number): void {
  for (let k = 0; k < 6; k++) {
    const angle = -1.2 + (((k / 6) * 2.5 + z * 7.3) % 2.5);
    for (const side of [-1, 1]) {
      const x = 256 + side * (width - 27) * Math.cos(angle);
      const y = 264 + (depth - 23) * Math.sin(angle);
      const lie = side * Math.atan2(depth * Math.cos(angle), -width * Math.sin(angle));
      ellipse(canvas, x, y, 18, 5, CORTICAL, lie);
      ellipse(canvas, x, y, 15, 2.6, CANCELLOUS - 60, lie);
    }
  }
  ellipse(canvas, 256, 264 - depth + 22, 20, 6, CORTICAL - 200);
  ellipse(canvas, 256, 264 - depth + 22, 17, 3.5, CANCELLOUS - 80);
  if (z > 0.4) return;
  for (const side of [-1, 1]) {
    const lie = -side * (0.55 + 0.4 * z);
    ellipse(canvas, 256 + side * 128, 338 - 14 * z, 40, 5, CORTICAL, lie);
    ellipse(canvas, 256 + side * 128, 338 - 14 * z, 37, 2.5, CANCELLOUS, lie);
  }
}

/** Twelve vertebrae and the discs between them. */
function spine(canvas: Canvas, z: number, back: number): void {
  const y = back - 66;
  const within = (z * 12) % 1;
  const isDisc = within > 0.8;
  const waist = 1 - 0.14 * Math.sin(Math.PI * within);
  ellipse(canvas, 256, y, 27 * waist, 22 * waist, isDisc ? DISC : CORTICAL - 180);
  if (!isDisc) ellipse(canvas, 256, y, 24 * waist, 19 * waist, CANCELLOUS);
  ellipse(canvas, 256, y + 31, 21, 14, isDisc ? MUSCLE : CORTICAL - 100);
  ellipse(canvas, 256, y + 29, 12, 10, 28);
  if (within > 0.15 && within < 0.6) {
    ellipse(canvas, 256, y + 50, 4.5, 13, CORTICAL - 60);
    for (const side of [-1, 1]) ellipse(canvas, 256 + side * 36, y + 33, 18, 5, CORTICAL - 160, side * 0.35);
  }
}

/**
 * Fills an ellipse with half axes `a` and `b`, turned by `turn` radians. With `below`, only where the image is darker than
 * that.
 */
function ellipse(
  canvas: Canvas,
  cx: number,
  cy: number,
  a: number,
  b: number,
  value: number,
  turn = 0,
  below = Number.POSITIVE_INFINITY,
): void {
  const { size, hu } = canvas;
  const scale = size / 512;
  const cos = Math.cos(turn) / scale;
  const sin = Math.sin(turn) / scale;
  // The ellipse as A·x² + B·x·y + C·y² = 1 around its centre: for each row, x follows from a quadratic equation.
  const A = (cos / a) ** 2 + (sin / b) ** 2;
  const B = 2 * cos * sin * (1 / a ** 2 - 1 / b ** 2);
  const C = (sin / a) ** 2 + (cos / b) ** 2;
  const reach = Math.max(a, b) * scale;
  const top = Math.max(0, Math.ceil(cy * scale - reach));
  const bottom = Math.min(size - 1, Math.floor(cy * scale + reach));
  for (let y = top; y <= bottom; y++) {
    const dy = y - cy * scale;
    const inside = (B * dy) ** 2 - 4 * A * (C * dy * dy - 1);
    if (inside <= 0) continue;
    const middle = cx * scale - (B * dy) / (2 * A);
    const half = Math.sqrt(inside) / (2 * A);
    const first = y * size + Math.max(0, Math.ceil(middle - half));
    const last = y * size + Math.min(size - 1, Math.floor(middle + half));
    if (below === Number.POSITIVE_INFINITY) hu.fill(value, first, Math.max(first, last + 1));
    else for (let i = first; i <= last; i++) if (hu[i]! < below) hu[i] = value;
  }
}
