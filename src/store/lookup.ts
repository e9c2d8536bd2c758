import type { Database } from 'better-sqlite3';
import type { ConsignmentRow } from './consignments.ts';
import type { DeliveryRow } from './deliveries.ts';
import type { ItemRow } from './items.ts';
import type { MailRow } from './mails.ts';
import type { PartRow } from './parts.ts';
import type { ReceiptRow } from './receipts.ts';
import type { SetRow } from './sets.ts';
import { MAILS_OF_STUDY, SETS_OF_STUDY, type Way, wayOf } from './way.ts';

/** A row that an id leads to. */
export interface Found {
  entity: 'study' | 'consignment' | 'part' | 'mail' | 'inbound_set' | 'delivery' | 'receipt' | 'item';
  id: string;
  state: string;
}

/** Everything that travels for one study, oldest first. */
export interface StudyRows {
  items: ItemRow[];
  consignments: ConsignmentRow[];
  parts: PartRow[];
  sets: SetRow[];
  mails: MailRow[];
  deliveries: DeliveryRow[];
  receipts: ReceiptRow[];
}

/** From an id, or its beginning, to rows; from a row to those that hang on it. */
export interface Lookup {
  /** The rows whose ids begin so, at most `limit` of them. */
  byPrefix(prefix: string, limit: number): Found[];
  ofStudy(studyId: string): StudyRows;
  /** The way of a study, in counts. */
  wayOf(studyId: string): Way;
  /** The study that a row of a line belongs to; undefined where it has none (yet). */
  studyOf(row: Found): string | undefined;
  /** Items of a consignment that every other one with them has given up as well, and that no target gets. */
  itemsOnlyIn(consignmentId: string): ItemRow[];
  /** Does a consignment or a target still count on this item? */
  isWanted(itemId: string): boolean;
  /** Items of a study that no consignment under way still needs. */
  itemsNotUnderWay(studyId: string): ItemRow[];
}

const ENTITIES = ['study', 'consignment', 'part', 'mail', 'inbound_set', 'delivery', 'receipt', 'item'] as const;

/** How to get to the study from each kind of row. */
const STUDY_OF: Readonly<Record<Found['entity'], string>> = {
  study: 'SELECT id AS study FROM study WHERE id = ?',
  consignment: 'SELECT study_id AS study FROM consignment WHERE id = ?',
  part: 'SELECT study_id AS study FROM part JOIN consignment ON consignment.id = consignment_id WHERE part.id = ?',
  mail: `SELECT study_id AS study FROM inbound_part JOIN inbound_part_item USING (set_row, number)
           JOIN item ON item.id = item_id WHERE mail_id = ? LIMIT 1`,
  inbound_set: `SELECT study_id AS study FROM inbound_part_item JOIN item ON item.id = item_id WHERE set_row = ? LIMIT 1`,
  delivery: 'SELECT study_id AS study FROM delivery WHERE id = ?',
  receipt: `SELECT study_id AS study FROM receipt JOIN inbound_part USING (mail_id)
              JOIN inbound_part_item USING (set_row, number) JOIN item ON item.id = item_id WHERE receipt.id = ? LIMIT 1`,
  item: 'SELECT study_id AS study FROM item WHERE id = ?',
};

const isWanted = (item: string) => `(
  EXISTS (SELECT 1 FROM consignment_item AS other JOIN consignment AS c ON c.id = other.consignment_id
    WHERE other.item_id = ${item} AND c.state <> 'discarded')
  OR EXISTS (SELECT 1 FROM delivery WHERE item_id = ${item} AND state <> 'discarded'))`;

export function lookup(db: Database): Lookup {
  const byPrefix = db.prepare(
    `${ENTITIES.map(
      (name) => `SELECT '${name}' AS entity, id, state FROM ${name} WHERE id >= @prefix AND id < @prefix || '~'`,
    ).join(' UNION ALL ')} LIMIT @limit`,
  );
  const ofStudy = {
    items: db.prepare('SELECT * FROM item WHERE study_id = @study ORDER BY received_ms, id'),
    consignments: db.prepare('SELECT * FROM consignment WHERE study_id = @study ORDER BY created_ms, id'),
    parts: db.prepare(
      `SELECT part.* FROM part JOIN consignment AS c ON c.id = consignment_id WHERE c.study_id = @study
       ORDER BY c.created_ms, c.id, number`,
    ),
    sets: db.prepare(`SELECT * FROM inbound_set WHERE id IN (${SETS_OF_STUDY}) ORDER BY first_ms, id`),
    mails: db.prepare(`SELECT * FROM mail WHERE id IN (${MAILS_OF_STUDY}) ORDER BY received_ms, rowid`),
    deliveries: db.prepare('SELECT * FROM delivery WHERE study_id = @study ORDER BY rowid'),
    receipts: db.prepare(`SELECT * FROM receipt WHERE mail_id IN (${MAILS_OF_STUDY}) ORDER BY rowid`),
  };
  const studyOf = new Map(ENTITIES.map((name) => [name, db.prepare(STUDY_OF[name])]));
  const itemsOnlyIn = db.prepare(
    `SELECT item.* FROM consignment_item AS link JOIN item ON item.id = link.item_id
     WHERE link.consignment_id = ? AND NOT ${isWanted('item.id')}`,
  );
  const wanted = db.prepare(`SELECT ${isWanted('@item')}`).pluck();
  const itemsNotUnderWay = db.prepare(
    `SELECT * FROM item WHERE study_id = ? AND NOT EXISTS
       (SELECT 1 FROM consignment_item AS link JOIN consignment AS c ON c.id = link.consignment_id
        WHERE link.item_id = item.id AND c.state NOT IN ('discarded', 'confirmed')
          AND NOT (c.state = 'sent' AND c.closed_ms IS NOT NULL))`,
  );
  return {
    byPrefix: (prefix, limit) => (/^[0-9a-z]+$/.test(prefix) ? (byPrefix.all({ prefix, limit }) as Found[]) : []),
    ofStudy: (study) =>
      Object.fromEntries(
        Object.entries(ofStudy).map(([name, statement]) => [name, statement.all({ study })]),
      ) as unknown as StudyRows,
    wayOf: wayOf(db),
    studyOf: ({ entity, id }) =>
      (studyOf.get(entity)!.get(id) as { study: string | null } | undefined)?.study ?? undefined,
    isWanted: (item) => wanted.get({ item }) === 1,
    itemsOnlyIn: (consignment) => itemsOnlyIn.all(consignment) as ItemRow[],
    itemsNotUnderWay: (study) => itemsNotUnderWay.all(study) as ItemRow[],
  };
}
