import type { AlarmsAnswer } from '../../../routes/alarms.ts';
import { momentText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { Card } from '../../parts/layout.tsx';
import { Table } from '../../parts/table.tsx';
import { Badge, Notice } from '../../parts/words.tsx';

const EVERY_MS = 30_000;
/** A screen of them; the rest is in the API. */
const SHOWN = 20;

type Alarm = AlarmsAnswer['standing'][number];

/** What people are called for, what they were called for last, and whether the mails about it go. */
export function Alarms() {
  const { value, error, reload } = useLive<AlarmsAnswer>('/api/alarms', ['house', 'settings'], { every_ms: EVERY_MS });
  return (
    <Card title={t('alarms.title')} wide>
      {error && value === undefined && <Failure error={error} onRetry={reload} />}
      {value !== undefined && (
        <>
          <MailState mail={value.mail} />
          <Table
            caption={t('alarms.title')}
            head={[t('alarms.what'), t('alarms.since'), t('alarms.until')]}
            empty={<p>{t('alarms.none')}</p>}
            rows={[...value.standing, ...value.past.slice(0, SHOWN)].map(rowOf)}
          />
        </>
      )}
    </Card>
  );
}

function rowOf(alarm: Alarm) {
  const { id, title, words, link, since_ms, until_ms } = alarm;
  return {
    key: id,
    cells: [
      <>
        {link && until_ms === null ? <a href={link}>{title}</a> : title}
        <p class="hint">{words}</p>
      </>,
      momentText(since_ms),
      until_ms === null ? <Standing alarm={alarm} /> : momentText(until_ms),
    ],
  };
}

function Standing({ alarm: { tone } }: { alarm: Alarm }) {
  return <Badge tone={tone}>{t('alarms.stands')}</Badge>;
}

function MailState({ mail: { addresses, last } }: { mail: AlarmsAnswer['mail'] }) {
  if (addresses === 0) {
    return (
      <p class="hint">
        {t('alarms.mail-nobody')} <a href="/settings">{t('alarms.mail-where')}</a>
      </p>
    );
  }
  if (last?.words) {
    return (
      <Notice tone="warn" title={t('alarms.mail-failed', { moment: momentText(last.at_ms) })}>
        <p>{last.words}</p>
      </Notice>
    );
  }
  return <p class="hint">{t('alarms.mail-to', { count: addresses })}</p>;
}
