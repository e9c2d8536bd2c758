import { useState } from 'preact/hooks';
import type { NetworkAnswer } from '../../../routes/setup.ts';
import { exactMomentText, numberText, spanText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { state } from '../../lib/session.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Facts } from '../../parts/layout.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import { StepActions, StepCard, type StepProps } from './step.tsx';

/** Two clocks further apart than this: one of them is wrong, and signatures would be refused. */
const APART_MS = 5 * 60_000;

/** How the box stands in the network, and whether its clock can be right; shown, and compared with the browser's. */
export function NetworkStep({ next }: StepProps) {
  const { value: network, error, reload } = useLive<NetworkAnswer>('/api/setup/network', []);
  return (
    <StepCard place="network" lead={t('setup.network-lead')}>
      {error && <Notice tone="fail">{error.message}</Notice>}
      {network ? <Shown network={network} /> : <Spinner />}
      <StepActions>
        <Button icon="refresh" onClick={reload}>
          {t('common.retry')}
        </Button>
        <Button kind="primary" onClick={next}>
          {t('setup.next')}
        </Button>
      </StepActions>
    </StepCard>
  );
}

function Shown({ network }: { network: NetworkAnswer }) {
  const { hostname, interfaces, gateway, dns, timezone, now_ms, time } = network;
  const apart_ms = useApart(now_ms);
  return (
    <>
      <Facts
        rows={[
          [t('setup.network-host'), hostname],
          ...(state.value?.machine
            ? [[t('setup.network-local'), <LocalName name={state.value.machine.name} />] as const]
            : []),
          [t('setup.network-addresses'), <Addresses key="addresses" interfaces={interfaces} />],
          [t('setup.network-gateway'), gateway ?? t('setup.network-unknown')],
          [t('setup.network-dns'), dns.length > 0 ? dns.join(', ') : t('setup.network-none')],
          [t('setup.network-clock'), exactMomentText(now_ms)],
          [t('setup.network-timezone'), timezone],
          [t('setup.network-time'), timeText(time)],
        ]}
      />
      {apart_ms > APART_MS && (
        <Notice tone="warn">{t('setup.network-clock-differs', { time: spanText(apart_ms) })}</Notice>
      )}
      {dns.length === 0 && <Notice tone="warn">{t('setup.network-no-dns')}</Notice>}
    </>
  );
}

/** Leads to the page whatever address the network gives. */
function LocalName({ name }: { name: string }) {
  return (
    <>
      <span class="mono">{`https://${name}.local`}</span>
      <p class="hint">{t('setup.network-local-hint')}</p>
    </>
  );
}

/** How far the clock of the box was from ours when it told. */
function useApart(now_ms: number): number {
  const [compared, setCompared] = useState({ now_ms, apart_ms: Math.abs(Date.now() - now_ms) });
  if (compared.now_ms !== now_ms) setCompared({ now_ms, apart_ms: Math.abs(Date.now() - now_ms) });
  return compared.apart_ms;
}

function Addresses({ interfaces }: { interfaces: NetworkAnswer['interfaces'] }) {
  if (interfaces.length === 0) return <>{t('setup.network-none')}</>;
  return (
    <>
      {interfaces.map(({ name, addresses }) => (
        <p key={name}>
          {name}: <span class="mono">{addresses.join(', ')}</span>
        </p>
      ))}
    </>
  );
}

function timeText(time: NetworkAnswer['time']): string {
  if (time === null) return t('setup.network-unknown');
  if (!time.synchronised) return t('setup.network-time-waits', { name: time.name });
  if (time.offset_ms === null) return t('setup.network-time-fine', { name: time.name });
  return t('setup.network-time-off', { name: time.name, offset: numberText(time.offset_ms) });
}
