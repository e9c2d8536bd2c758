import { useLocation } from 'preact-iso';
import { api } from '../../lib/api.ts';
import { refreshState } from '../../lib/enter.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Facts } from '../../parts/layout.tsx';
import { Badge, Notice } from '../../parts/words.tsx';
import { StepActions, StepCard, type StepProps } from './step.tsx';

const TONES = { done: 'ok', skipped: 'plain', open: 'warn' } as const;

/** What is there and what is not; then the wizard is offered no more. */
export function EndStep({ setup }: StepProps) {
  const { route } = useLocation();
  const isWhole = setup.steps.every(({ state }) => state === 'done');
  const finish = async () => {
    await api.put('/api/setup/finished');
    await refreshState();
    route('/');
  };
  return (
    <StepCard place="end" lead={t('setup.end-lead')}>
      <Notice tone={isWhole ? 'ok' : 'info'}>{isWhole ? t('setup.end-fine') : t('setup.end-open')}</Notice>
      <Facts
        rows={setup.steps.map(({ step, state }) => [
          <a key={step} href={`/setup?step=${step}`}>
            {t(`setup.step-${step}`)}
          </a>,
          <Badge key="state" tone={TONES[state]}>
            {t(`setup.state-${state}`)}
          </Badge>,
        ])}
      />
      <Notice tone="info">
        <p>{t('setup.end-backup')}</p>
        <a href="/system/backup">{t('setup.end-backup-link')}</a>
      </Notice>
      <StepActions>
        <Button kind="primary" onClick={finish}>
          {t('setup.end-finish')}
        </Button>
      </StepActions>
    </StepCard>
  );
}
