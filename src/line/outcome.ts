import type { RohrpostError } from '../core/errors.ts';

/**
 * What a station says of a row. Only the conveyor writes it down.
 * - `done`: the row moves to `to`; `commit` runs after that in the same transaction (new rows, counts), `after` once it is
 *   durable; `due_ms` is when the next station works on the same row.
 * - `wait`: nothing wrong, not yet.
 * - `failed`: the error's code decides: `later` backs off and tries again, `operator` and `never` hold the row.
 * - `stop`: the row leaves the line with a reason, to a state the station names (quarantined, refused, held …).
 */
export type Outcome =
  | { kind: 'done'; to: string; due_ms?: number; commit?: () => void; after?: () => void }
  | { kind: 'wait'; until_ms: number; error?: RohrpostError }
  | { kind: 'failed'; error: RohrpostError }
  | { kind: 'stop'; to: string; error: RohrpostError; commit?: () => void };

export const done = (to: string, rest: { due_ms?: number; commit?: () => void; after?: () => void } = {}): Outcome => ({
  kind: 'done',
  to,
  ...rest,
});

export const wait = (until_ms: number, error?: RohrpostError): Outcome => ({ kind: 'wait', until_ms, error });

export const failed = (error: RohrpostError): Outcome => ({ kind: 'failed', error });

export const stop = (to: string, error: RohrpostError, commit?: () => void): Outcome => ({
  kind: 'stop',
  to,
  error,
  commit,
});
