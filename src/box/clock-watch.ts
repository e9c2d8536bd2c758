import type { Clock } from '../core/clock.ts';
import type { Store } from '../store/store.ts';

/** This program was not written before; a clock that says so has lost its battery. */
const FLOOR_MS = Date.UTC(2026, 0, 1);
/** A clock may be corrected backwards by this much without being called wrong. */
const SLACK_MS = 10 * 60_000;

/**
 * Tells whether the wall clock can be trusted to date and verify signatures: not before this program was written, and not
 * before what the box wrote down earlier (F54).
 */
export function clockWatch(store: Store, clock: Clock): () => boolean {
  const latest_ms = store.overview.latestMs();
  return () => clock.now() >= FLOOR_MS && clock.now() >= latest_ms - SLACK_MS;
}
