import type { ApplianceAnswer } from '../../../appliance/answers.ts';
import { useLive } from '../../lib/live.ts';
import { may } from '../../lib/session.ts';
import { t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { Card, Cards, Facts, Page } from '../../parts/layout.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import { Moved } from './appliance/moved.tsx';
import { Hostname, TimeServers } from './appliance/names.tsx';
import { Network } from './appliance/network.tsx';
import { Power } from './appliance/power.tsx';
import { Reset } from './appliance/reset.tsx';
import { Storage } from './appliance/storage.tsx';
import { Restarting } from './restarting.tsx';
import './system.css';

const EVERY_MS = 15_000;

export default function AppliancePage() {
  const live = useLive<ApplianceAnswer>('/api/appliance', ['house', 'settings'], { every_ms: EVERY_MS });
  const { value, error, reload } = live;
  return (
    <Page title={t('appliance.title')} lead={t('appliance.lead')}>
      {error && value === undefined && <Failure error={error} onRetry={reload} />}
      {value === undefined && error === null && <Spinner />}
      {value !== undefined && <Shown appliance={value} reload={reload} />}
      <Restarting />
    </Page>
  );
}

function Shown({ appliance, reload }: { appliance: ApplianceAnswer; reload: () => Promise<void> }) {
  const { machine } = appliance;
  return (
    <div class="stack machine">
      {appliance.moved && <Moved />}
      {machine === null && <Notice tone="warn">{t('appliance.away')}</Notice>}
      <Cards>
        {machine && <Network key={placeOf(machine.network)} network={machine.network} reload={reload} />}
        <Device appliance={appliance} />
        {machine && may('admin') && <Hostname key={machine.hostname} hostname={machine.hostname} reload={reload} />}
        {machine && (
          <TimeServers
            key={machine.time.servers.join()}
            time={machine.time}
            trusted={appliance.clockTrusted}
            reload={reload}
          />
        )}
        <Storage appliance={appliance} reload={reload} />
        {may('admin') && <Power />}
        {may('admin') && <Reset name={appliance.name} />}
      </Cards>
    </div>
  );
}

/** What was entered: where it is another one now, the form begins anew. */
const placeOf = ({ mode, address, gateway, dns, search }: NonNullable<ApplianceAnswer['machine']>['network']) =>
  [mode, address, gateway, ...dns, ...search].join(' ');

function Device({ appliance }: { appliance: ApplianceAnswer }) {
  const { name, hardware, product, version, variant, machine } = appliance;
  return (
    <Card title={t('appliance.device')}>
      <Facts
        rows={[
          [
            t('appliance.name'),
            <>
              {name}
              <p class="hint">{t('appliance.name-hint', { name })}</p>
            </>,
          ],
          ...(hardware === '' ? [] : [[t('appliance.hardware'), hardware] as const]),
          [t('appliance.firmware'), <a href="/system/firmware">{`${version} (${product})`}</a>],
          ...(machine === null
            ? []
            : [
                [t('appliance.hostname'), machine.hostname] as const,
                [
                  t('appliance.ports'),
                  <>
                    {machine.ports.length > 0 ? machine.ports.join(', ') : t('appliance.none')}
                    <p class="hint">{t('appliance.ports-hint')}</p>
                  </>,
                ] as const,
              ]),
        ]}
      />
      {variant === 'dev' && <Notice tone="warn">{t('appliance.dev')}</Notice>}
    </Card>
  );
}
