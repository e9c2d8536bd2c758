import { useMemo } from 'preact/hooks';
import type { ThroughputAnswer } from '../../../routes/overview.ts';
import { bytesText, dateText, numberText, timeText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { language, t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { Card } from '../../parts/layout.tsx';
import { Plot } from '../../parts/plot.tsx';

const HOUR_MS = 3_600_000;

/** What went through: bytes of each of the last hours, studies of each of the last days. */
export function ThroughputPlots() {
  const { value, error, reload } = useLive<ThroughputAnswer>('/api/overview/throughput', ['rows'], {
    every_ms: 60_000,
  });
  return (
    <>
      <Card title={t('overview.hours')}>
        {error && <Failure error={error} onRetry={reload} />}
        <Hours hours={value?.hours ?? []} />
      </Card>
      <Card title={t('overview.days')}>
        <Days days={value?.days ?? []} />
      </Card>
    </>
  );
}

function Hours({ hours }: { hours: ThroughputAnswer['hours'] }) {
  const spoken = language.value;
  const series = useMemo(
    () => [
      { label: t('overview.sent'), values: hours.map(({ sent_bytes }) => sent_bytes) },
      { label: t('overview.received'), values: hours.map(({ received_bytes }) => received_bytes) },
    ],
    [hours, spoken],
  );
  return (
    <Plot
      label={t('overview.hours')}
      axis={t('overview.hour')}
      moments={hours.map(({ at_ms }) => `${dateText(at_ms)}, ${timeText(at_ms)} – ${timeText(at_ms + HOUR_MS)}`)}
      tick={(index) => (index % 6 === 5 && hours[index] ? timeText(hours[index].at_ms) : '')}
      series={series}
      format={bytesText}
      least={1_000_000}
    />
  );
}

function Days({ days }: { days: ThroughputAnswer['days'] }) {
  const spoken = language.value;
  const series = useMemo(
    () => [
      { label: t('overview.studies-out'), values: days.map(({ studies_out }) => studies_out) },
      { label: t('overview.studies-in'), values: days.map(({ studies_in }) => studies_in) },
    ],
    [days, spoken],
  );
  return (
    <Plot
      label={t('overview.days')}
      axis={t('overview.day')}
      moments={days.map(({ date }) => dateText(noon(date)))}
      tick={(index) => (index % 7 === 1 && days[index] ? shortDate(days[index].date) : '')}
      series={series}
      format={numberText}
      least={4}
    />
  );
}

/** Of a day that the box names, whatever the time zone of the browser. */
const noon = (date: string) => new Date(`${date}T12:00:00`).getTime();

function shortDate(date: string): string {
  const locale = language.value === 'en' ? 'en-GB' : 'de-DE';
  return new Date(noon(date)).toLocaleDateString(locale, { day: 'numeric', month: 'numeric' });
}
