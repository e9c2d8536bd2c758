import type { Database } from 'better-sqlite3';
import { isOpen } from './open.ts';

/** Files that a row names. Paths are relative to the data folder. */
export interface Files {
  entity: 'item' | 'mail' | 'part';
  id: string;
  paths: string[];
}

/** What retention may take away: only what is done, and only what nobody waits for. */
export interface Removals {
  /**
   * Files of items whose every consignment and delivery ended well before `doneBefore_ms`, or without a good end before
   * `troubleBefore_ms`. Nothing that is on its way, held or quarantined is among them.
   */
  items(o: { doneBefore_ms: number; troubleBefore_ms: number; limit: number }): { id: string; path: string }[];
  /** Quarantined mails that nobody released before `before_ms`. */
  mails(o: { before_ms: number; limit: number }): { id: string }[];
  /** Files of rows that were discarded. */
  givenUp(limit: number): Files[];
  /** The files of a discarded row are gone. */
  forgetFiles(row: Files): void;
}

export function removals(db: Database): Removals {
  // A study that came in may have been sent on, and one that goes out has no deliveries.
  const items = db.prepare(
    `SELECT item.id, item.path FROM item INDEXED BY item_stored JOIN study ON study.id = item.study_id
     WHERE item.state = 'stored' AND item.moved_ms < @done AND study.state IN ('routed', 'received')
       AND NOT EXISTS (SELECT 1 FROM consignment_item link JOIN consignment c ON c.id = link.consignment_id
         WHERE link.item_id = item.id AND NOT (
           (c.state IN ('confirmed', 'discarded') AND c.moved_ms < @done) OR
           (c.state = 'sent' AND c.due_ms IS NULL AND c.moved_ms < @done) OR -- no receipt was asked for
           (c.state IN ('unconfirmed', 'refused') AND c.moved_ms < @trouble)))
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.item_id = item.id AND NOT (
           (d.state IN ('delivered', 'discarded') AND d.moved_ms < @done) OR (d.state = 'refused' AND d.moved_ms < @trouble)))
       AND CASE study.direction WHEN 'out' THEN item.consigned = 1 ELSE
         EXISTS (SELECT 1 FROM delivery d WHERE d.item_id = item.id)
         AND NOT EXISTS (SELECT 1 FROM inbound_part_item link JOIN inbound_part p USING (set_row, number)
           WHERE link.item_id = item.id AND p.answered = 0) END
     LIMIT @limit`,
  );
  const mails = db.prepare(
    `SELECT id FROM mail WHERE ${isOpen.mail} AND state = 'quarantined' AND moved_ms < ? LIMIT ?`,
  );
  const givenUp = db.prepare(
    `SELECT 'item' AS entity, id, json_array(path) AS paths FROM item WHERE state = 'discarded' AND path <> ''
     UNION ALL SELECT 'mail', id, json_array(path) FROM mail WHERE state = 'discarded' AND path <> ''
     UNION ALL SELECT 'part', id, mail_paths FROM part WHERE state = 'discarded' AND mail_paths <> '[]' LIMIT ?`,
  );
  const forget = {
    item: db.prepare(`UPDATE item SET path = '' WHERE id = ?`),
    mail: db.prepare(`UPDATE mail SET path = '' WHERE id = ?`),
    part: db.prepare(`UPDATE part SET mail_paths = '[]' WHERE id = ?`),
  };
  return {
    items: (o) =>
      items.all({ done: o.doneBefore_ms, trouble: o.troubleBefore_ms, limit: o.limit }) as {
        id: string;
        path: string;
      }[],
    mails: (o) => mails.all(o.before_ms, o.limit) as { id: string }[],
    givenUp: (limit) =>
      (givenUp.all(limit) as (Omit<Files, 'paths'> & { paths: string })[]).map(({ paths, ...row }) => ({
        ...row,
        paths: JSON.parse(paths) as string[],
      })),
    forgetFiles: ({ entity, id }) => {
      forget[entity].run(id);
    },
  };
}
