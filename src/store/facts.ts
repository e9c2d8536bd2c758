import type { Database } from 'better-sqlite3';

/** What the box learned of a partner by meeting it. */
export type FactName = 'accepts' | 'mail_limit_bytes' | 'unknown_receipt';

export interface FactTable {
  get(partnerId: string, name: FactName): string | undefined;
  set(partnerId: string, name: FactName, value: string, now_ms: number): void;
  /** Of whom this was learned last, and when. */
  latest(name: FactName): { partner_id: string; at_ms: number } | undefined;
}

export function factTable(db: Database): FactTable {
  const get = db.prepare('SELECT value FROM partner_fact WHERE partner_id = ? AND name = ?');
  const set = db.prepare(
    `INSERT INTO partner_fact (partner_id, name, value, at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (partner_id, name) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms`,
  );
  const latest = db.prepare('SELECT partner_id, at_ms FROM partner_fact WHERE name = ? ORDER BY at_ms DESC LIMIT 1');
  return {
    get: (partner, name) => (get.get(partner, name) as { value: string } | undefined)?.value,
    set: (partner, name, value, now) => {
      set.run(partner, name, value, now);
    },
    latest: (name) => latest.get(name) as { partner_id: string; at_ms: number } | undefined,
  };
}
