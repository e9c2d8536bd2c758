/** Counts what each of many does within a time. */
export interface Pace {
  /** Whether it may do it once more now. */
  take(who: string): boolean;
}

/** More than there are boxes; beyond them, who is counted longest is forgotten. */
const MOST_NAMES = 20_000;

export function openPace(o: { most: number; per_ms: number; now: () => number }): Pace {
  const counts = new Map<string, { since_ms: number; count: number }>();
  return {
    take(who) {
      const now_ms = o.now();
      const known = counts.get(who);
      const isFresh = !known || now_ms - known.since_ms >= o.per_ms;
      const entry = isFresh ? { since_ms: now_ms, count: 0 } : known;
      if (isFresh) {
        counts.delete(who);
        counts.set(who, entry);
        if (counts.size > MOST_NAMES) counts.delete(counts.keys().next().value!);
      }
      entry.count++;
      return entry.count <= o.most;
    },
  };
}
