import type { Database } from 'better-sqlite3';
import { isOpen } from './open.ts';
import type { StudyRow } from './studies.ts';

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

/** Questions about partners, targets and rules, over all that travels. */
export interface Traffic {
  ofPartners(): PartnerTraffic[];
  /** The studies that modalities sent last, the latest first, with the partners they went to. */
  lastFromModalities(limit: number): (StudyRow & { partner_ids: string[] })[];
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
    `SELECT target_id, count(*) AS count FROM delivery WHERE ${isOpen.delivery} AND state IN ('due', 'held') AND owner IS NULL
     GROUP BY target_id`,
  );
  // Test sets and what people sent by hand came from no modality, and no rule was asked.
  const last = db.prepare(
    `SELECT * FROM study WHERE direction = 'out' AND calling_ae <> '' ORDER BY last_ms DESC LIMIT ?`,
  );
  const partners = db.prepare('SELECT DISTINCT partner_id FROM consignment WHERE study_id = ? ORDER BY rowid').pluck();
  return {
    ofPartners: () => ofPartners.all() as PartnerTraffic[],
    lastFromModalities: (limit) =>
      (last.all(limit) as StudyRow[]).map((study) => ({
        ...study,
        partner_ids: partners.all(study.id) as string[],
      })),
    waitingForTargets: () =>
      new Map((waiting.all() as { target_id: string; count: number }[]).map((row) => [row.target_id, row.count])),
  };
}
