/**
 * The pause before try number `attempt` (1 for the first repeat): doubling from `first_ms` to at most `cap_ms`, spread by
 * ±20 % so that many rows that failed together do not come back together.
 */
export function backoff(attempt: number, o: { first_ms: number; cap_ms: number; random?: () => number }): number {
  const plain = Math.min(o.cap_ms, o.first_ms * 2 ** Math.min(attempt - 1, 30));
  return Math.round(plain * (0.8 + 0.4 * (o.random ?? Math.random)()));
}
