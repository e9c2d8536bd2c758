import { parseReceipt, type Receipt } from '../mail/receipt.ts';

/** A receipt as it passes between threads, which take plain data only, and with what the partner announces beside it. */
export type Answer = Omit<Receipt, 'fields'> & { accepts: string | null };

/** @throws RohrpostError mail-receipt-malformed, and what reading MIME throws */
export async function readAnswer(path: string): Promise<Answer> {
  const { fields, ...receipt } = await parseReceipt(path);
  return { ...receipt, accepts: fields.get('X-ROHRPOST-ACCEPTS') ?? null };
}
