import type { Details, ErrorCode } from '../core/errors.ts';
import { uploadLimits } from '../core/upload-limits.ts';
import { BY_HAND } from '../line/consign.ts';
import { factsOf } from '../line/study-facts.ts';
import type { StudyFacts, StudyTable } from '../store/studies.ts';
import type { Found, FoundDirectory, FoundDocument, FoundInstance } from '../workers/survey.ts';
import { isOtherPatient } from './enter.ts';
import type { Upload } from './upload-shelf.ts';

/** An upload and what is in it. */
export interface Opened {
  upload: Upload;
  found: readonly Found[];
}

export interface BatchInstance {
  facts: StudyFacts;
  found: FoundInstance;
}

export interface BatchDocument {
  /** By which it is chosen: the upload, and the place in it where that is an archive. */
  key: string;
  upload: Upload;
  found: FoundDocument;
}

/** Files that were uploaded together, sorted by what they are. */
export interface Batch {
  /** By Study Instance UID, each object once. */
  studies: Map<string, BatchInstance[]>;
  /** Objects that came more than once, by Study Instance UID. */
  repeated: Map<string, number>;
  documents: BatchDocument[];
  directories: { upload: Upload; found: FoundDirectory }[];
  refused: { upload: Upload; name: string; code: ErrorCode; details: Details }[];
}

export function batchOf(opened: readonly Opened[]): Batch {
  const batch: Batch = { studies: new Map(), repeated: new Map(), documents: [], directories: [], refused: [] };
  const seen = new Set<string>();
  for (const { upload, found } of opened) {
    for (const [index, file] of found.entries()) {
      const key = found.length === 1 ? upload.id : `${upload.id}/${index + 1}`;
      if (file.kind === 'instance') addInstance(batch, seen, file);
      else if (file.kind === 'document') batch.documents.push({ key, upload, found: file });
      else if (file.kind === 'directory') batch.directories.push({ upload, found: file });
      else batch.refused.push({ upload, name: file.name, code: file.code, details: file.details });
    }
  }
  return batch;
}

function addInstance(batch: Batch, seen: Set<string>, found: FoundInstance): void {
  const { studyInstanceUid: uid, seriesInstanceUid, sopInstanceUid } = found.header;
  const identity = `${uid} ${seriesInstanceUid} ${sopInstanceUid} ${found.sha256}`;
  if (seen.has(identity)) {
    batch.repeated.set(uid, (batch.repeated.get(uid) ?? 0) + 1);
    return;
  }
  seen.add(identity);
  const instances = batch.studies.get(uid) ?? [];
  instances.push({ found, facts: factsOf(found.header, { studyUid: uid, callingAe: '' }) });
  batch.studies.set(uid, instances);
}

/** What a person looks at before it goes: what goes, of whom, and what does not go and why. */
export interface Look {
  /** Uploads that are still being looked into; while there are any, the rest is empty. */
  pending: number;
  studies: LookStudy[];
  documents: LookDocument[];
  /** The first of what cannot be sent, and how many there are. */
  refused: { name: string; folder: string; code: ErrorCode; details: Details }[];
  refused_count: number;
  /** Instances that the directory of a medium names and none of the files is. */
  missing: number;
}

export interface LookStudy {
  study_uid: string;
  /** More than one: two patients under one UID. Such a study is held until somebody decides (F14). */
  patients: { name: string; id: string; birth_date: string; sex: string; images: number }[];
  study_date: string;
  study_time: string;
  description: string;
  accession_number: string;
  modalities: string[];
  series: number;
  images: number;
  size_bytes: number;
  /** Files that were there twice. */
  repeated: number;
  /** Objects under one UID that are not the same: the first of them goes (F12). */
  contradictions: number;
  /** Would be held because of its patients, here or as it was sent before. */
  held: boolean;
  /** Its row, where it was sent by hand before. */
  id: string | null;
}

export interface LookDocument {
  key: string;
  name: string;
  folder: string;
  media_type: string;
  size_bytes: number;
  /** Came with a medium and its viewer: hardly a finding. */
  of_medium: boolean;
}

export const STILL_LOOKING: Omit<Look, 'pending'> = {
  ...{ studies: [], documents: [], refused: [], refused_count: 0, missing: 0 },
};

export function lookOf(batch: Batch, studies: StudyTable): Look {
  return {
    pending: 0,
    studies: [...batch.studies].map(([uid, instances]) => lookStudy(uid, instances, batch, studies)),
    documents: batch.documents.map(({ key, upload, found }) => ({
      ...{ key, name: found.name, folder: upload.folder, media_type: found.mediaType, size_bytes: found.sizeBytes },
      of_medium: isOfMedium(upload, batch),
    })),
    refused: batch.refused.slice(0, uploadLimits.refused_shown).map(({ upload, name, code, details }) => ({
      ...{ name: name === upload.name ? name : `${upload.name}: ${name}`, folder: upload.folder, code, details },
    })),
    refused_count: batch.refused.length,
    missing: missingOf(batch),
  };
}

function lookStudy(uid: string, instances: readonly BatchInstance[], batch: Batch, studies: StudyTable): LookStudy {
  const [first] = instances as [BatchInstance];
  const known = studies.find('out', BY_HAND, uid);
  const patients = patientsOf(instances);
  const objects = new Set(
    instances.map(({ found: { header } }) => `${header.seriesInstanceUid} ${header.sopInstanceUid}`),
  );
  const { study_date, study_time, description, accession_number } = first.facts;
  return {
    ...{ study_uid: uid, patients, study_date, study_time, description, accession_number },
    modalities: [...new Set(instances.map(({ facts }) => facts.modality).filter((modality) => modality !== ''))],
    series: new Set(instances.map(({ found }) => found.header.seriesInstanceUid)).size,
    images: objects.size,
    size_bytes: instances.reduce((sum, { found }) => sum + found.sizeBytes, 0),
    repeated: batch.repeated.get(uid) ?? 0,
    contradictions: instances.length - objects.size,
    held: patients.length > 1 || (known !== undefined && isOtherPatient(known, first.facts)),
    id: known?.id ?? null,
  };
}

function patientsOf(instances: readonly BatchInstance[]): LookStudy['patients'] {
  const patients = new Map<string, LookStudy['patients'][number]>();
  for (const { facts } of instances) {
    const { patient_name: name, patient_id: id, patient_birth_date: birth_date, patient_sex: sex } = facts;
    const key = `${id}\0${name}`;
    const known = patients.get(key);
    if (known) known.images++;
    else patients.set(key, { name, id, birth_date, sex, images: 1 });
  }
  return [...patients.values()];
}

/** In the folder, or in the archive, of a DICOMDIR. */
function isOfMedium(upload: Upload, { directories }: Batch): boolean {
  return directories.some(
    ({ upload: medium }) =>
      medium.id === upload.id || (medium.folder !== '' && `${upload.folder}/`.startsWith(`${medium.folder}/`)),
  );
}

function missingOf(batch: Batch): number {
  const here = new Set([...batch.studies.values()].flat().map(({ found }) => found.header.sopInstanceUid));
  const named = new Set(batch.directories.flatMap(({ found }) => found.sopInstanceUids));
  return [...named].filter((uid) => !here.has(uid)).length;
}
