/** Longest input, in bytes: real headers, mails and settings are shorter, and short ones run often. */
export const INPUT_BYTES = 64 * 1024;

/**
 * What a thread and the one that watches it both see, whatever becomes of the thread: what it is at, and how far it got.
 * A thread that hangs or runs out of memory tells nothing any more.
 */
export interface Shared {
  readonly memory: SharedArrayBuffer;
  /** The input under way begins. */
  begin(input: Buffer): void;
  /** It came to its end. */
  end(verdict: 'taken' | 'refused' | 'find', spent_ms: number): void;
  keep(): void;
  /** The input under way or the last. */
  input(): Buffer;
  isRunning(): boolean;
  counts(): { inputs: number; kept: number; refused: number; slowest_ms: number };
}

const HEAD_BYTES = 64;
const slot = { running: 0, length: 1, inputs: 2, kept: 3, refused: 4, slowest_us: 5 } as const;

export function share(memory = new SharedArrayBuffer(HEAD_BYTES + INPUT_BYTES)): Shared {
  const head = new Int32Array(memory, 0, HEAD_BYTES / 4);
  const bytes = Buffer.from(memory, HEAD_BYTES, INPUT_BYTES);
  return {
    memory,
    begin(input) {
      input.copy(bytes);
      head[slot.length] = Math.min(input.length, INPUT_BYTES);
      Atomics.add(head, slot.inputs, 1);
      Atomics.store(head, slot.running, 1);
    },
    end(verdict, spent_ms) {
      Atomics.store(head, slot.running, 0);
      if (verdict === 'refused') Atomics.add(head, slot.refused, 1);
      head[slot.slowest_us] = Math.max(head[slot.slowest_us]!, Math.round(spent_ms * 1_000));
    },
    keep: () => {
      Atomics.add(head, slot.kept, 1);
    },
    input: () => Buffer.from(bytes.subarray(0, head[slot.length]!)),
    isRunning: () => Atomics.load(head, slot.running) === 1,
    counts: () => ({
      inputs: Atomics.load(head, slot.inputs),
      kept: Atomics.load(head, slot.kept),
      refused: Atomics.load(head, slot.refused),
      slowest_ms: head[slot.slowest_us]! / 1_000,
    }),
  };
}
