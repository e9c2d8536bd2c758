import { tagsWith } from '../line/study-facts.ts';
import type { ItemRow, ItemTable, NewItem } from '../store/items.ts';
import type { StudyFacts, StudyRow, StudyTable } from '../store/studies.ts';

/** Where instances enter: what a modality sends and what a person uploads go by the same rules. */
export interface Entrance {
  store: { studies: StudyTable; items: ItemTable };
}

/** An instance whose file is durable. */
export interface Arrival {
  /** The AE title that was called, or `BY_HAND`. */
  origin: string;
  facts: StudyFacts;
  instance: Pick<
    NewItem,
    | 'path'
    | 'sha256'
    | 'size_bytes'
    | 'data_offset'
    | 'sop_class'
    | 'sop_uid'
    | 'series_uid'
    | 'study_uid'
    | 'transfer_syntax'
  >;
}

/**
 * What became of it. `study`: the row as it was before (or as it was born).
 * - `new`: an item of its study now
 * - `known`: the same bytes under the same UIDs are `item` (F11), whose file may have been removed since
 * - `contradiction`: other bytes stand under these UIDs; these are kept apart, once (F12). `isNew`: the first time
 */
export type Entry = { study: StudyRow } & (
  | { as: 'new'; itemId: string }
  | { as: 'known'; item: ItemRow }
  | { as: 'contradiction'; isNew: boolean }
);

/** Writes the rows of one instance; runs inside a transaction. The file is the item's where the entry is new, else nobody's. */
export function enter(
  o: Entrance,
  arrival: Arrival,
  at: { now_ms: number; open_since_ms: number | null; birth: 'arriving' | 'routed' },
): Entry {
  const { studies, items } = o.store;
  const { origin, facts, instance } = arrival;
  const { now_ms, open_since_ms } = at;
  const study =
    studies.find('out', origin, facts.study_uid) ??
    studies.add({ direction: 'out', origin, facts, state: at.birth, lane: origin, now_ms });
  const same = items.withSopUid(study.id, instance.sop_uid);
  const twins = same.filter((item) => item.series_uid === instance.series_uid);
  const equal = twins.filter((item) => item.sha256 === instance.sha256);
  const known = equal.find(({ state }) => state === 'stored') ?? equal[0];
  if (known && known.state !== 'conflict') return { study, as: 'known', item: known };
  if (twins.length > 0) {
    if (!known) addInstance(o, study.id, arrival, { state: 'conflict', now_ms });
    studies.touch(study.id, { now_ms, open_since_ms: null, modality: '', flag: 'same-uid-other-bytes' });
    return { study, as: 'contradiction', isNew: !known };
  }
  const itemId = addInstance(o, study.id, arrival, { state: 'stored', now_ms });
  const flag = same.length > 0 ? 'same-uid-two-series' : undefined;
  const tags = tagsWith(study.tags, facts.tags);
  studies.touch(study.id, { now_ms, open_since_ms, modality: facts.modality, tags, flag });
  return { study, as: 'new', itemId };
}

/** The row of an instance's file; gives its id. */
export function addInstance(
  o: Entrance,
  studyId: string,
  { instance }: Arrival,
  as: { state: 'stored' | 'conflict'; now_ms: number },
): string {
  return o.store.items.add({
    ...instance,
    study_id: studyId,
    kind: 'instance',
    media_type: 'application/dicom',
    name: '',
    received_ms: as.now_ms,
    state: as.state,
  });
}

/** Whether an instance names another patient than its study (F14). */
export function isOtherPatient(study: StudyRow, facts: StudyFacts): boolean {
  return study.patient_id !== facts.patient_id || study.patient_name !== facts.patient_name;
}
