import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { StudyLine } from '../../studies/answers.ts';
import { bytesText, dicomDateText, momentText, numberText } from '../lib/format.ts';
import { t } from '../lib/texts.ts';
import { Button } from '../parts/button.tsx';
import { Failure } from '../parts/failures.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { Table } from '../parts/table.tsx';
import { Badge, Empty, Spinner } from '../parts/words.tsx';
import { useFound } from './studies/found.ts';
import { NOTHING_WANTED, rememberedSearch, rememberSearch, searchOfLink, type Wanted } from './studies/search.ts';
import { SearchForm } from './studies/search-form.tsx';
import { patientText, StageBadge, StageProgress, wayText } from './studies/words.tsx';
import './studies/studies.css';

/** Where every study is. */
export default function StudiesPage() {
  const { query } = useLocation();
  const [wanted, setWanted] = useState<Wanted>(() => searchOfLink(query) ?? rememberedSearch() ?? NOTHING_WANTED);
  const { studies, more, error, reload, loadMore } = useFound(wanted);
  const search = (next: Wanted) => {
    rememberSearch(next);
    setWanted({ ...next });
  };
  return (
    <Page title={t('studies.title')}>
      <Card>
        <SearchForm wanted={wanted} error={error} onSearch={search} />
      </Card>
      {error && error.problems.length === 0 && <Failure error={error} onRetry={reload} />}
      {!studies && !error && <Spinner />}
      {studies && (
        <Card>
          <p class="unseen" role="status">
            {t(more ? 'studies.found-more' : 'studies.found', { count: numberText(studies.length) })}
          </p>
          <Table
            caption={t('studies.list')}
            head={[
              t('studies.patient'),
              t('studies.examination'),
              t('studies.way'),
              t('studies.amount'),
              t('studies.state'),
              t('studies.latest'),
            ]}
            rows={studies.map((study) => ({ key: study.id, cells: cellsOf(study) }))}
            empty={<Nothing isSearch={wanted !== NOTHING_WANTED} />}
          />
          {more && (
            <div class="actions end">
              <Button onClick={loadMore}>{t('common.more')}</Button>
            </div>
          )}
        </Card>
      )}
    </Page>
  );
}

function cellsOf(study: StudyLine) {
  const { id, patient, modality, description, accession_number, stage, urgent, last_ms, items, size_bytes } = study;
  return [
    <div key="patient" class="study-words">
      <a href={`/studies/${id}`}>{patientText(study)}</a>
      <small>{[patient.id, dicomDateText(patient.birth_date)].filter(Boolean).join(' · ')}</small>
    </div>,
    <div key="examination" class="study-words">
      <span>{[modality, description].filter(Boolean).join(' · ') || '–'}</span>
      {accession_number && <small>{accession_number}</small>}
    </div>,
    wayText(study),
    <div key="amount" class="study-words in-one-line">
      <span>{t('studies.objects', { count: items })}</span>
      <small>{bytesText(size_bytes)}</small>
    </div>,
    <div key="stage" class="study-words">
      <span>
        <StageBadge stage={stage} /> {urgent && <Badge tone="warn">{t('studies.urgent')}</Badge>}
      </span>
      <StageProgress study={study} />
    </div>,
    momentText(last_ms),
  ];
}

function Nothing({ isSearch }: { isSearch: boolean }) {
  return isSearch ? (
    <Empty title={t('studies.nothing-found')}>
      <p>{t('studies.nothing-found-words')}</p>
    </Empty>
  ) : (
    <Empty title={t('studies.none')}>
      <p>{t('studies.none-words')}</p>
    </Empty>
  );
}
