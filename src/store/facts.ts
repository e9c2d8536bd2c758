import type { Database } from 'better-sqlite3';

/** What the box learned of a partner by meeting it. */
export type FactName = 'accepts' | 'mail_limit_bytes';

export interface FactTable {
  get(partnerId: string, name: FactName): string | undefined;
  set(partnerId: string, name: FactName, value: string, now_ms: number): void;
}

export function factTable(db: Database): FactTable {
  const get = db.prepare('SELECT value FROM partner_fact WHERE partner_id = ? AND name = ?');
  const set = db.prepare(
    `INSERT INTO partner_fact (partner_id, name, value, at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (partner_id, name) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms`,
  );
  return {
    get: (partner, name) => (get.get(partner, name) as { value: string } | undefined)?.value,
    set: (partner, name, value, now) => {
      set.run(partner, name, value, now);
    },
  };
}
