import type { Database } from 'better-sqlite3';

/**
 * How far a ledger has come: a number that only grows, by every move of a row and by every study and mail that is new. A ledger
 * with a lower number than was seen before is an older one: restored from a copy, cut short, or made anew (F68).
 */
export interface Age {
  age(): number;
}

export function age(db: Database): Age {
  // Rows of these tables stay for ever, and the counts are kept by triggers.
  const sum = db
    .prepare(
      `SELECT coalesce((SELECT max(id) FROM history), 0)
         + (SELECT coalesce(sum(count), 0) FROM state WHERE entity IN ('study', 'mail'))`,
    )
    .pluck();
  return { age: () => sum.get() as number };
}
