import { told, untell } from '../lib/tell.ts';
import { t } from '../lib/texts.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

/** What was said in passing, at the lower edge. The region is always there: only then do screen readers hear what comes. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {told.value.map(({ id, tone, words }) => (
        <div key={id} class={`toast ${tone}`}>
          <Icon name={tone} />
          <span>{words}</span>
          <Button kind="quiet" icon="close" label={t('common.close')} onClick={() => untell(id)} />
        </div>
      ))}
    </div>
  );
}
