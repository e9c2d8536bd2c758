import type { DeliveryTable } from '../store/deliveries.ts';
import type { SetTable } from '../store/sets.ts';

export interface FollowParts {
  sets: SetTable;
  deliveries: DeliveryTable;
  /** Owes the sender of a mail its answer. */
  owe(mailId: string, disposition: 'displayed' | 'displayed/warning', errorCode: string | null): void;
  now(): number;
}

/**
 * A part is answered once every delivery of every item in it is finished, and a set is delivered once all its parts are
 * answered. Call it in the transaction that finished a delivery or admitted a part.
 */
export function followSet(o: FollowParts, setRow: string): void {
  const parts = o.sets.parts(setRow);
  let open = 0;
  for (const part of parts) {
    if (part.answered === 1) continue;
    const deliveries = o.sets.itemsOf(setRow, part.number).flatMap((item) => o.deliveries.ofItem(item.id));
    const unfinished = part.admitted === 0 || deliveries.some(({ state }) => state === 'due' || state === 'held');
    if (unfinished) {
      open++;
      continue;
    }
    const refused = deliveries.find(({ state }) => state !== 'delivered');
    o.owe(part.mail_id, refused ? 'displayed/warning' : 'displayed', refused?.code ?? null);
    o.sets.setAnswered(setRow, part.number);
  }
  const set = o.sets.get(setRow)!;
  if (open === 0 && set.state === 'admitted' && parts.length === set.total) {
    o.sets.move(setRow, { state: 'delivered' }, o.now());
  }
}

/** The same, for every set that waits for this item. */
export function followItem(o: FollowParts, itemId: string): void {
  for (const setRow of new Set(o.sets.unansweredWith(itemId).map((part) => part.set_row))) followSet(o, setRow);
}
