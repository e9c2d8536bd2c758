import { useState } from 'preact/hooks';
import type { Settings } from '../../../../config/schema.ts';
import type { TriedRules } from '../../../routes/rules.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { dicomNameText, momentText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Table } from '../../parts/table.tsx';
import { Badge, Empty } from '../../parts/words.tsx';
import { partnerNames } from './words.ts';
import '../partners/partners.css';

type Study = TriedRules['studies'][number];

/** Where the last studies went, and where they would go by the rules as they stand on the page. */
export function TryRules({ draft }: { draft: Settings }) {
  const [tried, setTried] = useState<TriedRules | null>(null);
  const run = useAction(async () => {
    setTried(await api.post<TriedRules>('/api/rules/try', { routes: draft.routes }));
  });
  const row = (study: Study) => ({
    key: study.id,
    cells: [
      <div key="study" class="lines">
        <span>{dicomNameText(study.patient) || '–'}</span>
        <span class="hint">{[momentText(study.came_ms), study.description].filter(Boolean).join(', ')}</span>
      </div>,
      [study.modality, `${study.callingAe} → ${study.calledAe}`].filter(Boolean).join(', '),
      partnerNames(draft, study.went) || t('rules.try-nobody'),
      <Would key="would" draft={draft} study={study} />,
      study.rules.join(', ') || t('rules.try-by-title'),
    ],
  });
  return (
    <Card title={t('rules.try')}>
      <p>{t('rules.try-words')}</p>
      <div class="actions">
        <Button onClick={() => run.run()} busy={run.busy}>
          {t('rules.try')}
        </Button>
      </div>
      <FormProblems error={run.error} />
      <div aria-live="polite">
        {tried && (
          <Table
            caption={t('rules.try')}
            head={[
              t('rules.try-study'),
              t('rules.try-facts'),
              t('rules.try-went'),
              t('rules.try-would'),
              t('rules.try-rules'),
            ]}
            rows={tried.studies.map(row)}
            empty={<Empty title={t('rules.try-none')} />}
          />
        )}
      </div>
    </Card>
  );
}

function Would({ draft, study }: { draft: Settings; study: Study }) {
  const differs = [...study.went].sort().join() !== [...study.would].sort().join();
  return (
    <div class="lines">
      <span>{partnerNames(draft, study.would) || t('rules.try-nobody')}</span>
      {differs && <Badge tone="warn">{t('rules.try-differs')}</Badge>}
      {study.urgent && <Badge tone="info">{t('rules.urgent')}</Badge>}
    </div>
  );
}
