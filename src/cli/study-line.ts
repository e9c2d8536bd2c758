import { bytesText, harmless, numberText, shortId, spanText } from '../core/figures.ts';
import { stateText } from '../line/state-texts.ts';
import type { StudyLine } from '../store/overview.ts';
import type { Store } from '../store/store.ts';
import type { Console } from './console.ts';
import { barText } from './format.ts';

/** A study in a list: where it comes from or goes, how much it is, how far it got. */
export interface StudyView {
  id: string;
  direction: 'out' | 'in';
  peers: string[];
  modality: string;
  objects: number;
  size_bytes: number;
  entity: 'study' | 'consignment' | 'inbound_set';
  state: string;
  done: number;
  all: number;
  first_ms: number;
  last_ms: number;
  flags: string;
  patient?: string;
}

/** Of several consignments, the one that needs attention most speaks for the study. */
const LOUDEST = ['held', 'refused', 'unconfirmed', 'routed', 'packed', 'sent', 'confirmed', 'discarded'];

/** Patients are named only where that was asked for: lists end up in mails and tickets. */
export function studyView(store: Store, line: StudyLine, withPatient: boolean): StudyView {
  const consignments = line.direction === 'out' ? store.consignments.ofStudy(line.id) : [];
  const peers = [...new Set(consignments.map((consignment) => consignment.partner_id))];
  const states = consignments.map((consignment) => consignment.state);
  const spokesman = line.state === 'routed' ? LOUDEST.find((state) => states.includes(state)) : undefined;
  const isDelivered = line.deliveries > 0 && line.deliveries_done === line.deliveries;
  const stage =
    line.direction === 'in'
      ? { entity: 'inbound_set' as const, state: isDelivered ? 'delivered' : 'admitted' }
      : spokesman === undefined
        ? { entity: 'study' as const, state: line.state }
        : { entity: 'consignment' as const, state: spokesman };
  return {
    id: line.id,
    direction: line.direction,
    peers: peers.length > 0 ? peers : [line.origin],
    modality: line.modality,
    objects: line.items,
    size_bytes: line.size_bytes,
    ...stage,
    done: line.direction === 'in' ? line.deliveries_done : line.parts_sent + line.parts_confirmed,
    all: line.direction === 'in' ? line.deliveries : 2 * line.parts,
    first_ms: line.first_ms,
    last_ms: line.last_ms,
    flags: line.flags,
    ...(withPatient && { patient: patientText(line) }),
  };
}

function patientText({ patient_name, patient_id }: StudyLine): string {
  return patient_id === '' ? patient_name : `${patient_name} (${patient_id})`.trim();
}

export function studyCells(c: Console, view: StudyView, now_ms: number): string[] {
  const { language } = c;
  return [
    shortId(view.id),
    `${view.direction === 'out' ? '→' : '←'} ${view.peers.join(', ')}`,
    harmless(view.modality),
    numberText(view.objects, language),
    bytesText(view.size_bytes, language),
    barText(view.done, view.all),
    stateText(view.entity, view.state, language),
    spanText(now_ms - view.last_ms, language),
    ...(view.patient === undefined ? [] : [harmless(view.patient)]),
  ];
}

export function studyHead(c: Console, withPatient: boolean): string[] {
  return [
    c.say('head.id'),
    c.say('head.way'),
    c.say('head.modality'),
    c.say('head.objects'),
    c.say('head.size'),
    '',
    c.say('head.state'),
    c.say('head.age'),
    ...(withPatient ? [c.say('head.patient')] : []),
  ];
}
