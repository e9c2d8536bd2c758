import type { ComponentChildren } from 'preact';
import type { QuarantineAnswer } from '../../studies/answers.ts';
import { bytesText, momentText } from '../lib/format.ts';
import { useLive } from '../lib/live.ts';
import { may } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { Failure } from '../parts/failures.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { Table } from '../parts/table.tsx';
import { Badge, Empty, Notice, Spinner } from '../parts/words.tsx';
import { patientText, wayText } from './studies/words.tsx';
import { Acts } from './study/acts.tsx';
import './studies/studies.css';

type Reload = () => Promise<void>;

/** What waits for a person before it goes on: why, from whom, since when. */
export default function QuarantinePage() {
  const { value, error, reload } = useLive<QuarantineAnswer>('/api/quarantine', ['rows', 'settings']);
  return (
    <Page title={t('quarantine.title')} lead={t('quarantine.lead')}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && <Content quarantine={value} reload={reload} />}
    </Page>
  );
}

function Content({ quarantine, reload }: { quarantine: QuarantineAnswer; reload: Reload }) {
  const { mails, sets, studies, conflicts, more } = quarantine;
  if (mails.length + sets.length + studies.length + conflicts.length === 0) {
    return (
      <Card>
        <Empty title={t('quarantine.none')}>
          <p>{t('quarantine.none-words')}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <>
      {more && (
        <div class="standing">
          <Notice tone="info">
            <p>{t('quarantine.more')}</p>
          </Notice>
        </div>
      )}
      <Section title={t('quarantine.mails')} kind="mail" rows={mails} reload={reload} from={mailFrom} />
      <Section title={t('quarantine.sets')} kind="inbound_set" rows={sets} reload={reload} from={setFrom} />
      <Section title={t('quarantine.studies')} kind="study" rows={studies} reload={reload} from={studyFrom} />
      <Section title={t('quarantine.conflicts')} kind="item" rows={conflicts} reload={reload} from={conflictFrom} />
    </>
  );
}

const mailFrom = ({ partner, signed }: QuarantineAnswer['mails'][number]) => (
  <div class="study-words">
    <span>{partner?.name ?? t('quarantine.unknown')}</span>
    <Badge tone={signed ? 'ok' : 'warn'}>{t(signed ? 'quarantine.signed' : 'quarantine.unsigned')}</Badge>
  </div>
);

const setFrom = ({ partner, came, total }: QuarantineAnswer['sets'][number]) => (
  <div class="study-words">
    <span>{partner.name}</span>
    <small>{t('study.set-mails', { came, total })}</small>
  </div>
);

const studyFrom = ({ study }: QuarantineAnswer['studies'][number]) => (
  <div class="study-words">
    <a href={`/studies/${study.id}`}>{patientText(study)}</a>
    <small>{[study.modality, wayText(study)].filter(Boolean).join(' · ')}</small>
  </div>
);

const conflictFrom = ({ study_id, origin }: QuarantineAnswer['conflicts'][number]) => (
  <div class="study-words">
    <span>{origin}</span>
    <a href={`/studies/${study_id}`}>{t('quarantine.study')}</a>
  </div>
);

interface Line {
  readonly id: string;
  readonly since_ms: number;
  readonly size_bytes: number;
  readonly words: string | null;
  readonly can: readonly ('release' | 'retry' | 'hold' | 'discard')[];
}

interface SectionProps<Row extends Line> {
  title: string;
  kind: 'mail' | 'inbound_set' | 'study' | 'item';
  rows: readonly Row[];
  reload: Reload;
  from: (row: Row) => ComponentChildren;
}

/** All of one kind, the latest first. */
function Section<Row extends Line>({ title, kind, rows, reload, from }: SectionProps<Row>) {
  if (rows.length === 0) return null;
  const acts = may('operator') ? [{ label: t('quarantine.acts'), unseen: true }] : [];
  return (
    <Card title={title}>
      <Table
        caption={title}
        head={[t('quarantine.from'), t('common.reason'), t('quarantine.since'), t('quarantine.size'), ...acts]}
        rows={rows.map((row) => ({
          key: row.id,
          cells: [
            from(row),
            row.words ?? '',
            momentText(row.since_ms),
            bytesText(row.size_bytes),
            ...(may('operator')
              ? [
                  <Acts
                    key="acts"
                    id={row.id}
                    can={row.can}
                    kind={kind}
                    subject={momentText(row.since_ms)}
                    onDone={reload}
                  />,
                ]
              : []),
          ],
        }))}
      />
    </Card>
  );
}
