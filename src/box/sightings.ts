import type { Clock } from '../core/clock.ts';
import type { ErrorCode } from '../core/errors.ts';

/** What was seen go wrong, where no row of the ledger is left to show it. */
export interface Sightings {
  /** Wall time at which it last happened, at that target if one is named; null: never since the start. */
  last_ms(code: ErrorCode, target?: string): number | null;
}

export function sightings(clock: Clock): Sightings & { see(code: ErrorCode, target?: string): void } {
  const seen = new Map<string, number>();
  return {
    last_ms: (code, target = '') => seen.get(`${code} ${target}`) ?? null,
    see: (code, target = '') => void seen.set(`${code} ${target}`, clock.now()),
  };
}
