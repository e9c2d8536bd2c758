import { screenLimits as limits } from '../core/program-limits.ts';

/** What a key that is held asks for. A terminal tells no releases: while a key is down, the keyboard repeats it. */
export interface HeldKey {
  /** Bytes came from the keyboard. @param now_ms steady */
  typed(bytes: Uint8Array, now_ms: number): void;
  /** What has become of it by now; call it often. `done` is told once. */
  look(now_ms: number): 'idle' | 'done' | { left_s: number };
}

const R = ['r'.charCodeAt(0), 'R'.charCodeAt(0)];

/**
 * The letter R, held without a pause for `hold_ms`. Any other key, or a pause, begins it anew; once it has worked, the key must be
 * let go before it works again, so that a stuck one does it once.
 */
export function heldKey(): HeldKey {
  let since_ms: number | null = null;
  let last_ms = Number.NEGATIVE_INFINITY;
  let isSpent = false;
  let isTold = true;
  const letGo = (now_ms: number) => {
    if (now_ms - last_ms <= limits.gap_ms) return;
    since_ms = null;
    isSpent = false;
  };
  return {
    typed: (bytes, now_ms) => {
      letGo(now_ms);
      for (const byte of bytes) {
        last_ms = now_ms;
        if (!R.includes(byte)) since_ms = null;
        else if (!isSpent) since_ms ??= now_ms;
        if (since_ms === null || now_ms - since_ms < limits.hold_ms) continue;
        since_ms = null;
        isSpent = true;
        isTold = false;
      }
    },
    look: (now_ms) => {
      letGo(now_ms);
      if (!isTold) {
        isTold = true;
        return 'done';
      }
      if (since_ms === null) return 'idle';
      return { left_s: Math.max(0, Math.ceil((since_ms + limits.hold_ms - now_ms) / 1_000)) };
    },
  };
}
