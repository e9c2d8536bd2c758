import type { DeliveryTable } from '../store/deliveries.ts';
import type { SetPartRow, SetTable } from '../store/sets.ts';

export interface FollowParts {
  sets: SetTable;
  deliveries: DeliveryTable;
  /** Owes the sender of a mail its answer. */
  owe(mailId: string, disposition: 'displayed' | 'displayed/warning', errorCode: string | null): void;
  now(): number;
}

/**
 * A part is answered once every delivery of every item in it is finished, and a set is delivered once all its parts are
 * answered. Call it in the transaction that admitted parts.
 */
export function followSet(o: FollowParts, setRow: string): void {
  for (const part of o.sets.unanswered(setRow)) answer(o, part);
  finish(o, setRow);
}

/** The same for the parts that wait for this item. Call it in the transaction that finished a delivery. */
export function followItem(o: FollowParts, itemId: string): void {
  for (const part of o.sets.unansweredWith(itemId)) if (answer(o, part)) finish(o, part.set_row);
}

/** Owes the answer to a part if it is time; tells whether it was. */
function answer(o: FollowParts, part: SetPartRow): boolean {
  if (part.admitted === 0 || o.deliveries.isPartOpen(part.set_row, part.number)) return false;
  const failed = o.deliveries.failedOfPart(part.set_row, part.number);
  o.owe(part.mail_id, failed ? 'displayed/warning' : 'displayed', failed?.code ?? null);
  o.sets.setAnswered(part.set_row, part.number);
  return true;
}

function finish(o: FollowParts, setRow: string): void {
  const set = o.sets.get(setRow)!;
  if (set.state === 'admitted' && o.sets.isAnswered(set)) o.sets.move(setRow, { state: 'delivered' }, o.now());
}
