import { useEffect, useState } from 'preact/hooks';
import type { TrialAnswer } from '../../../probes/shapes.ts';
import type { SettingsAnswer } from '../../../routes/settings.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { spanText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Notice, Progress, Spinner } from '../../parts/words.tsx';
import { useSettings } from './settings.ts';
import { StepActions, StepCard, type StepProps, tellStep } from './step.tsx';

/** A test set to a partner, until its receipt is back; the page may be left meanwhile. */
export function TrialStep(props: StepProps) {
  const { value: answer } = useSettings();
  if (!answer) return <Spinner />;
  if (answer.settings.partners.length > 0) return <Trial {...props} partners={answer.settings.partners} />;
  return (
    <StepCard place="trial" lead={t('setup.trial-lead')}>
      <Notice tone="info">{t('setup.trial-nobody')}</Notice>
      <StepActions skip={props.skip} />
    </StepCard>
  );
}

type Partners = SettingsAnswer['settings']['partners'];

function Trial({ setup, next, skip, reload, partners }: StepProps & { partners: Partners }) {
  const [partner, setPartner] = useState(partners[0]!.id);
  const { value: trial, reload: look } = useLive<TrialAnswer>(setup.trial && `/api/probes/trials/${setup.trial}`, [
    'rows',
  ]);
  const isBack = trial?.finding != null && trial.finding.state !== 'fail';
  const isUnderWay = trial != null && trial.finding === null;
  const send = useAction(async () => {
    const sent = await api.post<TrialAnswer>(`/api/probes/trial/${partner}`);
    await tellStep('trial', 'open', sent.trial);
    await reload();
  });
  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [isUnderWay, look]);
  return (
    <StepCard place="trial" lead={t('setup.trial-lead')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send.run();
        }}
      >
        <FormProblems error={send.error} />
        <SelectField
          label={t('setup.trial-partner')}
          value={partner}
          onChange={setPartner}
          options={partners.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <div class="actions end">
          <Button type="submit" kind={isBack ? 'plain' : 'primary'} busy={send.busy} disabled={isUnderWay}>
            {trial ? t('setup.trial-again') : t('setup.trial-send')}
          </Button>
        </div>
      </form>
      <div role="status">{trial && <Standing trial={trial} />}</div>
      <StepActions {...(!isBack && { skip })}>
        <Button kind={isBack ? 'primary' : 'plain'} disabled={!isBack} onClick={next}>
          {t('setup.next')}
        </Button>
      </StepActions>
    </StepCard>
  );
}

/** Receipts come within seconds; where they do not, nobody need look more often. */
const LOOK_MS = 1_000;

function Standing({ trial: { finding, so_far, elapsed_ms } }: { trial: TrialAnswer }) {
  if (finding === null) {
    return (
      <div class="stack">
        <Progress value={0} label={t('setup.trial-under-way', { time: spanText(elapsed_ms) })} />
        {so_far && (
          <Notice tone="warn">
            <p>{so_far.words}</p>
            {so_far.advice && <p class="hint">{so_far.advice}</p>}
          </Notice>
        )}
        <p class="hint">{t('setup.trial-leave')}</p>
      </div>
    );
  }
  const isBack = finding.state !== 'fail';
  return (
    <Notice tone={isBack ? 'ok' : 'fail'} title={isBack ? t('setup.trial-back') : t('setup.trial-failed')}>
      <p>{finding.words}</p>
      {finding.advice && <p class="hint">{finding.advice}</p>}
    </Notice>
  );
}
