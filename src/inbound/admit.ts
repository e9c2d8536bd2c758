import { join } from 'node:path';
import type { Partner, Target } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import type { Header } from '../dicom/header.ts';
import type { Station } from '../line/conveyor.ts';
import { done, type Outcome, stop } from '../line/outcome.ts';
import { factsOf } from '../line/study-facts.ts';
import type { DeliveryTable } from '../store/deliveries.ts';
import type { ItemRow, ItemTable } from '../store/items.ts';
import type { SetPartRow, SetRow, SetTable } from '../store/sets.ts';
import type { StudyRow, StudyTable } from '../store/studies.ts';

export interface AdmitParts {
  sets: SetTable;
  items: ItemTable;
  studies: StudyTable;
  deliveries: DeliveryTable;
  folder: string;
  partner(id: string): Partner | undefined;
  /** Where what comes from this partner goes. */
  targets(partner: Partner): readonly Target[];
  readHeader(path: string): Promise<Header>;
  /** All of a part's deliveries may be finished already (repeated objects): runs in the same transaction. */
  followDeliveries(setRow: string): void;
  now(): number;
  steady(): number;
}

/**
 * Station "admit", the gatekeeper: candidates of a set that is complete (or, where the profile says so, of each mail as it
 * arrives) → instances of a study and their deliveries; or quarantine. One patient, no contradiction, nothing twice.
 */
export function admitStation(o: AdmitParts): Station<SetRow> {
  return {
    name: 'admit',
    table: o.sets,
    from: 'ready',
    concurrency: 2,
    perLane: 1,
    deadline_ms: 10 * 60_000,
    heldState: 'quarantined',
    run: ([set]) => admit(o, set!),
  };
}

interface Candidate {
  part: SetPartRow;
  item: ItemRow;
  header: Header | null;
}

/** What is in a set: what is to be admitted now, and the instances that were before. */
interface Contents {
  candidates: Candidate[];
  admitted: ItemRow[];
}

async function admit(o: AdmitParts, set: SetRow): Promise<Outcome> {
  const partner = o.partner(set.partner_id);
  if (!partner) return stop('held', new RohrpostError('partner-gone', { details: { partner: set.partner_id } }));
  const targets = o.targets(partner);
  if (targets.length === 0) return stop('held', new RohrpostError('admit-no-target'));
  const contents = await readContents(o, set);
  if (set.released === 0) {
    const wrong = objection(o, partner, contents);
    if (wrong) return stop('quarantined', wrong);
  }
  const dropped: string[] = [];
  return done('admitted', {
    commit: () => {
      for (const candidate of contents.candidates) {
        if (!enter(o, set, partner, targets, candidate, studyUidOf(o, set, contents, candidate))) {
          dropped.push(join(o.folder, candidate.item.path));
        }
        o.sets.setAdmitted(set.id, candidate.part.number);
      }
      goOn(o, set);
      o.followDeliveries(set.id);
    },
    after: () => {
      for (const path of dropped) void removeFile(path).catch(() => {});
    },
  });
}

/** An incomplete set that is delivered as it arrives goes back to waiting for the rest, or on with what came meanwhile. */
function goOn(o: AdmitParts, set: SetRow): void {
  const parts = o.sets.parts(set.id);
  if (parts.some((part) => part.admitted === 0)) {
    o.sets.move(set.id, { state: 'ready', due_ms: o.steady() }, o.now());
  } else if (parts.length < set.total) {
    o.sets.move(set.id, { state: 'waiting', due_ms: o.steady() + WAIT_FOR_REST_MS }, o.now());
  }
}

/** In an emergency missing images are complained about after minutes, not hours. */
const WAIT_FOR_REST_MS = 15 * 60_000;

async function readContents(o: AdmitParts, set: SetRow): Promise<Contents> {
  const contents: Contents = { candidates: [], admitted: [] };
  for (const part of o.sets.parts(set.id)) {
    for (const item of o.sets.itemsOf(set.id, part.number)) {
      const isInstance = item.kind === 'instance';
      if (part.admitted === 0) {
        const header = isInstance ? await o.readHeader(join(o.folder, item.path)) : null;
        contents.candidates.push({ part, item, header });
      } else if (isInstance) {
        contents.admitted.push(item);
      }
    }
  }
  return contents;
}

/** What speaks against admitting these candidates; null when nothing does. Never guesses (F57). */
function objection(o: AdmitParts, partner: Partner, { candidates, admitted }: Contents): RohrpostError | null {
  const patients = new Set(candidates.flatMap(({ header }) => (header ? [patientOf(header)] : [])));
  for (const id of new Set(admitted.map((item) => item.study_id!))) patients.add(patientOfStudy(o.studies.get(id)!));
  if (patients.size > 1) return new RohrpostError('admit-two-patients');
  const seen = new Map<string, string>();
  for (const { item, header } of candidates) {
    if (!header) continue;
    const study = o.studies.find('in', partner.id, item.study_uid);
    if (study && o.items.hasInstances(study.id) && patientOfStudy(study) !== patientOf(header)) {
      return new RohrpostError('admit-patient-changed');
    }
    const key = `${item.study_uid} ${item.series_uid} ${item.sop_uid}`;
    const inSet = seen.get(key);
    const known = study && o.items.withSopUid(study.id, item.sop_uid).find((i) => i.series_uid === item.series_uid);
    if ((inSet && inSet !== item.sha256) || (known && known.sha256 !== item.sha256)) {
      return new RohrpostError('admit-same-uid-other-bytes');
    }
    seen.set(key, item.sha256);
  }
  return null;
}

const patientOf = (header: Header) => `${header.patientId}\0${header.patientName}`;
const patientOfStudy = (study: StudyRow) => `${study.patient_id}\0${study.patient_name}`;

/** A document belongs to the study it names; one that names none we know belongs to the only study of its set. */
function studyUidOf(o: AdmitParts, set: SetRow, { candidates, admitted }: Contents, { item }: Candidate): string {
  if (item.kind === 'instance') return item.study_uid;
  const inSet = [...candidates.map((candidate) => candidate.item), ...admitted].filter((i) => i.kind === 'instance');
  const studies = new Set(inSet.map((instance) => instance.study_uid));
  const isKnown = studies.has(item.study_uid) || o.studies.find('in', set.partner_id, item.study_uid) !== undefined;
  if (isKnown || studies.size !== 1) return item.study_uid || `documents-${set.set_id}`;
  return [...studies][0]!;
}

/** Makes a candidate part of its study and due at its targets; false when the same object was there before. */
function enter(
  o: AdmitParts,
  set: SetRow,
  partner: Partner,
  targets: readonly Target[],
  { item, header }: Candidate,
  studyUid: string,
): boolean {
  const now_ms = o.now();
  const study = o.studies.find('in', partner.id, studyUid) ?? addStudy(o, partner, studyUid, header);
  // A document that came first knew nothing of the patient.
  if (header && !o.items.hasInstances(study.id))
    o.studies.describe(study.id, factsOf(header, { studyUid, callingAe: '' }));
  const before = sameBefore(o, study, item);
  if (before) {
    o.items.setState(item.id, before.sha256 === item.sha256 ? 'duplicate' : 'discarded', now_ms);
    o.sets.repoint(item.id, before.id);
    return false;
  }
  o.items.adopt(item.id, study.id, now_ms);
  o.studies.touch(study.id, { now_ms, open_since_ms: null, modality: header?.modality ?? '' });
  for (const target of targetsFor(item, targets)) {
    o.deliveries.add({
      itemId: item.id,
      studyId: study.id,
      targetId: target.id,
      urgent: set.urgent === 1,
      due_ms: o.steady(),
      now_ms,
    });
  }
  return true;
}

function sameBefore(o: AdmitParts, study: StudyRow, item: ItemRow): ItemRow | undefined {
  if (item.kind !== 'instance') return o.items.sameDocument(study.id, item.sha256);
  return o.items.withSopUid(study.id, item.sop_uid).find((known) => known.series_uid === item.series_uid);
}

/** A PACS takes no loose documents: they go to the shares and folders, and to a PACS only (to be refused) if it is all there is. */
function targetsFor(item: ItemRow, targets: readonly Target[]): readonly Target[] {
  const files = targets.filter((target) => target.kind !== 'dicom');
  return item.kind === 'instance' || files.length === 0 ? targets : files;
}

function addStudy(o: AdmitParts, partner: Partner, studyUid: string, header: Header | null): StudyRow {
  const facts = factsOf(header, { studyUid, callingAe: '' });
  const now_ms = o.now();
  return o.studies.add({ direction: 'in', origin: partner.id, facts, state: 'received', lane: partner.id, now_ms });
}
