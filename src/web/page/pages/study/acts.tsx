import type { ActAnswer } from '../../../studies/answers.ts';
import { api } from '../../lib/api.ts';
import { may } from '../../lib/session.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { ask } from '../../parts/dialog.tsx';

type Act = 'release' | 'retry' | 'hold' | 'discard';
/** Kinds of rows of which releasing means taking responsibility for something of its own. */
type Kind = 'study' | 'mail' | 'inbound_set' | 'consignment' | 'item';

/** What can be done to a row as it is now, for those who may. `subject`: what it is about, for those who do not see it beside. */
export function Acts({ id, can, kind, subject, onDone }: ActsProps) {
  if (!may('operator') || can.length === 0) return null;
  return (
    <div class="actions">
      {can.map((act) => (
        <Button
          key={act}
          kind={act === 'discard' ? 'danger' : 'plain'}
          label={subject && `${t(`act.${act}`)}: ${subject}`}
          onClick={() => perform(act, { id, kind }).then((done) => (done ? onDone() : undefined))}
        >
          {t(`act.${act}`)}
        </Button>
      ))}
    </div>
  );
}

interface ActsProps {
  id: string;
  can: readonly Act[];
  kind: Kind;
  subject?: string;
  onDone: () => Promise<void>;
}

/** Asks where it takes a decision, and does it; false where the person thought better of it. */
async function perform(act: Act, { id, kind }: { id: string; kind: Kind }): Promise<boolean> {
  const body = await consent(act, kind);
  if (body === null) return false;
  const { moved, at_work } = await api.post<ActAnswer>(`/api/rows/${id}/${act}`, body);
  tell('ok', t('act.done', { count: moved.length }));
  if (at_work > 0) tell('fail', t('act.at-work', { count: at_work }));
  return true;
}

/** What goes along with the act, or null: no. */
async function consent(act: Act, kind: Kind): Promise<object | undefined | null> {
  if (act === 'discard') {
    const reason = await ask({
      ...{ title: t('act.discard-ask'), text: t('act.discard-words'), reason: t('act.discard-reason') },
      ...{ confirm: t('act.discard'), danger: true },
    });
    return reason === null ? null : { reason, confirm: true };
  }
  if (act === 'release' && kind !== 'consignment' && kind !== 'item') {
    const yes = await ask({
      ...{ title: t('act.release-ask'), text: t(`act.release-words-${kind}`), confirm: t('act.release') },
    });
    return yes === null ? null : undefined;
  }
  return undefined;
}
