import type { Route } from '../config/schema.ts';
import type { Header } from '../dicom/header.ts';
import type { StudyFacts, StudyRow } from '../store/studies.ts';

/** An attribute that a rule may ask for, by its keyword (PS3.6). */
export type RoutingTag = Route['when']['tags'][number]['keyword'];
export type TagValues = Readonly<Partial<Record<RoutingTag, readonly string[]>>>;

/** More different values of one attribute than this no study needs (a body part for each of its series). */
const VALUES_KEPT = 16;

/** Attributes of which a study has nowhere else to be remembered. */
const REMEMBERED = {
  InstitutionName: 'institutionName',
  InstitutionalDepartmentName: 'departmentName',
  StationName: 'stationName',
  ReferringPhysicianName: 'referringPhysicianName',
  BodyPartExamined: 'bodyPartExamined',
} as const satisfies Partial<Record<RoutingTag, keyof Header>>;

/** What the box remembers of a study, from the header of one instance; of none, where there is none or it cannot be read. */
export function factsOf(header: Partial<Header> | null, o: { studyUid: string; callingAe: string }): StudyFacts {
  return {
    study_uid: o.studyUid,
    calling_ae: o.callingAe,
    patient_name: header?.patientName ?? '',
    patient_id: header?.patientId ?? '',
    patient_birth_date: header?.patientBirthDate ?? '',
    patient_sex: header?.patientSex ?? '',
    accession_number: header?.accessionNumber ?? '',
    study_date: header?.studyDate ?? '',
    study_time: header?.studyTime ?? '',
    description: header?.studyDescription ?? '',
    modality: header?.modality ?? '',
    tags: JSON.stringify(
      Object.fromEntries(
        Object.entries(REMEMBERED).flatMap(([keyword, field]) => {
          const values = valuesOf(header?.[field] ?? '');
          return values.length > 0 ? [[keyword, values]] : [];
        }),
      ),
    ),
  };
}

/** What rules may ask of a study as far as it has come. */
export function tagsOf(study: Pick<StudyRow, 'description' | 'accession_number' | 'patient_id' | 'tags'>): TagValues {
  return {
    ...(JSON.parse(study.tags) as TagValues),
    StudyDescription: valuesOf(study.description),
    AccessionNumber: valuesOf(study.accession_number),
    PatientID: valuesOf(study.patient_id),
  };
}

/** What is remembered (`tags` of the row) once another instance has come; the very text where that brought nothing new. */
export function tagsWith(before: string, more: string): string {
  if (before === more || more === '{}') return before;
  const [known, added] = [JSON.parse(before) as TagValues, JSON.parse(more) as TagValues];
  const merged: Record<string, readonly string[]> = { ...known };
  for (const [keyword, values] of Object.entries(added)) {
    merged[keyword] = [...new Set([...(merged[keyword] ?? []), ...values])].slice(0, VALUES_KEPT);
  }
  return JSON.stringify(merged);
}

/** PS3.5 §6.2: several values of one element stand between backslashes. */
function valuesOf(text: string): string[] {
  return text.split('\\').flatMap((value) => value.trim() || []);
}
