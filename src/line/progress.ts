import type { ConsignmentTable } from '../store/consignments.ts';
import type { PartRow, PartTable } from '../store/parts.ts';
import type { Move } from '../store/work.ts';

export interface ProgressParts {
  consignments: ConsignmentTable;
  parts: PartTable;
  now(): number;
  steady(): number;
  /** How long the consignment's partner has to confirm; null when no receipt was asked: sent is then the end. */
  confirmWithin_ms(partnerId: string): number | null;
}

/**
 * A consignment's state follows from those of its parts. Call it in the transaction that moved a part.
 *
 * One held part holds the consignment, with the part's reason; all accepted: sent; all confirmed: confirmed; one refused and
 * nothing under way any more: refused.
 */
export function followParts(o: ProgressParts, consignmentId: string): void {
  const consignment = o.consignments.get(consignmentId);
  if (!consignment || consignment.state === 'discarded') return;
  const parts = o.parts.ofConsignment(consignmentId);
  if (parts.length === 0) return; // not packed yet, or about to be packed anew
  const to = stateOf(parts, () => o.confirmWithin_ms(consignment.partner_id), o.steady());
  if (to.state === consignment.state) return;
  const late = consignment.state === 'unconfirmed' && to.state === 'sent';
  if (late) return;
  const now_ms = o.now();
  o.consignments.move(consignmentId, to, now_ms);
  if (to.state === 'sent') o.consignments.setTimes(consignmentId, { sent_ms: now_ms });
  const isOver = ['confirmed', 'refused'].includes(to.state) || (to.state === 'sent' && to.due_ms === null);
  if (isOver) o.consignments.setTimes(consignmentId, { closed_ms: now_ms });
}

function stateOf(parts: readonly PartRow[], confirmWithin_ms: () => number | null, steady: number): Move {
  const held = parts.find((part) => part.state === 'held');
  if (held) return { state: 'held', code: held.code, reason: held.reason };
  if (parts.every((part) => part.state === 'confirmed')) return { state: 'confirmed' };
  if (parts.some((part) => part.state === 'planned' || part.state === 'sealed')) return { state: 'packed' };
  const refused = parts.find((part) => part.state === 'refused');
  if (parts.some((part) => part.state === 'sent')) {
    const within_ms = confirmWithin_ms();
    return { state: 'sent', due_ms: within_ms === null ? null : steady + within_ms };
  }
  return { state: 'refused', code: refused?.code, reason: refused?.reason };
}
