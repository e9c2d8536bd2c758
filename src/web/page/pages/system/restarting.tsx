import { signal } from '@preact/signals';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';

const LOOK_MS = 1_000;
/** The box goes away within a moment after it has answered; one that was quicker than we look has been away too. */
const AWAY_BY_MS = 8_000;
/** Longer than any restart of the box: the certificate or the port must be others now. */
const LONG_MS = 60_000;
/** Longer than any restart of the machine. */
export const MACHINE_MS = 240_000;

const waiting = signal<'no' | 'soon' | 'long'>('no');

/** The box was told to start anew: waits until it is back, and loads the page afresh. Draw `Restarting` somewhere. */
export function awaitRestart(long_ms = LONG_MS): void {
  waiting.value = 'soon';
  const begun = performance.now();
  let wasAway = false;
  const look = async () => {
    const passed_ms = performance.now() - begun;
    if (passed_ms > long_ms) waiting.value = 'long';
    const isThere = await fetch('/api/state', { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    // A machine takes a while to go down; the box alone may be quicker than we look.
    wasAway ||= !isThere || (passed_ms > AWAY_BY_MS && long_ms === LONG_MS);
    if (isThere && wasAway) location.assign('/');
    else setTimeout(() => void look(), LOOK_MS);
  };
  setTimeout(() => void look(), LOOK_MS);
}

const close = () => {
  waiting.value = 'no';
};

/** Over everything else while the box starts anew. */
export function Restarting() {
  if (waiting.value === 'no') return null;
  return (
    <Dialog title={t('system.restarting')} onClose={close}>
      <p>{t('system.restarting-words')}</p>
      <Spinner />
      {waiting.value === 'long' && (
        <Notice tone="warn" live>
          <p>{t('system.restarting-long')}</p>
          <Button onClick={() => location.assign('/')}>{t('common.reload')}</Button>
        </Notice>
      )}
    </Dialog>
  );
}
