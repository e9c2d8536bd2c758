import type { Settings } from '../../config/schema.ts';
import type { Language } from '../../core/errors.ts';
import { retell } from '../../core/retell.ts';
import { possibleActs, possibleStudyActs } from '../../line/acts/possible.ts';
import type { Stage } from '../../line/state-texts.ts';
import type { Store } from '../../store/store.ts';
import type { StudyRow } from '../../store/studies.ts';
import { type Step, timelineOf } from '../../store/timeline.ts';
import type { StudyDetails, StudyLine, StudyTimeline } from './answers.ts';

/** Rows as the API tells them: names beside ids, reasons in the language of whoever asks. */

/** Names of partners and targets; one that is gone keeps its id. */
export type Names = (id: string) => { id: string; name: string };

export function namesOf({ partners, targets }: Settings): Names {
  const names = new Map<string, string>();
  for (const { id, name } of [...targets, ...partners]) names.set(id, name ?? id);
  return (id) => ({ id, name: names.get(id) ?? id });
}

export function lineView(study: StudyRow, names: Names): StudyLine {
  const { id, direction, origin, accession_number, study_date, description, modality, first_ms, last_ms } = study;
  const { items, size_bytes, parts, parts_sent, parts_confirmed, deliveries, deliveries_done } = study;
  return {
    ...{ id, direction, origin, accession_number, study_date, description, modality, first_ms, last_ms },
    ...{ items, size_bytes, parts, parts_sent, parts_confirmed, deliveries, deliveries_done },
    stage: study.stage as Stage,
    peers: wordsOf(study.peers).map(names),
    patient: {
      name: study.patient_name,
      id: study.patient_id,
      birth_date: study.patient_birth_date,
      sex: study.patient_sex,
    },
    urgent: study.urgent === 1,
    flags: wordsOf(study.flags),
  };
}

const wordsOf = (text: string) => text.split(' ').filter((word) => word !== '');

/** Why a row waits, in the language of whoever asks. */
export function whyOf({ code, reason }: { code: string | null; reason: string | null }, language: Language) {
  return { code, words: code === null && reason === null ? null : retell(code, reason, language) };
}

export function detailsView(store: Store, study: StudyRow, names: Names, language: Language): StudyDetails {
  const { study_uid, study_time, calling_ae } = study;
  return {
    ...{ ...lineView(study, names), study_uid, study_time, calling_ae },
    ...whyOf(study, language),
    can: possibleStudyActs(study),
    can_send: study.state === 'routed' || study.state === 'received',
    can_preview: store.items.series(study.id).length > 0,
    consignments: store.hanging.consignments(study.id).map((row) => {
      const { id, state, sequence, created_ms, sent_ms, closed_ms, items, parts, parts_sent, parts_confirmed } = row;
      return {
        ...{ id, state, sequence, created_ms, sent_ms, closed_ms, items, parts, parts_sent, parts_confirmed },
        ...{ size_bytes: row.size_bytes, attempts: row.attempts, partner: names(row.partner_id) },
        ...whyOf(row, language),
        can: possibleActs('consignment', state),
      };
    }),
    sets: store.hanging.sets(study.id).map((row) => {
      const { id, state, first_ms, last_ms, came, total } = row;
      const can = possibleActs('inbound_set', state);
      return {
        id,
        state,
        first_ms,
        last_ms,
        came,
        total,
        can,
        partner: names(row.partner_id),
        ...whyOf(row, language),
      };
    }),
    targets: store.hanging.targets(study.id).map((row) => {
      const { state, count, moved_ms } = row;
      return { state, count, moved_ms, target: names(row.target_id), ...whyOf(row, language) };
    }),
  };
}

export function timelineView(store: Store, study: StudyRow, names: Names, language: Language): StudyTimeline {
  return { steps: timelineOf(store, study).map((step) => stepView(step, names, language)) };
}

function stepView(step: Step, names: Names, language: Language): StudyTimeline['steps'][number] {
  const { at_ms, from_ms = null, count = null, of = null, size_bytes = null, entity = null, id = null } = step;
  const { state = null, attempts = null, code = null, words = null, peer } = step;
  return {
    ...{ at_ms, from_ms, step: step.step, count, of, size_bytes, entity, id, state, attempts },
    peer: peer ? names(peer) : null,
    ...whyOf({ code, reason: words }, language),
  };
}
