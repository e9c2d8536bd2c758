import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import { type WorkRow, type WorkTable, workTable } from './work.ts';

/** A message file that came in; the row stays as the ledger of what came. */
export interface MailRow extends WorkRow {
  source: 'imap' | 'smtp' | 'joined' | 'found';
  mailbox_key: string | null;
  message_id: string;
  sha256: string;
  size_bytes: number;
  path: string;
  opened_path: string | null;
  received_ms: number;
  partner_id: string | null;
  signer: string | null;
  signed_ms: number | null;
  receipt_to: number;
  released: number;
  fragment_id: string | null;
  fragment_number: number | null;
  fragment_total: number | null;
}

export interface MailTable extends WorkTable<MailRow> {
  add(o: {
    source: MailRow['source'];
    mailboxKey: string | null;
    messageId: string;
    sha256: string;
    sizeBytes: number;
    path: string;
    now_ms: number;
    due_ms: number;
  }): string;
  /** Is the mail under this UIDVALIDITY:UID in the ledger? */
  knowsMailboxKey(key: string): boolean;
  /** An earlier mail with the same Message-ID and the same bytes. */
  earlierSame(mail: MailRow): MailRow | undefined;
  setSender(id: string, o: { partnerId: string; signer?: string; signed_ms?: number; receiptTo?: boolean }): void;
  setOpened(id: string, path: string | null): void;
  setReleased(id: string): void;
  setFragment(id: string, o: { partnerId: string; fragmentId: string; number: number; total: number | null }): void;
  /** Waiting fragments of one message, in order. */
  fragments(partnerId: string, fragmentId: string): MailRow[];
}

export function mailTable(db: Database): MailTable {
  const add = db.prepare(
    `INSERT INTO mail (id, source, mailbox_key, message_id, sha256, size_bytes, path, received_ms, state, due_ms, moved_ms)
     VALUES (@id, @source, @key, @message, @sha256, @size, @path, @now, 'collected', @due, @now)`,
  );
  const known = db.prepare('SELECT 1 FROM mail WHERE mailbox_key = ?');
  const same = db.prepare(
    `SELECT * FROM mail WHERE message_id = ? AND sha256 = ? AND id <> ? AND state NOT IN ('discarded', 'duplicate')
       AND rowid < (SELECT rowid FROM mail WHERE id = ?) ORDER BY rowid LIMIT 1`,
  );
  const setSender = db.prepare(
    `UPDATE mail SET partner_id = ?, lane = ?, signer = coalesce(?, signer), signed_ms = coalesce(?, signed_ms),
       receipt_to = coalesce(?, receipt_to) WHERE id = ?`,
  );
  const setOpened = db.prepare('UPDATE mail SET opened_path = ? WHERE id = ?');
  const setReleased = db.prepare('UPDATE mail SET released = 1 WHERE id = ?');
  const setFragment = db.prepare(
    `UPDATE mail SET partner_id = @partnerId, lane = @partnerId, fragment_id = @fragmentId, fragment_number = @number,
       fragment_total = @total WHERE id = @id`,
  );
  const fragments = db.prepare(
    `SELECT * FROM mail WHERE partner_id = ? AND fragment_id = ? AND state = 'fragment' ORDER BY fragment_number, rowid`,
  );
  return {
    ...workTable<MailRow>(db, 'mail'),
    add: (o) => {
      const id = newId();
      add.run({
        id,
        source: o.source,
        key: o.mailboxKey,
        message: o.messageId,
        sha256: o.sha256,
        size: o.sizeBytes,
        path: o.path,
        now: o.now_ms,
        due: o.due_ms,
      });
      return id;
    },
    knowsMailboxKey: (key) => known.get(key) !== undefined,
    earlierSame: (mail) => same.get(mail.message_id, mail.sha256, mail.id, mail.id) as MailRow | undefined,
    setSender: (id, o) => {
      const receiptTo = o.receiptTo === undefined ? null : Number(o.receiptTo);
      setSender.run(o.partnerId, o.partnerId, o.signer ?? null, o.signed_ms ?? null, receiptTo, id);
    },
    setOpened: (id, path) => {
      setOpened.run(path, id);
    },
    setReleased: (id) => {
      setReleased.run(id);
    },
    setFragment: (id, o) => {
      setFragment.run({ id, ...o });
    },
    fragments: (partner, fragment) => fragments.all(partner, fragment) as MailRow[],
  };
}
