import { useEffect, useState } from 'preact/hooks';
import type { ReportAnswer, TrialAnswer } from '../../../probes/shapes.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { spanText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Notice } from '../../parts/words.tsx';

/** How often a test set is asked for its receipt. */
const ASK_MS = 1_000;

/** Whether studies would get there: the key, the way, and a test set whose receipt comes back. */
export function TestPartner({ id }: { id: string }) {
  const [report, setReport] = useState<ReportAnswer | null>(null);
  const [trial, setTrial] = useState<TrialAnswer | null>(null);
  const check = useAction(async () => {
    setReport(null);
    setReport(await api.post<ReportAnswer>(`/api/probes/partner/${id}`));
  });
  const send = useAction(async () => setTrial(await api.post<TrialAnswer>(`/api/probes/trial/${id}`)));
  useFollowing(trial, setTrial);
  return (
    <Card title={t('partners.test')}>
      <div class="stack">
        <p>{t('partners.test-words')}</p>
        <div class="actions">
          <Button onClick={() => check.run()} busy={check.busy}>
            {t('partners.test-way')}
          </Button>
          <Button kind="primary" icon="send" onClick={() => send.run()} busy={send.busy || trial?.finding === null}>
            {t('partners.test-send')}
          </Button>
        </div>
        <FormProblems error={check.error ?? send.error} />
        {report?.checks.map(({ name, state, words, advice }) => (
          <Notice key={name} tone={state} title={name} live>
            <p>{words}</p>
            {advice && <p>{advice}</p>}
          </Notice>
        ))}
        {trial && <Trial trial={trial} />}
      </div>
    </Card>
  );
}

/** Asks for the test set until it has ended, or the page is left. A box that does not answer is asked again. */
function useFollowing(trial: TrialAnswer | null, onAnswer: (trial: TrialAnswer) => void): void {
  const waiting = trial !== null && trial.finding === null ? trial.trial : null;
  useEffect(() => {
    if (waiting === null) return;
    let isOver = false;
    const timer = setInterval(() => {
      void api.get<TrialAnswer>(`/api/probes/trials/${waiting}`).then(
        (answer) => isOver || onAnswer(answer),
        () => {},
      );
    }, ASK_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [waiting]);
}

function Trial({ trial: { finding, so_far, elapsed_ms } }: { trial: TrialAnswer }) {
  if (finding === null) {
    return (
      <Notice tone="info">
        <p>{t('partners.test-waiting', { time: spanText(elapsed_ms) })}</p>
        {so_far && <p>{so_far.words}</p>}
        {so_far?.advice && <p>{so_far.advice}</p>}
      </Notice>
    );
  }
  return (
    <Notice tone={finding.state} live>
      <p>{finding.words}</p>
      {finding.advice && <p>{finding.advice}</p>}
      <p>{t('partners.test-took', { time: spanText(elapsed_ms) })}</p>
    </Notice>
  );
}
