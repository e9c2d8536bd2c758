import { useState } from 'preact/hooks';
import type { PartnerView } from '../../../partners/partner-view.ts';
import type { ApiError } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import { problemAt } from '../../lib/problems.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextField } from '../../parts/fields.tsx';
import { groups, NOTHING_WANTED, type Wanted } from './search.ts';

/** What is looked for. It counts once it is sent off, so that the list does not change under whoever types. */
export function SearchForm({ wanted, error, onSearch }: SearchFormProps) {
  const [draft, setDraft] = useState(wanted);
  const { value } = useLive<{ partners: PartnerView[] }>('/api/partners', ['settings']);
  const set = <Key extends keyof Wanted>(key: Key) => {
    return (to: string) => setDraft((before) => ({ ...before, [key]: to }));
  };
  const text = (key: 'name' | 'patientId' | 'accession', at: string, maxLength: number) => ({
    ...{ value: draft[key], onChange: set(key), maxLength, at: [at], problem: problemAt(error?.problems, at) },
    type: 'search' as const,
  });
  const partners = (value?.partners ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const { name: _name, group: _group, ...others } = wanted;
  const isDetailed = Object.values(others).some((value) => value !== '');
  return (
    <search aria-label={t('studies.find')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(draft);
        }}
      >
        <div class="search-fields">
          <TextField label={t('studies.name')} placeholder={t('studies.name-hint')} {...text('name', 'name', 100)} />
          <SelectField
            label={t('studies.state')}
            value={draft.group}
            onChange={set('group')}
            options={[
              { value: '', label: t('studies.state-all') },
              ...groups.map((group) => ({ value: group, label: t(`studies.state-${group}`) })),
            ]}
          />
          <div class="actions">
            <Button type="submit" kind="primary">
              {t('common.search')}
            </Button>
            <Button
              onClick={() => {
                setDraft(NOTHING_WANTED);
                onSearch(NOTHING_WANTED);
              }}
            >
              {t('studies.reset')}
            </Button>
          </div>
        </div>
        <details open={isDetailed}>
          <summary>{t('studies.more-fields')}</summary>
          <div class="search-fields">
            <TextField label={t('studies.patient-id')} {...text('patientId', 'patient_id', 64)} />
            <TextField label={t('studies.accession')} {...text('accession', 'accession', 64)} />
            <SelectField
              label={t('studies.direction')}
              value={draft.direction}
              onChange={set('direction')}
              options={[
                { value: '', label: t('studies.both') },
                { value: 'out', label: t('studies.out') },
                { value: 'in', label: t('studies.in') },
              ]}
            />
            <SelectField
              label={t('studies.partner')}
              value={draft.partner}
              onChange={set('partner')}
              options={[{ value: '', label: t('studies.all-partners') }, ...partners]}
            />
            <TextField label={t('studies.from')} type="date" value={draft.from} onChange={set('from')} />
            <TextField label={t('studies.to')} type="date" value={draft.to} onChange={set('to')} />
          </div>
        </details>
      </form>
    </search>
  );
}

interface SearchFormProps {
  wanted: Wanted;
  error: ApiError | null;
  onSearch: (wanted: Wanted) => void;
}
