import { RohrpostError } from '../../core/errors.ts';
import type { DeliveryRow } from '../../store/deliveries.ts';
import type { MailRow } from '../../store/mails.ts';
import type { ReceiptRow } from '../../store/receipts.ts';
import type { SetRow } from '../../store/sets.ts';
import type { StudyRow } from '../../store/studies.ts';
import { followItem } from '../deliveries.ts';
import { AT_ONCE_MS, type Hand, heldBy, notInState, put, putIfFree } from './hand.ts';
import { dropItems } from './outbound.ts';

/** An inbound study stands for its deliveries. */
export const receivedStudyActs = {
  release: (hand: Hand, study: StudyRow) => {
    for (const delivery of deliveries(hand, study, ['held'])) deliveryActs.release(hand, delivery);
  },
  retry: (hand: Hand, study: StudyRow) => {
    for (const delivery of deliveries(hand, study, ['held', 'refused'])) deliveryActs.retry(hand, delivery);
  },
  hold: (hand: Hand, study: StudyRow) => {
    for (const delivery of deliveries(hand, study, ['due'])) {
      putIfFree(hand, hand.store.deliveries, delivery, heldBy(hand));
    }
  },
  discard: (hand: Hand, study: StudyRow) => {
    const open = deliveries(hand, study, ['due', 'held', 'refused']);
    for (const delivery of open) deliveryActs.discard(hand, delivery);
  },
};

function deliveries(hand: Hand, study: StudyRow, states: readonly string[]): DeliveryRow[] {
  return hand.store.lookup.ofStudy(study.id).deliveries.filter(({ state }) => states.includes(state));
}

export const deliveryActs = {
  release: (hand: Hand, delivery: DeliveryRow) => dueAgain(hand, delivery),
  retry: (hand: Hand, delivery: DeliveryRow) => dueAgain(hand, delivery),
  hold: (hand: Hand, delivery: DeliveryRow) => put(hand, hand.store.deliveries, delivery, heldBy(hand)),
  discard: (hand: Hand, delivery: DeliveryRow) => {
    put(hand, hand.store.deliveries, delivery, { state: 'discarded' });
    const { sets, deliveries, items, lookup } = hand.store;
    followItem({ sets, deliveries, owe: hand.o.owe, now: hand.o.now }, delivery.item_id);
    if (!lookup.isWanted(delivery.item_id)) dropItems(hand, [items.get(delivery.item_id)!]);
  },
};

function dueAgain(hand: Hand, delivery: DeliveryRow): void {
  if (delivery.state === 'due') throw notInState(delivery.id, delivery.state);
  if (hand.store.items.get(delivery.item_id)!.state !== 'stored') {
    throw new RohrpostError('act-files-gone', { details: { id: delivery.id } });
  }
  put(hand, hand.store.deliveries, delivery, { state: 'due', due_ms: AT_ONCE_MS });
}

export const mailActs = {
  /** Opened again; a person took responsibility for its age. Signature and decryption are checked as ever. */
  release: (hand: Hand, mail: MailRow) => {
    openAgain(hand, mail);
    hand.store.mails.setReleased(mail.id);
  },
  /** Opened again as if it had just come: the partner's key may be pinned by now. */
  retry: (hand: Hand, mail: MailRow) => openAgain(hand, mail),
  hold: (_: Hand, mail: MailRow) => {
    throw notInState(mail.id, mail.state);
  },
  discard: (hand: Hand, mail: MailRow) => {
    put(hand, hand.store.mails, mail, { state: 'discarded' });
    // Only a verified signer is told: a forger could make us refuse in the partner's name what it never sent.
    if (mail.signer !== null) oweRefusal(hand, mail, mail.code);
  },
};

function openAgain(hand: Hand, mail: MailRow): void {
  if (mail.state !== 'quarantined') throw notInState(mail.id, mail.state);
  put(hand, hand.store.mails, mail, { state: 'collected', due_ms: AT_ONCE_MS });
}

function oweRefusal(hand: Hand, mail: MailRow, code: string | null): void {
  const given = mail.partner_id === null ? undefined : hand.store.receipts.answerTo(mail.partner_id, mail.message_id);
  if (given?.disposition !== 'deleted') hand.o.owe(mail.id, 'deleted', code);
}

export const setActs = {
  /** Admitted although admission objected, or although parts are missing (F47): a person took responsibility. */
  release: (hand: Hand, set: SetRow) => {
    if (!['waiting', 'held', 'quarantined'].includes(set.state)) throw notInState(set.id, set.state);
    put(hand, hand.store.sets, set, { state: 'ready', due_ms: AT_ONCE_MS });
    hand.store.sets.setReleased(set.id);
  },
  /** Looked at again by the same rules: a target or partner may have been set up by now. */
  retry: (hand: Hand, set: SetRow) => {
    if (!['held', 'quarantined'].includes(set.state)) throw notInState(set.id, set.state);
    put(hand, hand.store.sets, set, { state: 'ready', due_ms: AT_ONCE_MS });
  },
  hold: (hand: Hand, set: SetRow) => {
    if (set.state !== 'ready') throw notInState(set.id, set.state);
    put(hand, hand.store.sets, set, heldBy(hand));
  },
  /** Gives up what was not admitted, and tells the partner so. What is in a study already stays there. */
  discard: (hand: Hand, set: SetRow) => {
    put(hand, hand.store.sets, set, { state: 'discarded' });
    for (const part of hand.store.sets.parts(set.id)) {
      if (part.admitted === 1 || part.answered === 1) continue;
      dropItems(hand, hand.store.sets.itemsOf(set.id, part.number));
      oweRefusal(hand, hand.store.mails.get(part.mail_id)!, set.code);
      hand.store.sets.setAnswered(set.id, part.number);
    }
  },
};

export const receiptActs = {
  release: (hand: Hand, receipt: ReceiptRow) => sendAgain(hand, receipt, ['held']),
  /** A receipt that was sent may have been lost. */
  retry: (hand: Hand, receipt: ReceiptRow) => sendAgain(hand, receipt, ['held', 'sent', 'discarded']),
  hold: (hand: Hand, receipt: ReceiptRow) => put(hand, hand.store.receipts, receipt, heldBy(hand)),
  discard: (hand: Hand, receipt: ReceiptRow) => put(hand, hand.store.receipts, receipt, { state: 'discarded' }),
};

function sendAgain(hand: Hand, receipt: ReceiptRow, from: readonly string[]): void {
  if (!from.includes(receipt.state)) throw notInState(receipt.id, receipt.state);
  put(hand, hand.store.receipts, receipt, { state: 'due', due_ms: AT_ONCE_MS });
}
