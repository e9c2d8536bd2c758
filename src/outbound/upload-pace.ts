import type { Readable } from 'node:stream';
import { RohrpostError } from '../core/errors.ts';

/** How many uploads bring bytes at once, and for how long one may bring none. */
export interface Pace {
  /** Comes in, or is refused; gives back what to call when it is over. @throws RohrpostError upload-too-busy */
  enter(by: string): () => void;
  /** Ends a source that brings nothing for too long. */
  watch(source: Readable): { alive(): void; end(): void };
}

/** When somebody who was refused may come again. */
const AGAIN_S = 2;

export function pacedBy(limits: { at_once: number; at_once_per_person: number; idle_ms: number }): Pace {
  const inside = new Map<string, number>();
  let all = 0;
  return {
    enter: (by) => {
      const own = inside.get(by) ?? 0;
      if (all >= limits.at_once || own >= limits.at_once_per_person) {
        throw new RohrpostError('upload-too-busy', { details: { seconds: AGAIN_S } });
      }
      all++;
      inside.set(by, own + 1);
      return () => {
        all--;
        const left = inside.get(by)! - 1;
        if (left === 0) inside.delete(by);
        else inside.set(by, left);
      };
    },
    watch: (source) => {
      const timer = setTimeout(() => source.destroy(new Error('no byte for too long')), limits.idle_ms);
      return { alive: () => void timer.refresh(), end: () => clearTimeout(timer) };
    },
  };
}
