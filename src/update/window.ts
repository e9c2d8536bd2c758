const MINUTE_MS = 60_000;
const DAY = 1_440;
/** Clocks are changed by an hour; some by less, none by more than two. */
const CHANGE = 180;

/** The hours of each day in which a box may update and restart. */
export interface MaintenanceWindow {
  isOpen(now_ms: number): boolean;
  /** When it opens next, after `now_ms`. */
  opens_ms(now_ms: number): number;
  /** When it shuts next, after `now_ms`. */
  shuts_ms(now_ms: number): number;
}

/**
 * A window by the clock on the wall, also over midnight; from and to alike: always. Where the clocks are put forward over its
 * beginning, it opens at that moment; where they are put back, what comes twice counts twice.
 * @param o.time_zone null, or one that this machine does not know: the system's own
 */
export function maintenanceWindow(o: { from: string; to: string; time_zone: string | null }): MaintenanceWindow {
  const [from, to] = [minuteOf(o.from), minuteOf(o.to)];
  const wall = wallClock(o.time_zone);
  const isOpen = (now_ms: number) => {
    if (from === to) return true;
    const minute = wall(now_ms);
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
  };
  /** The first full minute after `now_ms` at which the window is (not) open and was otherwise just before. */
  const next = (now_ms: number, edge: number, becomesOpen: boolean) => {
    const began_ms = Math.floor(now_ms / MINUTE_MS) * MINUTE_MS;
    const wait = (edge - wall(began_ms) + DAY) % DAY || DAY;
    const guess_ms = began_ms + wait * MINUTE_MS;
    if (wall(guess_ms) === edge && wall(guess_ms - MINUTE_MS) === (edge + DAY - 1) % DAY) return guess_ms;
    // The clocks are changed on the way there.
    for (let at_ms = guess_ms - CHANGE * MINUTE_MS; at_ms <= guess_ms + CHANGE * MINUTE_MS; at_ms += MINUTE_MS) {
      if (at_ms > now_ms && isOpen(at_ms) === becomesOpen && isOpen(at_ms - MINUTE_MS) !== becomesOpen) return at_ms;
    }
    return guess_ms;
  };
  return {
    isOpen,
    opens_ms: (now_ms) => (from === to ? now_ms : next(now_ms, from, true)),
    shuts_ms: (now_ms) => (from === to ? Number.POSITIVE_INFINITY : next(now_ms, to, false)),
  };
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** Minutes since midnight on the wall. */
function wallClock(timeZone: string | null): (now_ms: number) => number {
  let format: Intl.DateTimeFormat | undefined;
  return (now_ms) => {
    format ??= formatOf(timeZone);
    return minuteOf(format.format(now_ms));
  };
}

function formatOf(timeZone: string | null): Intl.DateTimeFormat {
  const shape = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  try {
    return new Intl.DateTimeFormat('en-GB', { ...shape, ...(timeZone !== null && { timeZone }) });
  } catch {
    return new Intl.DateTimeFormat('en-GB', shape);
  }
}
