import type { Database } from 'better-sqlite3';

/** What retention may take away: only what is done, and only what nobody waits for. */
export interface Removals {
  /**
   * Files of items whose every consignment or delivery ended well before `doneBefore_ms`, or without a good end before
   * `troubleBefore_ms`. Nothing that is on its way, held or quarantined is among them.
   */
  items(o: { doneBefore_ms: number; troubleBefore_ms: number; limit: number }): { id: string; path: string }[];
  /** Quarantined mails that nobody released before `before_ms`. */
  mails(o: { before_ms: number; limit: number }): { id: string; path: string }[];
}

export function removals(db: Database): Removals {
  const items = db.prepare(
    `SELECT item.id, item.path FROM item JOIN study ON study.id = item.study_id
     WHERE item.state = 'stored' AND item.moved_ms < @done AND study.state IN ('routed', 'received') AND (
       (study.direction = 'out' AND item.consigned = 1 AND NOT EXISTS (
         SELECT 1 FROM consignment_item link JOIN consignment c ON c.id = link.consignment_id
         WHERE link.item_id = item.id AND NOT (
           (c.state IN ('confirmed', 'discarded') AND c.moved_ms < @done) OR
           (c.state = 'sent' AND c.due_ms IS NULL AND c.moved_ms < @done) OR -- no receipt was asked for
           (c.state IN ('unconfirmed', 'refused') AND c.moved_ms < @trouble))))
       OR
       (study.direction = 'in'
         AND EXISTS (SELECT 1 FROM delivery d WHERE d.item_id = item.id)
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.item_id = item.id AND NOT (
           (d.state IN ('delivered', 'discarded') AND d.moved_ms < @done) OR (d.state = 'refused' AND d.moved_ms < @trouble)))
         AND NOT EXISTS (SELECT 1 FROM inbound_part_item link JOIN inbound_part p USING (set_row, number)
           WHERE link.item_id = item.id AND p.answered = 0)))
     LIMIT @limit`,
  );
  const mails = db.prepare(`SELECT id, path FROM mail WHERE state = 'quarantined' AND moved_ms < ? LIMIT ?`);
  return {
    items: (o) =>
      items.all({ done: o.doneBefore_ms, trouble: o.troubleBefore_ms, limit: o.limit }) as {
        id: string;
        path: string;
      }[],
    mails: (o) => mails.all(o.before_ms, o.limit) as { id: string; path: string }[],
  };
}
