import { RohrpostError } from '../core/errors.ts';
import type { ItemRow } from '../store/items.ts';
import type { Found } from '../store/lookup.ts';
import type { Store } from '../store/store.ts';
import type { Act, ActParts, Hand, Moved } from './acts/hand.ts';
import { note, notInState } from './acts/hand.ts';
import { deliveryActs, mailActs, receiptActs, receivedStudyActs, setActs } from './acts/inbound.ts';
import { consignmentActs, partActs, studyActs } from './acts/outbound.ts';

export type { Act, ActParts, Moved } from './acts/hand.ts';

/** What an act did: the row that was meant, every row that moved, and how many the box had in hand just then. */
export interface Acted {
  row: Found;
  moved: Moved[];
  atWork: number;
}

/**
 * What a person may do to rows, from the command line or the page.
 *
 * INVARIANTS
 * - One act is one transaction; it moves rows only along the legal moves of states.ts, and each row it moves gets a line in
 *   its history that names the operator.
 * - A row that the box is working on is never touched: its outcome would be lost.
 * - Nothing is deleted: discarding marks files as no longer needed.
 *
 * Each takes an id or an unambiguous beginning of one.
 * @throws RohrpostError store-no-such-row, store-not-in-state (also for an ambiguous beginning), act-at-work, act-files-gone
 */
export const release = (store: Store, id: string, o: ActParts): Acted => perform(store, 'release', id, o);
export const retry = (store: Store, id: string, o: ActParts): Acted => perform(store, 'retry', id, o);
export const hold = (store: Store, id: string, o: ActParts): Acted => perform(store, 'hold', id, o);
export const discard = (store: Store, id: string, o: ActParts): Acted => perform(store, 'discard', id, o);

function perform(store: Store, act: Act, id: string, o: ActParts): Acted {
  return store.transaction(() => {
    const row = find(store, id);
    const hand: Hand = { act, store, o, moved: [], atWork: 0 };
    actOn(hand, row);
    if (hand.moved.length > 0) return { row, moved: hand.moved, atWork: hand.atWork };
    if (hand.atWork > 0) throw new RohrpostError('act-at-work', { details: { id: row.id } });
    throw notInState(row.id, row.state);
  });
}

function actOn(hand: Hand, { entity, id }: Found): void {
  const { act, store } = hand;
  switch (entity) {
    case 'study': {
      const study = store.studies.get(id)!;
      (study.direction === 'out' ? studyActs : receivedStudyActs)[act](hand, study);
      break;
    }
    case 'consignment':
      consignmentActs[act](hand, store.consignments.get(id)!);
      break;
    case 'part':
      partActs[act](hand, store.parts.get(id)!);
      break;
    case 'mail':
      mailActs[act](hand, store.mails.get(id)!);
      break;
    case 'inbound_set':
      setActs[act](hand, store.sets.get(id)!);
      break;
    case 'delivery':
      deliveryActs[act](hand, store.deliveries.get(id)!);
      break;
    case 'receipt':
      receiptActs[act](hand, store.receipts.get(id)!);
      break;
    case 'item':
      itemAct(hand, store.items.get(id)!);
      break;
  }
}

/** An object that contradicts another was kept apart for a person to see; who has seen it may let it go. */
function itemAct(hand: Hand, item: ItemRow): void {
  if (hand.act !== 'discard' || item.state !== 'conflict') throw notInState(item.id, item.state);
  hand.store.items.setState(item.id, 'discarded', hand.o.now());
  note(hand, 'item', item, 'discarded');
}

/**
 * The one row that an id, or its beginning, means.
 * @throws RohrpostError store-no-such-row; store-not-in-state ("ambiguous") where several begin so
 */
export function find(store: Store, id: string): Found {
  const found = store.lookup.byPrefix(id.toLowerCase(), 2);
  if (found.length === 0) throw new RohrpostError('store-no-such-row', { details: { id: id.slice(0, 40) } });
  if (found.length === 1) return found[0]!;
  throw new RohrpostError('store-not-in-state', {
    details: { id, state: 'ambiguous', state_de: 'mehrdeutig' },
  });
}
