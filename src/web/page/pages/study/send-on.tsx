import { useState } from 'preact/hooks';
import type { PartnerView } from '../../../partners/partner-view.ts';
import type { StudyDetails } from '../../../studies/answers.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { CheckField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Spinner } from '../../parts/words.tsx';

/** To whom the study shall go besides. */
export function SendOn({ study, onClose, onDone }: SendOnProps) {
  const { value } = useLive<{ partners: PartnerView[] }>('/api/partners', ['settings']);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [urgent, setUrgent] = useState(false);
  const [again, setAgain] = useState(false);
  const send = useAction(async () => {
    await api.post(`/api/studies/${study.id}/send`, { partners: chosen, urgent, again });
    tell('ok', t('study.send-on-done'));
    onClose();
    await onDone();
  });
  const choose = (id: string, yes: boolean) => {
    setChosen((before) => (yes ? [...before, id] : before.filter((other) => other !== id)));
  };
  return (
    <Dialog title={t('study.send-on')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen.length > 0) void send.run();
        }}
      >
        <FormProblems error={send.error} />
        <p class="dialog-text">{t('study.send-on-words')}</p>
        {!value && <Spinner />}
        {value && value.partners.length === 0 && <p>{t('study.send-on-none')}</p>}
        <fieldset class="group">
          <legend>{t('studies.partner')}</legend>
          {value?.partners.map(({ id, name }) => (
            <CheckField key={id} label={name} value={chosen.includes(id)} onChange={(yes) => choose(id, yes)} />
          ))}
        </fieldset>
        <div class="group">
          <CheckField label={t('study.send-on-urgent')} value={urgent} onChange={setUrgent} />
          <CheckField label={t('study.send-on-again')} value={again} onChange={setAgain} />
        </div>
        <div class="actions end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" kind="primary" busy={send.busy} disabled={chosen.length === 0}>
            {t('study.send-on-do')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface SendOnProps {
  study: StudyDetails;
  onClose: () => void;
  onDone: () => Promise<void>;
}
