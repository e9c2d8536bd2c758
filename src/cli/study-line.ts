import { bytesText, harmless, numberText, shortId, spanText } from '../core/figures.ts';
import { stageText } from '../line/state-texts.ts';
import type { StudyRow } from '../store/studies.ts';
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
  state: string;
  done: number;
  all: number;
  first_ms: number;
  last_ms: number;
  flags: string;
  patient?: string;
}

/** Patients are named only where that was asked for: lists end up in mails and tickets. */
export function studyView(study: StudyRow, withPatient: boolean): StudyView {
  const peers = study.peers.trim();
  return {
    id: study.id,
    direction: study.direction,
    peers: peers === '' ? [study.origin] : peers.split(' '),
    modality: study.modality,
    objects: study.items,
    size_bytes: study.size_bytes,
    state: study.stage,
    done: study.direction === 'in' ? study.deliveries_done : study.parts_sent + study.parts_confirmed,
    all: study.direction === 'in' ? study.deliveries : 2 * study.parts,
    first_ms: study.first_ms,
    last_ms: study.last_ms,
    flags: study.flags,
    ...(withPatient && { patient: patientText(study) }),
  };
}

function patientText({ patient_name, patient_id }: StudyRow): string {
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
    stageText(view.state, language),
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
