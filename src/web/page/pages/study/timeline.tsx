import { entityTexts, stateTexts } from '../../../../line/state-texts.ts';
import type { StudyTimeline } from '../../../studies/answers.ts';
import { bytesText, exactMomentText, spanText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { say, t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { Card } from '../../parts/layout.tsx';
import { Spinner } from '../../parts/words.tsx';

type Step = StudyTimeline['steps'][number];

/** The way of a study, from its first image to the receipt, with what people and peers said. */
export function Timeline({ id }: { id: string }) {
  const { value, error, reload } = useLive<StudyTimeline>(`/api/studies/${id}/timeline`, ['rows']);
  return (
    <Card title={t('study.timeline')}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <ol class="timeline">
          {value.steps.map((step) => (
            <li key={`${step.at_ms} ${step.step} ${step.peer?.id} ${step.entity} ${step.state} ${step.words}`}>
              <time dateTime={new Date(step.at_ms).toISOString()}>{exactMomentText(step.at_ms)}</time>
              <div>
                <p>
                  {stepText(step)} <Took step={step} />
                </p>
                {step.words && <p class="words">{step.words}</p>}
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** Shorter than this nobody wants to read about. */
const WORTH_TELLING_MS = 1_000;

function Took({ step: { at_ms, from_ms, step } }: { step: Step }) {
  if (from_ms === null || step === 'event' || at_ms - from_ms < WORTH_TELLING_MS) return null;
  return <small>{t('study.took', { span: spanText(at_ms - from_ms) })}</small>;
}

function stepText(step: Step): string {
  const peer = step.peer?.name ?? '';
  const count = step.count ?? 0;
  const of = step.of ?? count;
  const size = bytesText(step.size_bytes ?? 0);
  switch (step.step) {
    case 'first-in':
      return t('study.step-first-in');
    case 'last-in':
      return t('study.step-last-in', { count, size });
    case 'settled':
      return t('study.step-settled');
    case 'consigned':
      return count > 1 ? t('study.step-consigned-more', { peer, count }) : t('study.step-consigned', { peer });
    case 'packed':
      return t('study.step-packed', { peer, count });
    case 'sealed':
      return t('study.step-sealed', { peer, count, of, size });
    case 'sent':
      return t('study.step-sent', { peer, count, of });
    case 'confirmed':
      return t('study.step-confirmed', { peer, count, of });
    case 'mails':
      return t('study.step-mails', { peer, count, size });
    case 'opened':
      return t('study.step-opened', { count, of });
    case 'complete':
      return t('study.step-complete', { count });
    case 'delivered':
      return t('study.step-delivered', { peer, count, of });
    case 'answered':
      return t('study.step-answered', { count });
    default:
      return happenedText(step);
  }
}

/** What happened to rows of one kind, for one reason. */
function happenedText(step: Step): string {
  const entity = step.entity as keyof typeof stateTexts;
  const what = [say(entityTexts[entity]), step.peer?.name].filter(Boolean).join(' → ');
  const states = stateTexts[entity] as Readonly<Record<string, { de: string; en: string }>>;
  const state = say(states[step.state ?? ''] ?? { de: '', en: '' });
  const count = step.attempts ?? 0;
  if (step.step === 'overcome') return t('study.step-overcome', { what, state, count });
  if (step.step === 'trying') return t('study.step-trying', { what, count });
  const rows = step.count ?? 1;
  return rows > 1 ? t('study.step-events', { what, state, count: rows }) : t('study.step-event', { what, state });
}
