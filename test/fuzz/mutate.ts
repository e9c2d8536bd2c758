import type { seeded } from '../support/random.ts';

export type Random = ReturnType<typeof seeded>;

/** Lengths, counts and offsets at which readers have gone wrong before. */
const NUMBERS = [
  ...[0, 1, 2, 3, 4, 7, 8, 11, 12, 16, 31, 32, 63, 64, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 16384],
  ...[0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff],
];
const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x1b, 0x20, 0x22, 0x28, 0x2d, 0x3b, 0x3c, 0x3d, 0x5c];
const REPEATS = [2, 3, 8, 33, 130, 1_000, 5_000];

type Mutator = (input: Buffer, random: Random, more: Material) => Buffer;

/** What other inputs and the format itself have to offer. */
export interface Material {
  readonly corpus: readonly Buffer[];
  readonly words: readonly Buffer[];
  /** No input grows beyond this. */
  readonly limit_bytes: number;
}

/** One to eight changes, one on top of the other. */
export function mutate(input: Buffer, random: Random, more: Material): Buffer {
  let changed: Buffer = Buffer.from(input);
  for (let left = 1 << random.below(4); left > 0; left--) {
    changed = random.pick(MUTATORS)(changed, random, more).subarray(0, more.limit_bytes);
  }
  return changed;
}

const flipBit: Mutator = (input, random) => {
  if (input.length === 0) return input;
  const at = random.below(input.length);
  input[at] = input[at]! ^ (1 << random.below(8));
  return input;
};

const setByte: Mutator = (input, random) => {
  if (input.length > 0)
    input[random.below(input.length)] = random.next() < 0.5 ? random.pick(BYTES) : random.below(256);
  return input;
};

/** A small step up or down: what is off by one. */
const nudge: Mutator = (input, random) => {
  if (input.length === 0) return input;
  const at = random.below(input.length);
  input[at] = input[at]! + random.below(9) - 4;
  return input;
};

/** A number of two or four bytes, of either end: interesting by itself, or true of the input's length. */
const setNumber: Mutator = (input, random) => {
  const width = random.next() < 0.5 ? 2 : 4;
  if (input.length < width) return input;
  const at = random.below(input.length - width + 1);
  const left = input.length - at - width;
  const number = random.next() < 0.5 ? random.pick(NUMBERS) : Math.max(0, left + random.below(5) - 2);
  const value = width === 2 ? number % 0x10000 : number;
  if (random.next() < 0.5) input.writeUIntBE(value, at, width);
  else input.writeUIntLE(value, at, width);
  return input;
};

/** Digits in the text become another number. */
const setDigits: Mutator = (input, random) => {
  const numbers = [...input.toString('latin1').matchAll(/\d+/g)].slice(0, 500);
  if (numbers.length === 0) return input;
  const { 0: digits, index } = random.pick(numbers);
  const number = Buffer.from(String(random.next() < 0.8 ? random.pick(NUMBERS) : -1 - random.below(10)));
  return splice(input, index, index + digits.length, number);
};

const cut: Mutator = (input, random) => {
  const [start, end] = range(input, random);
  return splice(input, start, end, Buffer.alloc(0));
};

const cutEnd: Mutator = (input, random) => input.subarray(0, random.below(input.length + 1));

/** A piece again, at its place or elsewhere: a repeated element, header field, part, list entry. */
const duplicate: Mutator = (input, random) => {
  const [start, end] = range(input, random);
  const at = random.next() < 0.5 ? end : random.below(input.length + 1);
  return splice(input, at, at, input.subarray(start, end));
};

/** A short piece very often: nesting and lists without end. */
const pile: Mutator = (input, random, { limit_bytes }) => {
  const [start] = range(input, random);
  const piece = input.subarray(start, start + 1 + random.below(12));
  if (piece.length === 0) return input;
  const times = Math.min(random.pick(REPEATS), Math.floor(limit_bytes / piece.length));
  return splice(input, start, start, Buffer.alloc(piece.length * times, piece));
};

const insertWord: Mutator = (input, random, { words }) => {
  if (words.length === 0) return setByte(input, random, { corpus: [], words, limit_bytes: 0 });
  const at = random.below(input.length + 1);
  return splice(input, at, random.next() < 0.5 ? at : range(input, random)[1], random.pick(words));
};

/** The beginning of one and the end of another. */
const cross: Mutator = (input, random, { corpus }) => {
  const other = random.pick(corpus);
  return Buffer.concat([
    input.subarray(0, random.below(input.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);
};

/** A piece of another in the midst of this one. */
const graft: Mutator = (input, random, { corpus }) => {
  const other = random.pick(corpus);
  const [start, end] = range(other, random);
  const at = random.below(input.length + 1);
  return splice(input, at, at, other.subarray(start, end));
};

/** Two lines change places. */
const swapLines: Mutator = (input, random) => {
  const lines = input.toString('latin1').split('\n');
  const [a, b] = [random.below(lines.length), random.below(lines.length)];
  [lines[a], lines[b]] = [lines[b]!, lines[a]!];
  return Buffer.from(lines.join('\n'), 'latin1');
};

const MUTATORS: readonly Mutator[] = [
  ...[flipBit, setByte, nudge, setNumber, setDigits, cut, cutEnd],
  ...[duplicate, pile, insertWord, insertWord, cross, graft, swapLines],
];

/** Mostly a short piece, now and then a long one. */
function range(input: Buffer, random: Random): [start: number, end: number] {
  const start = random.below(input.length + 1);
  const longest = random.next() < 0.75 ? 32 : input.length;
  return [start, Math.min(input.length, start + random.below(longest + 1))];
}

function splice(input: Buffer, start: number, end: number, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, start), piece, input.subarray(Math.max(start, end))]);
}
