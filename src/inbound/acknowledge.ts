import { rm } from 'node:fs/promises';
import type { Partner } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import type { Station } from '../line/conveyor.ts';
import { done, failed, type Outcome } from '../line/outcome.ts';
import type { SmtpSender } from '../mail/smtp.ts';
import type { ReceiptRow, ReceiptTable } from '../store/receipts.ts';

export interface AcknowledgeParts {
  receipts: ReceiptTable;
  partner(id: string): Partner | undefined;
  way(partner: Partner): Promise<{ sender: SmtpSender }>;
  /** Writes the receipt mail for this row, signed as the partner's profile says. */
  compose(row: ReceiptRow, partner: Partner): Promise<{ path: string; sizeBytes: number }>;
  now(): number;
}

/**
 * Station "acknowledge": outcomes → the receipt (RFC 8098), by the same way as studies go, with the null envelope sender so
 * that nothing ever answers it. A receipt repeated after a lost answer tells the partner nothing new.
 */
export function acknowledgeStation(o: AcknowledgeParts): Station<ReceiptRow> {
  return {
    name: 'acknowledge',
    table: o.receipts,
    from: 'due',
    concurrency: 4,
    perLane: 1,
    deadline_ms: 10 * 60_000,
    heldState: 'held',
    run: ([receipt], { signal }) => acknowledge(o, receipt!, signal),
  };
}

async function acknowledge(o: AcknowledgeParts, receipt: ReceiptRow, signal: AbortSignal): Promise<Outcome> {
  const partner = o.partner(receipt.partner_id);
  if (!partner) return failed(new RohrpostError('partner-gone', { details: { partner: receipt.partner_id } }));
  const { path, sizeBytes } = await o.compose(receipt, partner);
  try {
    const mail = { path, from: '', to: partner.address, sizeBytes };
    const { sender } = await o.way(partner);
    const result = await sender.send(mail, { signal });
    return result.kind === 'accepted' ? done('sent') : failed(result.error);
  } finally {
    await rm(path, { force: true });
  }
}
