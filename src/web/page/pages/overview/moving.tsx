import type { Overview } from '../../../routes/overview.ts';
import { dicomNameText, momentText, numberText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Card } from '../../parts/layout.tsx';
import { Empty, Progress } from '../../parts/words.tsx';

type Movement = Overview['moving'][number];

/** What is under way now, and how far it is. */
export function UnderWay({ moving }: { moving: readonly Movement[] }) {
  return (
    <Card title={t('overview.moving')} wide>
      {moving.length === 0 ? (
        <Empty title={t('overview.nothing-moves')}>
          <p>{t('overview.nothing-moves-words')}</p>
        </Empty>
      ) : (
        <ul class="moving">
          {moving.map((movement) => (
            <li key={`${movement.kind} ${movement.study_id} ${movement.peer} ${movement.since_ms}`}>
              <Way movement={movement} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Way({ movement }: { movement: Movement }) {
  const { kind, study_id, patient_name, modality, peer, done, total, since_ms, words } = movement;
  const name = [dicomNameText(patient_name) || t('overview.study'), modality].filter(Boolean).join(' · ');
  const deed = t(`overview.${kind}`, { peer });
  return (
    <>
      <div>
        {study_id ? <a href={`/studies/${study_id}`}>{name}</a> : <strong>{name}</strong>}
        <p class="hint">
          {deed} · {t('overview.since', { moment: momentText(since_ms) })}
        </p>
        {words && <p class="problem">{t('overview.tried-again', { words })}</p>}
      </div>
      {total === null ? (
        <p class="figures">{t('overview.objects', { count: numberText(done) })}</p>
      ) : (
        <Progress
          value={done}
          max={total}
          label={t('overview.so-far', { done: numberText(done), total: numberText(total) })}
        />
      )}
    </>
  );
}
