import type { Database } from 'better-sqlite3';
import { isOpen } from './open.ts';

/** Rows of one lane (partner or target) that wait after a failure, and what was said. */
export interface Waiting {
  lane: string;
  code: string;
  /** The sentence of one of them. */
  reason: string | null;
  count: number;
  /** The most tries that one of them has had. */
  attempts: number;
}

/** Signs of how mail servers and targets have behaved, by small indexes: for the lights of the overview. */
export interface Signs {
  /** Sealed mails that wait to be offered again. */
  unsent(): Waiting[];
  /** Deliveries that wait to be tried again. */
  undelivered(): Waiting[];
  /** When a mail server last took a mail of ours, as far as the latest history tells; null where it does not. */
  lastSentMs(): number | null;
}

/** More lanes and codes than a person would read. */
const MOST = 100;
/** Lines of history that are looked at. */
const LATEST = 2_000;

export function signs(db: Database): Signs {
  const waiting = (table: 'part' | 'delivery', state: string) =>
    db.prepare(
      `SELECT lane, code, max(reason) AS reason, count(*) AS count, max(attempts) AS attempts FROM ${table}
       WHERE ${isOpen[table]} AND owner IS NULL AND state = '${state}' AND code IS NOT NULL GROUP BY lane, code LIMIT ${MOST}`,
    );
  const unsent = waiting('part', 'sealed');
  const undelivered = waiting('delivery', 'due');
  const lastSent = db
    .prepare(
      `SELECT at_ms FROM history WHERE id > (SELECT max(id) FROM history) - ${LATEST}
         AND entity = 'part' AND to_state = 'sent' ORDER BY id DESC LIMIT 1`,
    )
    .pluck();
  return {
    unsent: () => unsent.all() as Waiting[],
    undelivered: () => undelivered.all() as Waiting[],
    lastSentMs: () => (lastSent.get() as number | undefined) ?? null,
  };
}
