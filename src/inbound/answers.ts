import { backoff } from '../core/backoff.ts';
import { RohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import type { Bounce } from '../mail/bounce.ts';
import type { MailRow, MailTable } from '../store/mails.ts';
import type { PartRow, PartTable } from '../store/parts.ts';
import type { ReceiptRow, ReceiptTable } from '../store/receipts.ts';
import type { Answer } from '../workers/answer.ts';

/**
 * What partners answer to our mails, and what we owe them for theirs. Every function runs inside the caller's transaction.
 *
 * INVARIANT: a receipt or bounce moves only a part that we sent to that very partner; a receipt is never answered (F59).
 */
export interface Answers {
  receipt(partnerId: string, receipt: Answer): void;
  bounced(reports: readonly Bounce[]): void;
  /** Owes the sender of a mail an answer, if it asked for one and the partner's profile lets us. */
  owe(mailId: string, disposition: ReceiptRow['disposition'], errorCode: string | null): void;
  /**
   * The same mail, or the same part under another Message-ID, came again: what was answered is answered again, under the
   * newest name that the sender gave it, for the answer may have been lost (F45).
   */
  repeat(earlier: MailRow, again?: MailRow): void;
}

export interface AnswerParts {
  parts: PartTable;
  mails: MailTable;
  receipts: ReceiptTable;
  /** The consignment's state follows from those of its parts. */
  followParts(consignmentId: string): void;
  /** May receipts go to this partner? */
  sendsReceipts(partnerId: string): boolean;
  learn(partnerId: string, accepts: string): void;
  /** A partner confirms a mail that the ledger does not know: it may be a mail of a second box under our name (F76). */
  unknown(partnerId: string, originalMessageId: string): void;
  messageId(receiptId: string): string;
  log: Log;
  now(): number;
  steady(): number;
}

export function answers(o: AnswerParts): Answers {
  return {
    receipt: (partnerId, receipt) => {
      const { originalMessageId } = receipt;
      const part = originalMessageId === null ? undefined : o.parts.byMessageId(originalMessageId);
      if (!part || part.partner_id !== partnerId) {
        o.log.warn('receipt for no mail of ours', { partner: partnerId });
        if (originalMessageId !== null && !part) o.unknown(partnerId, originalMessageId);
        return;
      }
      if (receipt.accepts !== null) o.learn(partnerId, receipt.accepts);
      settlePart(o, part, receipt);
    },
    bounced: (reports) => {
      for (const report of reports) {
        const part = report.originalMessageId === null ? undefined : o.parts.byMessageId(report.originalMessageId);
        if (report.action !== 'failed' || !part || !isUnderWay(part)) continue;
        const error = new RohrpostError('confirm-bounced', { details: { reason: report.diagnostic || report.status } });
        moveTo(o, part, { state: 'refused', code: error.code, reason: error.message });
      }
    },
    owe: (mailId, disposition, errorCode) => owe(o, mailId, disposition, errorCode),
    repeat: (earlier, again) => {
      if (!earlier.partner_id) return;
      const given = o.receipts.answerTo(earlier.partner_id, earlier.message_id);
      const renamed = again !== undefined && again.message_id !== earlier.message_id;
      if (given) owe(o, renamed ? again.id : earlier.id, given.disposition, given.error_code);
    },
  };
}

/** An answer can outrun our own record that the mail was accepted (F33). */
const isUnderWay = (part: PartRow) => part.state === 'sent' || part.state === 'sealed';

function settlePart(o: AnswerParts, part: PartRow, receipt: Answer): void {
  const positive = receipt.disposition.startsWith('displayed');
  if (positive) {
    if (isUnderWay(part) || part.state === 'held' || part.state === 'refused') moveTo(o, part, { state: 'confirmed' });
    return;
  }
  if (!isUnderWay(part)) return;
  const reason = receipt.code ?? receipt.disposition;
  const error = new RohrpostError('confirm-refused', { details: { reason } });
  const why = { code: error.code, reason: error.message };
  if (receipt.disposition === 'deleted/error' && part.sealings <= lineLimits.resend_attempts) {
    const pause = backoff(part.sealings, { first_ms: lineLimits.backoff_first_ms, cap_ms: lineLimits.backoff_cap_ms });
    moveTo(o, part, { state: 'planned', due_ms: o.steady() + pause, ...why });
    return;
  }
  moveTo(o, part, { state: 'refused', ...why });
}

function moveTo(o: AnswerParts, part: PartRow, to: Parameters<PartTable['move']>[1]): void {
  o.parts.move(part.id, to, o.now());
  o.followParts(part.consignment_id);
}

type OweParts = Pick<AnswerParts, 'mails' | 'receipts' | 'sendsReceipts' | 'messageId' | 'now' | 'steady'>;

/** See `Answers.owe`; for those who owe answers and get none. */
export function owe(
  o: OweParts,
  mailId: string,
  disposition: ReceiptRow['disposition'],
  errorCode: string | null,
): void {
  const mail = o.mails.get(mailId);
  if (!mail?.partner_id || mail.receipt_to === 0 || !o.sendsReceipts(mail.partner_id)) return;
  o.receipts.owe({
    partnerId: mail.partner_id,
    mailId,
    originalMessageId: mail.message_id,
    disposition,
    errorCode,
    messageId: o.messageId,
    due_ms: o.steady(),
    now_ms: o.now(),
  });
}
