import type { Database } from 'better-sqlite3';

/** What travels between a partner and us. */
export interface PartnerTraffic {
  partner_id: string;
  /** When the mail server last had all of a consignment; null: never. */
  sent_ms: number | null;
  received_ms: number | null;
  /** Consignments that are not sent yet, those that a person must look at among them. */
  under_way: number;
  /** Consignments that only a person can help. */
  stuck: number;
}

/** Questions about partners and targets, over all that travels. */
export interface Traffic {
  ofPartners(): PartnerTraffic[];
  /** Deliveries that wait for each target, by its id. */
  waitingForTargets(): Map<string, number>;
}

export function traffic(db: Database): Traffic {
  const ofPartners = db.prepare(`
    SELECT partner_id, max(sent_ms) AS sent_ms, max(received_ms) AS received_ms,
      sum(under_way) AS under_way, sum(stuck) AS stuck
    FROM (
      SELECT partner_id, max(sent_ms) AS sent_ms, NULL AS received_ms,
        count(*) FILTER (WHERE state IN ('routed', 'packed', 'held')) AS under_way,
        count(*) FILTER (WHERE state IN ('held', 'refused', 'unconfirmed')) AS stuck
      FROM consignment GROUP BY partner_id
      UNION ALL
      SELECT partner_id, NULL, max(last_ms), 0, 0 FROM inbound_set GROUP BY partner_id
    ) GROUP BY partner_id`);
  const waiting = db.prepare(
    `SELECT target_id, count(*) AS count FROM delivery WHERE state IN ('due', 'held') AND owner IS NULL GROUP BY target_id`,
  );
  return {
    ofPartners: () => ofPartners.all() as PartnerTraffic[],
    waitingForTargets: () =>
      new Map((waiting.all() as { target_id: string; count: number }[]).map((row) => [row.target_id, row.count])),
  };
}
