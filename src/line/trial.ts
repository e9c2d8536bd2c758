import type { Partner } from '../config/schema.ts';
import type { Store } from '../store/store.ts';
import { AT_ONCE_MS } from './acts/hand.ts';

/** A small text that goes to a partner as everything else goes, to see whether it gets there. */
export interface Trial {
  studyUid: string;
  /** Relative to the data folder; durable before this is called. */
  path: string;
  sha256: string;
  sizeBytes: number;
  now_ms: number;
}

/**
 * Makes a consignment of one comment for one partner, due at once. It belongs to a study of its own that names no patient,
 * and is routed already: no rule is asked.
 */
export function addTrial(store: Store, partner: Partner, trial: Trial): { studyId: string; consignmentId: string } {
  const { now_ms } = trial;
  return store.transaction(() => {
    const study = store.studies.add({
      direction: 'out',
      origin: partner.ae_title,
      facts: { ...NOBODY, study_uid: trial.studyUid, description: 'trial' },
      state: 'routed',
      lane: partner.ae_title,
      now_ms,
    });
    const item = store.items.add({
      study_id: study.id,
      kind: 'comment',
      path: trial.path,
      sha256: trial.sha256,
      size_bytes: trial.sizeBytes,
      data_offset: 0,
      sop_class: '',
      sop_uid: '',
      series_uid: '',
      study_uid: trial.studyUid,
      transfer_syntax: '',
      media_type: 'text/plain',
      name: '',
      received_ms: now_ms,
      state: 'stored',
    });
    const consignment = store.consignments.add({
      studyId: study.id,
      partnerId: partner.id,
      itemIds: [item],
      urgent: false,
      state: 'routed',
      due_ms: AT_ONCE_MS,
      now_ms,
    });
    store.items.markConsigned(study.id);
    return { studyId: study.id, consignmentId: consignment.id };
  });
}

const NOBODY = {
  calling_ae: '',
  patient_name: '',
  patient_id: '',
  patient_birth_date: '',
  patient_sex: '',
  accession_number: '',
  study_date: '',
  study_time: '',
  modality: '',
  tags: '{}',
};
