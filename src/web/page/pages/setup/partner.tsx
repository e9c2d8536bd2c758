import { useState } from 'preact/hooks';
import type { FindingAnswer, ReportAnswer } from '../../../probes/shapes.ts';
import { api } from '../../lib/api.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Spinner } from '../../parts/words.tsx';
import { AddPartner } from '../partners/add.tsx';
import { useSettings } from './settings.ts';
import { StepActions, StepCard, type StepProps } from './step.tsx';
import { TestLines, useTests } from './tests.tsx';

/** The first partner: key, comparison, names; then its key and the way there are tested. */
export function PartnerStep({ next, skip, reload }: StepProps) {
  const { value: answer, reload: again } = useSettings();
  const [adding, setAdding] = useState(false);
  const tests = useTests();
  if (!answer) return <Spinner />;
  const { partners } = answer.settings;
  const test = (id: string) => tests.action.run([{ title: id, run: () => testPartner(id) }]);
  const added = async (id: string) => {
    setAdding(false);
    await Promise.all([again(), reload()]);
    void test(id);
  };
  const isFirst = partners.length === 0;
  return (
    <StepCard place="partner" lead={t('setup.partner-lead')}>
      {isFirst || adding ? (
        <AddPartner onAdded={(id) => void added(id)} />
      ) : (
        <>
          <h3>{t('setup.partner-there')}</h3>
          <ul class="tests">
            {partners.map(({ id, name, address }) => (
              <li key={id}>
                <span>
                  <strong>{name}</strong> <small>{address}</small>
                </span>
                <Button busy={tests.action.busy} onClick={() => void test(id)}>
                  {t('setup.partner-test')}
                </Button>
              </li>
            ))}
          </ul>
          <FormProblems error={tests.action.error} />
          <TestLines tests={tests} />
        </>
      )}
      <StepActions {...(isFirst && { skip })}>
        {!isFirst && !adding && (
          <>
            <Button onClick={() => setAdding(true)}>{t('setup.partner-another')}</Button>
            <Button kind="primary" onClick={next}>
              {t('setup.next')}
            </Button>
          </>
        )}
      </StepActions>
    </StepCard>
  );
}

/** Key and way as one line: the first that fails speaks. */
async function testPartner(id: string): Promise<Omit<FindingAnswer, 'elapsed_ms'>> {
  const { checks } = await api.post<ReportAnswer>(`/api/probes/partner/${id}`);
  const worst = checks.find(({ state }) => state === 'fail') ?? checks.find(({ state }) => state === 'warn');
  if (worst) return { ...worst, words: `${worst.name}: ${worst.words}` };
  return { state: 'ok', words: checks.map(({ name, words }) => `${name}: ${words}`).join(' · ') };
}
