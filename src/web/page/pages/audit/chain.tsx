import type { ChainAnswer } from '../../../routes/audit.ts';
import { api } from '../../lib/api.ts';
import { momentText, numberText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Failure } from '../../parts/failures.tsx';
import { Card, Facts } from '../../parts/layout.tsx';
import { Badge, Notice, Spinner } from '../../parts/words.tsx';

/** Whether the audit was tampered with, and what that can tell and cannot. */
export function Chain() {
  const { value, error, reload } = useLive<ChainAnswer>('/api/audit/chain', []);
  const check = async () => {
    await api.post<ChainAnswer>('/api/audit/chain');
    await reload();
  };
  return (
    <Card title={t('audit.chain')} actions={<Button onClick={check}>{t('audit.check-now')}</Button>}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <>
          <Found state={value} />
          <details>
            <summary>{t('audit.details')}</summary>
            <p class="hint">{t('audit.chain-words')}</p>
            <Facts
              rows={[
                [t('audit.chain-checked'), value.checked_ms === null ? '–' : momentText(value.checked_ms)],
                [t('audit.chain-end'), numberText(value.end.id)],
                [
                  t('audit.chain-hash'),
                  <code key="hash" class="mono">
                    {value.end.hash || '–'}
                  </code>,
                ],
              ]}
            />
          </details>
        </>
      )}
    </Card>
  );
}

function Found({ state }: { state: ChainAnswer }) {
  if (state.brokenAt !== null) {
    return (
      <Notice tone="fail" title={t('audit.chain-broken', { row: state.brokenAt })}>
        <p>{t('audit.chain-broken-words')}</p>
      </Notice>
    );
  }
  return (
    <p role="status">
      {state.checked_ms === null ? (
        t('audit.chain-checking')
      ) : (
        <Badge tone="ok">{t('audit.chain-sound', { count: numberText(state.rows) })}</Badge>
      )}
    </p>
  );
}
