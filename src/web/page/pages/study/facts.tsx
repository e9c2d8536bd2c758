import type { StudyDetails } from '../../../studies/answers.ts';
import { dicomDateText, momentText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Card, Facts } from '../../parts/layout.tsx';
import { amountText, patientText, wayText } from '../studies/words.tsx';

const SEXES: Readonly<Record<string, 'f' | 'm' | 'o'>> = { F: 'f', M: 'm', O: 'o' };
/** An AE title has at most 16 characters (PS3.5 §6.2); what is longer was not called: a person sent it. */
const AE_TITLE_CHARACTERS = 16;

/** What its header says, and what came. */
export function StudyFacts({ study }: { study: StudyDetails }) {
  const { patient, direction, origin } = study;
  const sex = SEXES[patient.sex];
  const called = origin.length > AE_TITLE_CHARACTERS ? t('study.by-hand') : origin;
  const rows: [string, string][] = [
    [t('studies.patient'), patientText(study)],
    [t('studies.patient-id'), patient.id],
    [t('study.birth-date'), dicomDateText(patient.birth_date)],
    [t('study.sex'), sex ? t(`study.sex-${sex}`) : patient.sex],
    [t('studies.accession'), study.accession_number],
    [t('study.date'), dicomDateText(study.study_date)],
    [t('study.description'), study.description],
    [t('study.modality'), study.modality],
    [t('studies.amount'), amountText(study)],
    [t('studies.way'), wayText(study)],
    [t('study.calling-ae'), study.calling_ae],
    ...(direction === 'out' ? ([[t('study.called-ae'), called]] as [string, string][]) : []),
    [t('study.first'), momentText(study.first_ms)],
    [t('studies.latest'), momentText(study.last_ms)],
    [t('study.uid'), study.study_uid],
  ];
  return (
    <Card title={t('study.facts')}>
      <Facts rows={rows.filter(([, value]) => value !== '')} />
    </Card>
  );
}
