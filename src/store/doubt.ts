import type { Database } from 'better-sqlite3';
import { isOpen } from './open.ts';

/** What is done to the rows of a ledger that does not know what came after it. */
export interface Doubt {
  /**
   * Holds whatever would go to a partner or a target next: it may have gone already. Tells which consignments had parts among it.
   */
  holdAll(o: { code: string; reason: string; now_ms: number }): { rows: number; consignments: string[] };
}

const GOING = {
  part: `state IN ('planned', 'sealed')`,
  consignment: `state = 'routed'`,
  study: `state IN ('arriving', 'settled')`,
  inbound_set: `state = 'ready'`,
  delivery: `state = 'due'`,
} as const;

export function doubt(db: Database): Doubt {
  const hold = (table: keyof typeof GOING) =>
    `UPDATE ${table} SET state = 'held', code = @code, reason = @reason, due_ms = NULL, owner = NULL, moved_ms = @now_ms
     WHERE ${isOpen[table]} AND ${GOING[table]}`;
  const parts = db.prepare(`${hold('part')} RETURNING consignment_id`).pluck();
  const others = (['consignment', 'study', 'inbound_set', 'delivery'] as const).map((table) => db.prepare(hold(table)));
  return {
    holdAll: (o) => {
      const ofParts = parts.all(o) as string[];
      const rows = others.reduce((sum, statement) => sum + statement.run(o).changes, ofParts.length);
      return { rows, consignments: [...new Set(ofParts)] };
    },
  };
}
