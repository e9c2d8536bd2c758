import { RohrpostError } from '../../core/errors.ts';
import type { ConsignmentRow } from '../../store/consignments.ts';
import type { ItemRow } from '../../store/items.ts';
import type { PartRow } from '../../store/parts.ts';
import type { StudyRow } from '../../store/studies.ts';
import { followParts } from '../progress.ts';
import { AT_ONCE_MS, type Hand, heldBy, note, notInState, put, putIfFree, refuseAtWork } from './hand.ts';

const OPEN = ['routed', 'packed', 'held', 'unconfirmed', 'refused'];

/** An outbound study: the study itself and the consignments that were made of it. */
export const studyActs = {
  /** A held study goes on, also one with conflicting patients: a person took responsibility. One still arriving goes now. */
  release: (hand: Hand, study: StudyRow) => {
    if (study.state === 'held' || study.state === 'arriving') goAtOnce(hand, study);
    for (const consignment of consignments(hand, study, ['held'])) consignmentActs.release(hand, consignment);
  },
  retry: (hand: Hand, study: StudyRow) => {
    if (study.state === 'held') goAtOnce(hand, study);
    const stuck = consignments(hand, study, ['held', 'refused', 'unconfirmed']);
    for (const consignment of stuck) consignmentActs.retry(hand, consignment);
  },
  hold: (hand: Hand, study: StudyRow) => {
    if (['arriving', 'settled', 'routed'].includes(study.state)) {
      putIfFree(hand, hand.store.studies, study, heldBy(hand));
    }
    for (const consignment of consignments(hand, study, ['routed', 'packed'])) consignmentActs.hold(hand, consignment);
  },
  discard: (hand: Hand, study: StudyRow) => {
    put(hand, hand.store.studies, study, { state: 'discarded' });
    for (const consignment of consignments(hand, study, OPEN)) consignmentActs.discard(hand, consignment);
    dropItems(hand, hand.store.lookup.itemsNotUnderWay(study.id));
    hand.store.studies.closeOpen(study.id);
  },
};

function goAtOnce(hand: Hand, study: StudyRow): void {
  if (study.state === 'held') {
    put(hand, hand.store.studies, study, { state: 'arriving', due_ms: AT_ONCE_MS });
    return;
  }
  refuseAtWork(study);
  hand.store.studies.setDue(study.id, AT_ONCE_MS, false);
  note(hand, 'study', study, study.state);
}

function consignments(hand: Hand, study: StudyRow, states: readonly string[]): ConsignmentRow[] {
  return hand.store.consignments.ofStudy(study.id).filter(({ state }) => states.includes(state));
}

export const consignmentActs = {
  /** Goes on where it stopped: parts that were sealed are sent, others sealed; one that has no parts yet is packed. */
  release: (hand: Hand, consignment: ConsignmentRow) => {
    if (consignment.state !== 'held') throw notInState(consignment.id, consignment.state);
    if (repack(hand, consignment)) return;
    for (const part of parts(hand, consignment, ['held'])) goOn(hand, part);
    follow(hand, consignment);
  },
  /** Sent anew under the same ids: a receiver that has it already sees the same identity again. */
  retry: (hand: Hand, consignment: ConsignmentRow) => {
    if (consignment.state === 'held' && repack(hand, consignment)) return;
    const again = consignment.state === 'unconfirmed' ? ['held', 'refused', 'sent'] : ['held', 'refused'];
    for (const part of parts(hand, consignment, again)) planAgain(hand, part);
    follow(hand, consignment);
  },
  /** Stops what is not on its way this very moment. */
  hold: (hand: Hand, consignment: ConsignmentRow) => {
    if (consignment.state === 'routed') {
      putIfFree(hand, hand.store.consignments, consignment, heldBy(hand));
      return;
    }
    for (const part of parts(hand, consignment, ['planned', 'sealed'])) {
      putIfFree(hand, hand.store.parts, part, heldBy(hand));
    }
    follow(hand, consignment);
  },
  /** Gives up what has not left. What has left stays in the ledger as sent. */
  discard: (hand: Hand, consignment: ConsignmentRow) => {
    put(hand, hand.store.consignments, consignment, { state: 'discarded' });
    for (const part of parts(hand, consignment, ['planned', 'sealed', 'held', 'refused'])) {
      put(hand, hand.store.parts, part, { state: 'discarded' });
    }
    hand.store.consignments.setTimes(consignment.id, { closed_ms: hand.o.now() });
    dropItems(hand, hand.store.lookup.itemsOnlyIn(consignment.id));
  },
};

export const partActs = {
  release: (hand: Hand, part: PartRow) => {
    if (part.state !== 'held') throw notInState(part.id, part.state);
    goOn(hand, part);
    follow(hand, consignmentOf(hand, part));
  },
  retry: (hand: Hand, part: PartRow) => {
    const consignment = consignmentOf(hand, part);
    const lost = part.state === 'sent' && consignment.state === 'unconfirmed';
    if (!lost && !['held', 'refused'].includes(part.state)) throw notInState(part.id, part.state);
    planAgain(hand, part);
    follow(hand, consignment);
  },
  hold: (hand: Hand, part: PartRow) => {
    if (!['planned', 'sealed'].includes(part.state)) throw notInState(part.id, part.state);
    put(hand, hand.store.parts, part, heldBy(hand));
    follow(hand, consignmentOf(hand, part));
  },
  /** A part cannot be given up alone: the partner would wait for it for ever. */
  discard: (hand: Hand, part: PartRow) => consignmentActs.discard(hand, consignmentOf(hand, part)),
};

const consignmentOf = (hand: Hand, part: PartRow) => hand.store.consignments.get(part.consignment_id)!;

function parts(hand: Hand, consignment: ConsignmentRow, states: readonly string[]): PartRow[] {
  return hand.store.parts.ofConsignment(consignment.id).filter(({ state }) => states.includes(state));
}

/** A held consignment that was never packed goes back to be packed. */
function repack(hand: Hand, consignment: ConsignmentRow): boolean {
  if (hand.store.parts.ofConsignment(consignment.id).length > 0) return false;
  put(hand, hand.store.consignments, consignment, { state: 'routed', due_ms: AT_ONCE_MS });
  return true;
}

/** Back to the station that stopped it: a sealed mail keeps its very bytes, of which the server may have some already. */
function goOn(hand: Hand, part: PartRow): void {
  const stopped = hand.store.history.of([part.id]).findLast((line) => line.to_state === 'held' && isMove(line));
  const state = stopped?.from_state === 'sealed' ? 'sealed' : 'planned';
  put(hand, hand.store.parts, part, { state, due_ms: AT_ONCE_MS });
}

const isMove = (line: { from_state: string; to_state: string }) => line.from_state !== line.to_state;

/** Sealed anew, unless some of its fragments have left: those fit only the rest of the same sealed mail. */
function planAgain(hand: Hand, part: PartRow): void {
  const files = (JSON.parse(part.mail_paths) as string[]).length;
  if (part.state === 'held' && part.mails_sent > 0 && part.mails_sent < files) {
    goOn(hand, part);
    return;
  }
  const gone = hand.store.items.ofPart(part.id).some((item) => item.state !== 'stored');
  if (gone) throw new RohrpostError('act-files-gone', { details: { id: part.id } });
  put(hand, hand.store.parts, part, { state: 'planned', due_ms: AT_ONCE_MS });
}

/** The consignment's state follows from those of its parts; the act is noted there too. */
function follow(hand: Hand, before: ConsignmentRow): void {
  if (hand.store.parts.ofConsignment(before.id).length === 0) return;
  followParts({ ...hand.store, ...hand.o }, before.id);
  const after = hand.store.consignments.get(before.id)!;
  if (after.state !== before.state) note(hand, 'consignment', before, after.state);
}

/** Marks files as no longer needed; rows stay. */
export function dropItems(hand: Hand, items: readonly ItemRow[]): void {
  for (const item of items) {
    if (['stored', 'conflict', 'candidate'].includes(item.state)) {
      hand.store.items.setState(item.id, 'discarded', hand.o.now());
    }
  }
}
