import { useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import type { StudyDetails } from '../../studies/answers.ts';
import { useLive } from '../lib/live.ts';
import { may } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { Button } from '../parts/button.tsx';
import { Failure } from '../parts/failures.tsx';
import { Page } from '../parts/layout.tsx';
import { Badge, Notice, Spinner } from '../parts/words.tsx';
import { patientText, StageBadge, StageProgress } from './studies/words.tsx';
import { Acts } from './study/acts.tsx';
import { StudyFacts } from './study/facts.tsx';
import { Consignments, Deliveries, Sets } from './study/hanging.tsx';
import { Preview } from './study/preview.tsx';
import { SendOn } from './study/send-on.tsx';
import { Timeline } from './study/timeline.tsx';
import './studies/studies.css';

/** One study: where it is, why it is not further, and what can be done about it. */
export default function StudyPage() {
  const { id = '' } = useRoute().params;
  const { value: study, error, reload } = useLive<StudyDetails>(`/api/studies/${id}`, ['rows', 'settings']);
  const [sending, setSending] = useState(false);
  if (!study) {
    return <Page title={t('studies.title')}>{error ? <Failure error={error} onRetry={reload} /> : <Spinner />}</Page>;
  }
  const actions = (
    <>
      {study.can_send && may('operator') && (
        <Button icon="send" onClick={() => setSending(true)}>
          {t('study.send-on')}
        </Button>
      )}
      <Acts id={study.id} can={study.can} kind="study" onDone={reload} />
    </>
  );
  return (
    <Page title={patientText(study)} lead={<Stage study={study} />} actions={actions}>
      {error && <Failure error={error} onRetry={reload} />}
      <Remarks study={study} />
      <div class="study-columns">
        <div>
          <Sets study={study} onDone={reload} />
          <Deliveries study={study} />
          <Consignments study={study} onDone={reload} />
          <Timeline id={study.id} />
        </div>
        <div>
          {study.can_preview && <Preview id={study.id} />}
          <StudyFacts study={study} />
        </div>
      </div>
      {sending && <SendOn study={study} onClose={() => setSending(false)} onDone={reload} />}
    </Page>
  );
}

function Stage({ study }: { study: StudyDetails }) {
  return (
    <span class="study-words">
      <span>
        <StageBadge stage={study.stage} /> {study.urgent && <Badge tone="warn">{t('studies.urgent')}</Badge>}
      </span>
      <StageProgress study={study} />
    </span>
  );
}

/** Why it waits, and what is remarkable about it. */
function Remarks({ study: { words, flags } }: { study: StudyDetails }) {
  const known = flags.flatMap((flag) => {
    if (flag === 'same-uid-two-series') return [t('study.flag-same-uid-two-series')];
    if (flag === 'same-uid-other-bytes') return [t('study.flag-same-uid-other-bytes')];
    return [];
  });
  if (!words && known.length === 0) return null;
  return (
    <div class="stack standing">
      {words && (
        <Notice tone="warn">
          <p>{words}</p>
        </Notice>
      )}
      {known.map((remark) => (
        <Notice key={remark} tone="info">
          <p>{remark}</p>
        </Notice>
      ))}
    </div>
  );
}
