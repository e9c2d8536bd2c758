import type { KeyView } from '../../../partners/key-view.ts';
import { useLive } from '../../lib/live.ts';
import { t } from '../../lib/texts.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import { KeyFacts } from '../partners/key-card.tsx';
import { StepActions, StepCard, type StepProps } from './step.tsx';

/** The box's own key, which it made when it started: to be compared with partners and given to them. */
export function KeyStep({ next }: StepProps) {
  const { value: key, error } = useLive<KeyView>('/api/key', ['settings', 'house']);
  return (
    <StepCard place="key" lead={t('setup.key-lead')}>
      {error && <Notice tone="fail">{error.message}</Notice>}
      {key ? <KeyFacts shown={key} /> : <Spinner />}
      <div class="actions">
        <LinkButton href="/api/key/file" icon="download" download>
          {t('setup.key-file')}
        </LinkButton>
        <LinkButton href="/api/key/partner-file" icon="download" download>
          {t('setup.key-partner-file')}
        </LinkButton>
      </div>
      <p class="hint">{t('setup.key-warning')}</p>
      <StepActions>
        <Button kind="primary" onClick={next} disabled={!key}>
          {t('setup.next')}
        </Button>
      </StepActions>
    </StepCard>
  );
}
