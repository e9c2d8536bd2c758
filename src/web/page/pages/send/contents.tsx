import { useEffect, useState } from 'preact/hooks';
import type { LookAnswer } from '../../../routes/send.ts';
import { ApiError, api } from '../../lib/api.ts';
import { bytesText, dicomDateText, dicomNameText, numberText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { CheckField } from '../../parts/fields.tsx';
import { Card } from '../../parts/layout.tsx';
import { Badge, Notice, Spinner } from '../../parts/words.tsx';
import { batch } from './batch.ts';
import { useTotals } from './files.tsx';
import { HomeOfDocuments } from './home.tsx';
import type { Choice } from './order.ts';

type Study = LookAnswer['studies'][number];

/** How soon it is asked again while archives are being expanded. */
const AGAIN_MS = 1_000;

/** What is in the uploads, once all of them are there; null while it is not known. */
export function useContents(): { look: LookAnswer | null; error: ApiError | null; reload: () => Promise<void> } {
  const { files, done, failed } = useTotals();
  const [look, setLook] = useState<LookAnswer | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [turn, setTurn] = useState(0);
  const isThere = !batch.gathering.value && done > 0 && done + failed === files;
  const ids = isThere ? batch.entries.flatMap(({ id, state }) => (state === 'done' && id !== null ? id : [])) : [];
  const key = ids.join(' ');
  useEffect(() => {
    setLook(null);
    setError(null);
    if (key === '') return;
    let isStale = false;
    const read = async () => {
      try {
        for (;;) {
          const answer = await api.post<LookAnswer>('/api/send/look', { uploads: ids });
          if (isStale) return;
          if (answer.pending === 0) return setLook(answer);
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        }
      } catch (thrown) {
        if (!(thrown instanceof ApiError)) throw thrown;
        if (!isStale) setError(thrown);
      }
    };
    void read();
    return () => {
      isStale = true;
    };
  }, [key, turn]);
  const reload = async () => {
    // A page that stayed open for a day: the box has forgotten the files, the browser has not.
    if (error?.code === 'upload-unknown') batch.retry({ all: true });
    setTurn(turn + 1);
  };
  return { look, error, reload };
}

interface ContentsProps {
  contents: ReturnType<typeof useContents>;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** What was recognised, with the patient of each study: a person looks before it goes. */
export function Contents({ contents, choice, onChange }: ContentsProps) {
  const { files, done, failed } = useTotals();
  const { look, error, reload } = contents;
  return (
    <Card title={t('send.contents')}>
      {error && <Failure error={error} onRetry={reload} />}
      {!error && !look && (
        <div class="found-later">
          {files > 0 && done + failed === files && !batch.gathering.value ? (
            <Spinner label={t('send.looking')} />
          ) : (
            <p class="hint">{t('send.contents-later')}</p>
          )}
        </div>
      )}
      {look && <Recognised look={look} choice={choice} onChange={onChange} />}
    </Card>
  );
}

function Recognised({ look, choice, onChange }: Omit<ContentsProps, 'contents'> & { look: LookAnswer }) {
  const patients = new Set(look.studies.flatMap((study) => study.patients.map(({ id, name }) => `${id}\0${name}`)));
  return (
    <div class="stack">
      {look.studies.length === 0 && look.documents.length === 0 && <Notice tone="fail">{t('send.nothing')}</Notice>}
      {patients.size > 1 && <Notice tone="warn">{t('send.several-patients', { count: patients.size })}</Notice>}
      {look.missing > 0 && <Notice tone="warn">{t('send.missing', { count: look.missing })}</Notice>}
      {look.studies.length > 0 && (
        <ul class="found">
          {look.studies.map((study) => (
            <StudyLine key={study.study_uid} study={study} choice={choice} onChange={onChange} />
          ))}
        </ul>
      )}
      <Documents look={look} choice={choice} onChange={onChange} />
      <Refused look={look} />
    </div>
  );
}

const toggled = (set: ReadonlySet<string>, key: string, isOn: boolean) => {
  const next = new Set(set);
  if (isOn) next.add(key);
  else next.delete(key);
  return next;
};

function StudyLine({ study, choice, onChange }: Omit<ContentsProps, 'contents'> & { study: Study }) {
  const { study_uid, patients, images, series, size_bytes, modalities, description, accession_number } = study;
  const when = study.study_date === '' ? '' : dicomDateText(study.study_date);
  return (
    <li>
      <CheckField
        label={
          <span class="patient">
            {patients.map((patient) => (
              <span key={`${patient.id} ${patient.name}`}>{patientText(patient)}</span>
            ))}
          </span>
        }
        value={choice.studies.has(study_uid)}
        onChange={(isOn) => onChange({ ...choice, studies: toggled(choice.studies, study_uid, isOn) })}
      />
      <div class="found-more">
        <p>{[modalities.join(' '), description, when, accession_number].filter((word) => word !== '').join(' · ')}</p>
        <p class="hint">{t('send.study-size', { images, series: numberText(series), size: bytesText(size_bytes) })}</p>
        {study.held && <Notice tone="warn">{t('send.two-patients')}</Notice>}
        {study.contradictions > 0 && (
          <Notice tone="warn">{t('send.contradictions', { count: study.contradictions })}</Notice>
        )}
        {study.repeated > 0 && <p class="hint">{t('send.repeated', { count: study.repeated })}</p>}
        {study.id !== null && (
          <p>
            <Badge tone="info">{t('send.known')}</Badge> <a href={`/studies/${study.id}`}>{t('send.known-link')}</a>
          </p>
        )}
      </div>
    </li>
  );
}

/** The patient as people write one: name, sex, date of birth, number. */
export function patientText({ name, id, birth_date, sex }: Study['patients'][number]): string {
  const who = `${dicomNameText(name) || t('send.no-name')}${sex === '' ? '' : ` (${sex})`}`;
  const born = birth_date === '' ? [] : [t('send.born', { date: dicomDateText(birth_date) })];
  return [who, ...born, id === '' ? t('send.no-id') : t('send.patient-id', { id })].join(', ');
}

function Documents({ look, choice, onChange }: Omit<ContentsProps, 'contents'> & { look: LookAnswer }) {
  if (look.documents.length === 0) return null;
  return (
    <section>
      <h3>{t('send.documents')}</h3>
      <ul class="found">
        {look.documents.map(({ key, name, folder, media_type, size_bytes, of_medium }) => (
          <li key={key}>
            <CheckField
              label={folder === '' ? name : `${folder}/${name}`}
              description={[
                media_type.replace(/^.*\//, '').toUpperCase(),
                bytesText(size_bytes),
                ...(of_medium ? [t('send.of-medium')] : []),
              ].join(', ')}
              value={choice.documents.has(key)}
              onChange={(isOn) => onChange({ ...choice, documents: toggled(choice.documents, key, isOn) })}
            />
          </li>
        ))}
      </ul>
      {choice.documents.size > 0 && <HomeOfDocuments look={look} choice={choice} onChange={onChange} />}
    </section>
  );
}

function Refused({ look }: { look: LookAnswer }) {
  if (look.refused_count === 0) return null;
  return (
    <Notice tone="warn" title={t('send.refused', { count: look.refused_count })}>
      <ul>
        {look.refused.map(({ name, folder, message }, index) => (
          <li key={index}>
            {folder === '' ? name : `${folder}/${name}`}: {message}
          </li>
        ))}
      </ul>
      {look.refused_count > look.refused.length && (
        <p>{t('send.and-more', { count: look.refused_count - look.refused.length })}</p>
      )}
    </Notice>
  );
}
