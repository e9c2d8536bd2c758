import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import { type WorkRow, type WorkTable, workTable } from './work.ts';

export interface PartRow extends WorkRow {
  consignment_id: string;
  partner_id: string;
  number: number;
  total: number;
  inner_encoding: 'base64' | 'binary';
  message_id: string;
  /** JSON array of the sealed mail's files relative to the data folder: one, or its fragments in order. */
  mail_paths: string;
  /** JSON array of their SHA-256, lower-case hex; empty where an older version sealed. */
  mail_sha256: string;
  mails_sent: number;
  mail_bytes: number;
  sealed_for: string | null;
  sealings: number;
  sent_ms: number | null;
  response: string | null;
}

export interface PartTable extends WorkTable<PartRow> {
  add(o: {
    consignmentId: string;
    partnerId: string;
    number: number;
    total: number;
    innerEncoding: 'base64' | 'binary';
    /** Makes the Message-ID, the same on every try, from the part's id. */
    messageId(id: string): string;
    itemIds: readonly string[];
    urgent: boolean;
    due_ms: number;
    now_ms: number;
  }): void;
  ofConsignment(consignmentId: string): PartRow[];
  byMessageId(messageId: string): PartRow | undefined;
  setSealed(
    id: string,
    o: { mailPaths: readonly string[]; mailHashes: readonly string[]; mailBytes: number; sealedFor: string },
  ): void;
  /** So many mail files of this sealing have been accepted; nothing is written where the part was sealed anew since. */
  setMailsSent(part: Pick<PartRow, 'id' | 'sealings'>, mails: number): void;
  setSent(id: string, o: { sent_ms: number; response: string }): void;
  /** Forgets the parts of a consignment that is planned anew; their numbers become free. */
  removeUnsent(consignmentId: string): void;
}

export function partTable(db: Database): PartTable {
  const add = db.prepare(
    `INSERT INTO part (id, consignment_id, partner_id, number, total, inner_encoding, message_id, state, lane, urgent, due_ms, moved_ms)
     VALUES (@id, @consignment, @partner, @number, @total, @encoding, @message, 'planned', @partner, @urgent, @due, @now)`,
  );
  const link = db.prepare('INSERT INTO part_item (part_id, item_id, position) VALUES (?, ?, ?)');
  const ofConsignment = db.prepare('SELECT * FROM part WHERE consignment_id = ? ORDER BY number');
  const byMessageId = db.prepare('SELECT * FROM part WHERE message_id = ?');
  const setSealed = db.prepare(
    `UPDATE part SET mail_paths = ?, mail_sha256 = ?, mail_bytes = ?, sealed_for = ?, mails_sent = 0, sealings = sealings + 1
     WHERE id = ?`,
  );
  const setMailsSent = db.prepare('UPDATE part SET mails_sent = ? WHERE id = ? AND sealings = ?');
  const setSent = db.prepare('UPDATE part SET sent_ms = ?, response = ? WHERE id = ?');
  const unlink = db.prepare('DELETE FROM part_item WHERE part_id IN (SELECT id FROM part WHERE consignment_id = ?)');
  const remove = db.prepare('DELETE FROM part WHERE consignment_id = ?');
  return {
    ...workTable<PartRow>(db, 'part'),
    add: (o) => {
      const id = newId();
      add.run({
        id,
        consignment: o.consignmentId,
        partner: o.partnerId,
        number: o.number,
        total: o.total,
        encoding: o.innerEncoding,
        message: o.messageId(id),
        urgent: o.urgent ? 1 : 0,
        due: o.due_ms,
        now: o.now_ms,
      });
      for (const [index, item] of o.itemIds.entries()) link.run(id, item, index + 1);
    },
    ofConsignment: (id) => ofConsignment.all(id) as PartRow[],
    byMessageId: (messageId) => byMessageId.get(messageId) as PartRow | undefined,
    setSealed: (id, o) => {
      setSealed.run(JSON.stringify(o.mailPaths), JSON.stringify(o.mailHashes), o.mailBytes, o.sealedFor, id);
    },
    setMailsSent: ({ id, sealings }, mails) => {
      setMailsSent.run(mails, id, sealings);
    },
    setSent: (id, o) => {
      setSent.run(o.sent_ms, o.response, id);
    },
    removeUnsent: (consignment) => {
      unlink.run(consignment);
      remove.run(consignment);
    },
  };
}
