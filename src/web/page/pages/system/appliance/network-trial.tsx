import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { ApplianceAnswer, OrderedAnswer } from '../../../../appliance/answers.ts';
import { api } from '../../../lib/api.ts';
import { tell } from '../../../lib/tell.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { Notice } from '../../../parts/words.tsx';

/** The box changes its address within a moment; until it has, an answer from the old one proves nothing. */
const SETTLED_MS = 8_000;
const LOOK_MS = 2_000;

interface Ordered extends OrderedAnswer {
  readonly since_ms: number;
}

/** The change that was ordered on this page and is not decided yet; it outlives the card, which may lose the box. */
export const ordered = signal<Ordered | null>(null);

export function order(answer: OrderedAnswer): void {
  ordered.value = { ...answer, since_ms: performance.now() };
}

/**
 * Counts down while a change of the network is on trial. The link leads to the new address, with a token by which that page
 * confirms the change; where the box goes on answering here, this page does so itself.
 */
export function Trial({ network, reload }: TrialProps) {
  const left_s = useLeft(network.reverts_s);
  const isOver = left_s === 0;
  const keep = async () => {
    await api.post('/api/appliance/network/keep');
    ordered.value = null;
    tell('ok', t('appliance.kept'));
    await reload();
  };
  useEffect(() => {
    const beat = setInterval(() => void reload(), LOOK_MS);
    return () => clearInterval(beat);
  }, [reload]);
  const isHere = network.reverts_s !== null && !network.applying;
  const isSettled = performance.now() - (ordered.value?.since_ms ?? Number.POSITIVE_INFINITY) > SETTLED_MS;
  useEffect(() => {
    if (isHere && isSettled) void keep().catch(() => {});
    // It was not made, or somebody decided elsewhere.
    if (isSettled && !network.applying && network.reverts_s === null) ordered.value = null;
  }, [isSettled, network]);
  return (
    <Notice tone="warn" title={t('appliance.trial')} live>
      {network.applying && <p>{t('appliance.trial-applying')}</p>}
      <p>{isOver ? t('appliance.trial-over') : t('appliance.trial-left', { seconds: left_s })}</p>
      {ordered.value && !isOver && <Ways ordered={ordered.value} />}
      <div class="actions">
        {isHere && <Button onClick={keep}>{t('appliance.keep')}</Button>}
        {isOver && <Button onClick={dismiss}>{t('common.close')}</Button>}
      </div>
    </Notice>
  );
}

interface TrialProps {
  network: NonNullable<ApplianceAnswer['machine']>['network'];
  reload: () => Promise<void>;
}

function dismiss(): void {
  ordered.value = null;
}

function Ways({ ordered: { addresses, token } }: { ordered: Ordered }) {
  return (
    <>
      <p>{t('appliance.trial-link')}</p>
      <ul>
        {addresses.map((address) => (
          <li key={address}>
            <a href={`${address}#keep-network=${token}`} target="_blank" rel="noreferrer">
              {address}
            </a>
          </li>
        ))}
      </ul>
      <p class="hint">{t('appliance.trial-warning')}</p>
      <p class="hint">{t('appliance.trial-here')}</p>
    </>
  );
}

/** Seconds that are left, by the box's word or, while it cannot be heard, by our own clock. */
function useLeft(reverts_s: number | null): number {
  const [, setBeat] = useState(0);
  useEffect(() => {
    const beat = setInterval(() => setBeat((count) => count + 1), 1_000);
    return () => clearInterval(beat);
  }, []);
  const [told, setTold] = useState({ reverts_s, at_ms: performance.now() });
  if (told.reverts_s !== reverts_s) setTold({ reverts_s, at_ms: performance.now() });
  const { since_ms, within_s } = ordered.value ?? { since_ms: performance.now(), within_s: 0 };
  const passed_s = (from_ms: number) => (performance.now() - from_ms) / 1000;
  const left = told.reverts_s === null ? within_s - passed_s(since_ms) : told.reverts_s - passed_s(told.at_ms);
  return Math.max(0, Math.round(left));
}
