import type { Database } from 'better-sqlite3';

const HOUR_MS = 3_600_000;

/** What went through in one hour. Bytes are those of mails as they travel. */
export interface Hour {
  /** When it began. */
  at_ms: number;
  sent_bytes: number;
  received_bytes: number;
  studies_out: number;
  studies_in: number;
}

export interface Throughput {
  /** Each of the last `count` hours, the one that is running last; also those in which nothing happened. */
  hours(now_ms: number, count: number): Hour[];
}

/** Reads the counters that triggers keep: as many rows as hours are asked for, however many studies there are. */
export function throughput(db: Database): Throughput {
  const since = db.prepare('SELECT * FROM hour WHERE hour BETWEEN ? AND ? ORDER BY hour');
  return {
    hours: (now_ms, count) => {
      const last = Math.floor(now_ms / HOUR_MS);
      const first = last - count + 1;
      const rows = since.all(first, last) as (Omit<Hour, 'at_ms'> & { hour: number })[];
      const known = new Map(rows.map(({ hour, ...values }) => [hour, values]));
      const none = { sent_bytes: 0, received_bytes: 0, studies_out: 0, studies_in: 0 };
      return Array.from({ length: count }, (_, index) => ({
        at_ms: (first + index) * HOUR_MS,
        ...(known.get(first + index) ?? none),
      }));
    },
  };
}
