import { existsSync, statSync } from 'node:fs';
import type { Appliance } from '../appliance/appliance.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../store/store.ts';

/** This program was not written before; a clock that says so has lost its battery. */
const FLOOR_MS = Date.UTC(2026, 0, 1);
/** Nor is it at work so long after that; a clock that says so has jumped ahead (as to 2038, where 32 bits of seconds end). */
const LONGEST_MS = 10 * 365 * 24 * 3_600_000;
/** A clock may be corrected backwards by this much without being called wrong. */
const SLACK_MS = 10 * 60_000;
/** A clock that runs on without power, as Linux shows it. A Raspberry Pi 4 has none. */
const RTC = '/sys/class/rtc/rtc0';

/** `wrong`: it cannot be right. `unsynchronised`: it may be, but nothing says so. */
export type ClockDoubt = 'wrong' | 'unsynchronised';

/**
 * Tells why the wall clock must not date and verify signatures, if anything: it stands before this program was written or this
 * image was built, or many years after, or before what the box wrote down earlier (F54, F67).
 *
 * An appliance gets its time from a time server, which is right where what was written down is not. Where none answers, a clock that ran on without power is trusted within these
 * bounds, as everywhere else: a clinic without the Internet must be able to work. Where there is no such clock, the time after a
 * power cut is only what was written down last, hours or weeks ago: such a box waits for its time server.
 * @param appliance null: an ordinary machine, whose time is its operator's business
 * @param hasRtc whether the machine has a clock that runs on without power
 */
export function clockDoubt(
  store: Store,
  clock: Clock,
  appliance: Pick<Appliance, 'clockIsSynchronised'> | null = null,
  hasRtc: () => boolean = () => existsSync(RTC),
): () => ClockDoubt | null {
  const floor_ms = appliance ? Math.max(FLOOR_MS, builtMs()) : FLOOR_MS;
  const ceiling_ms = floor_ms + LONGEST_MS;
  const latest_ms = store.overview.latestMs();
  // What was written down under a clock that had jumped ahead says nothing of the time.
  const earliest_ms = latest_ms > ceiling_ms ? floor_ms : Math.max(floor_ms, latest_ms - SLACK_MS);
  return () => {
    const now_ms = clock.now();
    if (now_ms < floor_ms) return 'wrong';
    if (appliance?.clockIsSynchronised()) return null;
    if (now_ms < earliest_ms || now_ms > ceiling_ms) return 'wrong';
    return !appliance || hasRtc() ? null : 'unsynchronised';
  };
}

/** Whether the wall clock can be trusted; see `clockDoubt`. */
export function clockWatch(...o: Parameters<typeof clockDoubt>): () => boolean {
  const doubt = clockDoubt(...o);
  return () => doubt() === null;
}

/** The files of an image bear the date of what it was built from. */
function builtMs(): number {
  return statSync(new URL('../../package.json', import.meta.url)).mtimeMs;
}
