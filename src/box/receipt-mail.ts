import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Partner } from '../config/schema.ts';
import { newBoundary } from '../mail/compose.ts';
import { composeReceipt, plainReceiptMail, signedReceiptMail } from '../mail/receipt.ts';
import { signDetached } from '../pgp/detached.ts';
import type { OwnKey } from '../pgp/keys.ts';
import type { ReceiptRow } from '../store/receipts.ts';

/**
 * Writes the mail that carries a receipt: a multipart/report inside a multipart/signed, or alone for partners that cannot
 * read a signed one. Nothing in it tells of the patient.
 */
export async function receiptMail(
  row: ReceiptRow,
  partner: Partner,
  o: { folder: string; from: string; ownKey(): Promise<OwnKey>; accepts: string; nowMs: number },
): Promise<{ path: string; sizeBytes: number }> {
  const entity = composeReceipt({
    originalMessageId: row.original_message_id,
    finalRecipient: o.from,
    disposition: row.disposition,
    ...(row.error_code !== null && { code: row.error_code }),
    fields: [['X-Rohrpost-Accepts', o.accepts]],
    boundary: newBoundary(),
  });
  const head = {
    from: o.from,
    to: partner.address,
    messageId: row.message_id,
    dateMs: o.nowMs,
    originalMessageId: row.original_message_id,
  };
  const mail =
    partner.receipts.send === 'plain'
      ? plainReceiptMail(head, entity)
      : signedReceiptMail({
          ...head,
          entity,
          armoredSignature: await signDetached(entity, await o.ownKey(), o.nowMs),
          boundary: newBoundary(),
        });
  const path = join(o.folder, 'spool', 'work', `receipt-${row.id}.eml`);
  await writeFile(path, mail, { mode: 0o600 });
  return { path, sizeBytes: mail.length };
}
