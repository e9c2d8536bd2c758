import type { Database } from 'better-sqlite3';
import { isOpen } from './open.ts';

/** Files that a row names. Paths are relative to the data folder. */
export interface Files {
  entity: 'item' | 'mail' | 'part';
  id: string;
  paths: string[];
}

/** A place among the stored items, in the order of their age. */
export interface Place {
  moved_ms: number;
  row: number;
}

export const OLDEST: Place = { moved_ms: 0, row: 0 };

/** What retention may take away: only what is done, and only what nobody waits for. */
export interface Removals {
  /**
   * Of the `limit` oldest stored items after a place, those whose every consignment and delivery ended well before `doneBefore_ms`, or without a good end before
   * `troubleBefore_ms`. Nothing that is on its way, held or quarantined is among them. However many
   * must stay, a look takes no longer.
   */
  items(o: { doneBefore_ms: number; troubleBefore_ms: number; after: Place; limit: number }): {
    items: { id: string; path: string }[];
    /** Where the next look goes on; null at the end. */
    next: Place | null;
  };
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
    `SELECT old.id, old.path, old.moved_ms, old.row, study.state IN ('routed', 'received')
       AND NOT EXISTS (SELECT 1 FROM consignment_item link JOIN consignment c ON c.id = link.consignment_id
         WHERE link.item_id = old.id AND NOT (
           (c.state IN ('confirmed', 'discarded') AND c.moved_ms < @done) OR
           (c.state = 'sent' AND c.due_ms IS NULL AND c.moved_ms < @done) OR -- no receipt was asked for
           (c.state IN ('unconfirmed', 'refused') AND c.moved_ms < @trouble)))
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.item_id = old.id AND NOT (
           (d.state IN ('delivered', 'discarded') AND d.moved_ms < @done) OR (d.state = 'refused' AND d.moved_ms < @trouble)))
       AND CASE study.direction WHEN 'out' THEN old.consigned = 1 ELSE
         EXISTS (SELECT 1 FROM delivery d WHERE d.item_id = old.id)
         AND NOT EXISTS (SELECT 1 FROM inbound_part_item link JOIN inbound_part p USING (set_row, number)
           WHERE link.item_id = old.id AND p.answered = 0) END AS may_go
     FROM (SELECT *, rowid AS row FROM item INDEXED BY item_stored
         WHERE state = 'stored' AND moved_ms < @done AND (moved_ms, rowid) > (@moved_ms, @row)
         ORDER BY moved_ms, rowid LIMIT @limit) AS old
       LEFT JOIN study ON study.id = old.study_id`,
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
    items: ({ doneBefore_ms: done, troubleBefore_ms: trouble, after, limit }) => {
      const rows = items.all({ done, trouble, ...after, limit }) as (Place & {
        id: string;
        path: string;
        may_go: number | null;
      })[];
      const last = rows.at(-1);
      return {
        items: rows.filter(({ may_go }) => may_go === 1),
        next: last && rows.length === limit ? { moved_ms: last.moved_ms, row: last.row } : null,
      };
    },
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
