import { useState } from 'preact/hooks';
import type { LookAnswer } from '../../../routes/send.ts';
import type { StudyList } from '../../../studies/answers.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { dicomDateText, dicomNameText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { type Choice, homeOf } from './order.ts';

const ELSEWHERE = 'elsewhere';
const FOUND = 10;

interface HomeProps {
  look: LookAnswer;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** The study that documents belong to: one of the files, or one that is here already. Nothing is guessed. */
export function HomeOfDocuments({ look, choice, onChange }: HomeProps) {
  const [isSearching, setSearching] = useState(false);
  const going = look.studies.filter(({ study_uid }) => choice.studies.has(study_uid));
  const isElsewhere = choice.homeName !== '' || isSearching || going.length === 0;
  const options = [
    ...(homeOf(choice) === '' && !isElsewhere ? [{ value: '', label: t('send.home-choose') }] : []),
    ...going.map(({ study_uid, patients, description, study_date }) => ({
      value: study_uid,
      label: studyText(patients[0]?.name ?? '', description, study_date),
    })),
    { value: ELSEWHERE, label: t('send.home-elsewhere') },
  ];
  return (
    <div class="home">
      {going.length > 0 && (
        <SelectField
          label={t('send.home')}
          value={isElsewhere ? ELSEWHERE : homeOf(choice)}
          options={options}
          onChange={(value) => {
            setSearching(value === ELSEWHERE);
            onChange({ ...choice, home: value === ELSEWHERE ? '' : value, homeName: '' });
          }}
        />
      )}
      {isElsewhere && <StudySearch choice={choice} onChange={onChange} />}
    </div>
  );
}

const studyText = (name: string, description: string, date: string) =>
  [dicomNameText(name), description, date === '' ? '' : dicomDateText(date)].filter((word) => word !== '').join(' · ');

function StudySearch({ choice, onChange }: Omit<HomeProps, 'look'>) {
  const [name, setName] = useState('');
  const [found, setFound] = useState<StudyList['studies'] | null>(null);
  const search = useAction(async () => {
    const answer = await api.post<StudyList>('/api/studies/search', { name: name.trim(), limit: FOUND });
    setFound(answer.studies);
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') void search.run();
      }}
    >
      {choice.homeName !== '' && <p>{t('send.home-is', { name: choice.homeName })}</p>}
      <FormProblems error={search.error} />
      <TextField
        label={t('send.home-search')}
        type="search"
        value={name}
        onChange={setName}
        maxLength={100}
        onBlur={() => {}}
      />
      <div class="actions">
        <Button type="submit" icon="search" busy={search.busy}>
          {t('send.home-find')}
        </Button>
      </div>
      <div role="status">{found?.length === 0 && <p>{t('send.home-none')}</p>}</div>
      {found && found.length > 0 && (
        <fieldset class="group">
          <legend>{t('send.home-found')}</legend>
          {found.map(({ id, patient, description, study_date, modality }) => {
            const label = studyText(patient.name, [modality, description].join(' ').trim(), study_date);
            return (
              <label key={id} class="radio">
                <input
                  type="radio"
                  name="home"
                  checked={choice.home === id}
                  onChange={() => onChange({ ...choice, home: id, homeName: label })}
                />
                <span>
                  {label} <span class="hint">{patient.id}</span>
                </span>
              </label>
            );
          })}
        </fieldset>
      )}
    </form>
  );
}
