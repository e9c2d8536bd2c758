import type { Found } from '../../store/lookup.ts';
import type { StudyRow } from '../../store/studies.ts';
import type { Act } from './hand.ts';

/** In which states each act makes sense for a row; acts.ts has the last word, for the row may be in hand just then. */
const BY_STATE: Readonly<Record<Exclude<Found['entity'], 'study'>, Readonly<Record<Act, readonly string[]>>>> = {
  consignment: {
    release: ['held'],
    retry: ['held', 'refused', 'unconfirmed'],
    hold: ['routed', 'packed'],
    discard: ['routed', 'packed', 'held', 'refused', 'unconfirmed'],
  },
  part: { release: ['held'], retry: ['held', 'refused'], hold: ['planned', 'sealed'], discard: [] },
  mail: { release: ['quarantined'], retry: ['quarantined'], hold: [], discard: ['quarantined', 'fragment'] },
  inbound_set: {
    release: ['waiting', 'held', 'quarantined'],
    retry: ['held', 'quarantined'],
    hold: ['ready'],
    discard: ['waiting', 'held', 'quarantined'],
  },
  delivery: { release: ['held'], retry: ['held', 'refused'], hold: ['due'], discard: ['due', 'held', 'refused'] },
  receipt: { release: ['held'], retry: ['held', 'sent'], hold: ['due'], discard: ['held'] },
  item: { release: [], retry: [], hold: [], discard: ['conflict'] },
};

/** By its stage: what is done on a study reaches what hangs on it. */
const STUDY: Readonly<Record<StudyRow['direction'], Readonly<Record<Act, readonly string[]>>>> = {
  out: {
    release: ['arriving', 'held'],
    retry: ['held', 'refused', 'unconfirmed'],
    hold: ['arriving', 'settled', 'routed', 'packed'],
    discard: ['arriving', 'settled', 'held', 'routed', 'packed', 'sent', 'refused', 'unconfirmed'],
  },
  in: {
    release: ['held'],
    retry: ['held', 'refused'],
    hold: ['delivering'],
    discard: ['delivering', 'held', 'refused'],
  },
};

const ACTS: readonly Act[] = ['release', 'retry', 'hold', 'discard'];

/** What a person can do to a row as it is now. */
export function possibleActs(entity: Exclude<Found['entity'], 'study'>, state: string): Act[] {
  return ACTS.filter((act) => BY_STATE[entity][act].includes(state));
}

/** The same for a study. One that came in and whose consignments to others are in trouble is helped there. */
export function possibleStudyActs(study: StudyRow): Act[] {
  if (study.direction === 'in' && study.deliveries_held + study.deliveries_refused === 0) {
    const isOpen = study.deliveries > study.deliveries_done;
    return isOpen ? ['hold', 'discard'] : [];
  }
  return ACTS.filter((act) => STUDY[study.direction][act].includes(study.stage));
}
