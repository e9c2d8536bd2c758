import type { Database } from 'better-sqlite3';
import { newId } from '../core/ids.ts';
import { type WorkRow, type WorkTable, workTable } from './work.ts';

/** The answer that we owe a partner for one of its mails. */
export interface ReceiptRow extends WorkRow {
  partner_id: string;
  mail_id: string;
  original_message_id: string;
  disposition: 'displayed' | 'displayed/warning' | 'deleted/error' | 'deleted';
  error_code: string | null;
  message_id: string;
}

export interface ReceiptTable extends WorkTable<ReceiptRow> {
  /**
   * Owes a receipt for a Message-ID. One that was given already is sent again (it may have been lost), with the newer
   * disposition; one that is being sent this moment is taken from its worker, whose outcome then counts no more.
   */
  owe(o: {
    partnerId: string;
    mailId: string;
    originalMessageId: string;
    disposition: ReceiptRow['disposition'];
    errorCode: string | null;
    messageId(id: string): string;
    due_ms: number;
    now_ms: number;
  }): void;
  answerTo(partnerId: string, originalMessageId: string): ReceiptRow | undefined;
}

export function receiptTable(db: Database): ReceiptTable {
  const find = db.prepare('SELECT * FROM receipt WHERE partner_id = ? AND original_message_id = ?');
  const add = db.prepare(
    `INSERT INTO receipt (id, partner_id, mail_id, original_message_id, disposition, error_code, message_id, state, lane,
       due_ms, moved_ms)
     VALUES (@id, @partner, @mail, @original, @disposition, @code, @message, 'due', @partner, @due, @now)`,
  );
  const again = db.prepare(
    `UPDATE receipt SET disposition = ?, error_code = ?, message_id = ?, mail_id = ?, state = 'due', due_ms = ?, moved_ms = ?,
       owner = NULL, attempts = 0, code = NULL, reason = NULL WHERE id = ?`,
  );
  return {
    ...workTable<ReceiptRow>(db, 'receipt'),
    owe: (o) => {
      const id = newId();
      const earlier = find.get(o.partnerId, o.originalMessageId) as ReceiptRow | undefined;
      if (earlier) {
        again.run(o.disposition, o.errorCode, o.messageId(id), o.mailId, o.due_ms, o.now_ms, earlier.id);
        return;
      }
      add.run({
        id,
        partner: o.partnerId,
        mail: o.mailId,
        original: o.originalMessageId,
        disposition: o.disposition,
        code: o.errorCode,
        message: o.messageId(id),
        due: o.due_ms,
        now: o.now_ms,
      });
    },
    answerTo: (partner, original) => find.get(partner, original) as ReceiptRow | undefined,
  };
}
