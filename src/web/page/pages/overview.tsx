import type { Overview } from '../../routes/overview.ts';
import { useLive } from '../lib/live.ts';
import { t } from '../lib/texts.ts';
import { Failure } from '../parts/failures.tsx';
import { Card, Cards, Page } from '../parts/layout.tsx';
import { Spinner } from '../parts/words.tsx';
import { Lights, TrafficLight } from './overview/lights.tsx';
import { UnderWay } from './overview/moving.tsx';
import { ThroughputPlots } from './overview/plots.tsx';
import './overview/overview.css';

export default function OverviewPage() {
  const { value, error, reload } = useLive<Overview>('/api/overview', ['rows', 'settings', 'house'], {
    every_ms: 30_000,
  });
  return (
    <Page title={t('overview.title')}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <>
          <TrafficLight overview={value} />
          <Cards>
            <UnderWay moving={value.moving} />
            <ThroughputPlots />
            <Card title={t('overview.lights')} wide>
              <Lights lights={value.lights} />
            </Card>
          </Cards>
        </>
      )}
    </Page>
  );
}
