import { stageTexts } from '../../../../line/state-texts.ts';
import type { SentAnswer } from '../../../routes/send.ts';
import type { StudyDetails } from '../../../studies/answers.ts';
import { dicomNameText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { say, t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Failure } from '../../parts/failures.tsx';
import { Card } from '../../parts/layout.tsx';
import { Badge, Notice, Progress, Spinner, type Tone } from '../../parts/words.tsx';

/** What was sent, each study with how far it is by now, until the partner has confirmed it. */
export function Sent({ sent, onAgain }: { sent: SentAnswer; onAgain: () => void }) {
  return (
    <div class="stack">
      <Notice tone="ok" live>
        <p>{t('send.done', { count: sent.studies.length })}</p>
      </Notice>
      {sent.studies.map((study) => (
        <SentStudy key={study.id} study={study} />
      ))}
      <div class="actions">
        <Button kind="primary" icon="send" onClick={onAgain}>
          {t('send.again')}
        </Button>
      </div>
    </div>
  );
}

const TONES: Partial<Record<StudyDetails['stage'], Tone>> = {
  ...{ confirmed: 'ok', sent: 'ok', held: 'warn', refused: 'fail', unconfirmed: 'warn' },
};

function SentStudy({ study }: { study: SentAnswer['studies'][number] }) {
  const { value, error, reload } = useLive<StudyDetails>(`/api/studies/${study.id}`, ['rows']);
  const all = study.consignments.length > 0 && study.consignments.every(({ already }) => already);
  return (
    <Card
      title={
        <>
          {value ? dicomNameText(value.patient.name) || t('send.no-name') : t('send.study')}{' '}
          {value && <Badge tone={TONES[value.stage] ?? 'info'}>{say(stageTexts[value.stage])}</Badge>}
        </>
      }
    >
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <div class="stack">
          {all && <Notice tone="info">{t('send.already')}</Notice>}
          {study.set_aside > 0 && <Notice tone="warn">{t('send.set-aside', { count: study.set_aside })}</Notice>}
          {value.stage === 'held' && value.words && <Notice tone="warn">{value.words}</Notice>}
          {value.consignments
            .filter(({ id }) => study.consignments.some((sent) => sent.id === id))
            .map(({ id, partner, parts, parts_sent, parts_confirmed, state, words }) => (
              <div key={id}>
                <Progress
                  // Half the way is to the mail server, the other half to the partner's receipt.
                  value={state === 'confirmed' ? 2 * parts : parts_sent + parts_confirmed}
                  max={Math.max(1, 2 * parts)}
                  label={t('send.to-partner', { partner: partner.name })}
                />
                {words && <p class="hint">{words}</p>}
              </div>
            ))}
          <p>
            <a href={`/studies/${study.id}`}>{t('send.to-timeline')}</a>
          </p>
        </div>
      )}
    </Card>
  );
}
