import { useState } from 'preact/hooks';
import type { PartnerDetails } from '../../../partners/partner-view.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { may } from '../../lib/session.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { ask, Dialog } from '../../parts/dialog.tsx';
import { Fingerprint } from '../../parts/key.tsx';
import { Card } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Badge, Empty, Notice } from '../../parts/words.tsx';
import { ChooseKey, type ChosenKey } from './choose-key.tsx';
import { KeyFacts } from './key-card.tsx';
import './partners.css';

interface KeysProps {
  partner: PartnerDetails;
  onChanged: () => Promise<void>;
}

/** The pinned keys of a partner, and a new one beside them. */
export function PartnerKeys({ partner, onChanged }: KeysProps) {
  const [isAdding, setAdding] = useState(false);
  const { id, keys, absentKeys, revision } = partner;
  const remove = useAction(async (fingerprint: string) => {
    const answer = await ask({
      title: t('partners.key-remove-question'),
      text: <p>{t('partners.key-remove-words')}</p>,
      confirm: t('partners.key-remove'),
      danger: true,
    });
    if (answer === null) return;
    await api.delete(`/api/partners/${id}/keys/${fingerprint}`, { revision });
    await onChanged();
  });
  const buttonFor = (fingerprint: string) =>
    may('admin') && (
      <Button kind="quiet" icon="remove" onClick={() => remove.run(fingerprint)}>
        {t('partners.key-remove')}
      </Button>
    );
  return (
    <Card
      title={t('partners.keys')}
      actions={
        may('admin') && (
          <Button icon="add" onClick={() => setAdding(true)}>
            {t('partners.key-add')}
          </Button>
        )
      }
    >
      <FormProblems error={remove.error} />
      {keys.length + absentKeys.length === 0 && (
        <Empty title={t('partners.keys-none')}>
          <p>{t('partners.keys-none-words')}</p>
        </Empty>
      )}
      {keys.map((shown) => (
        <section key={shown.fingerprint} class="key-shown stack">
          {shown.fingerprint === partner.key.fingerprint ? (
            <Badge tone={partner.key.state === 'unusable' ? 'fail' : 'ok'}>{t('partners.key-in-use')}</Badge>
          ) : (
            <Badge>{t('partners.key-old')}</Badge>
          )}
          <KeyFacts shown={shown} />
          {buttonFor(shown.fingerprint)}
        </section>
      ))}
      {absentKeys.map((fingerprint) => (
        <section key={fingerprint} class="key-shown stack">
          <Fingerprint hex={fingerprint} />
          <Notice tone="fail">
            <p>{t('partners.key-absent')}</p>
          </Notice>
          {buttonFor(fingerprint)}
        </section>
      ))}
      {isAdding && (
        <NewKey
          partner={partner}
          onClose={() => setAdding(false)}
          onChanged={async () => {
            setAdding(false);
            await onChanged();
          }}
        />
      )}
    </Card>
  );
}

function NewKey({ partner, onClose, onChanged }: KeysProps & { onClose: () => void }) {
  const [chosen, setChosen] = useState<ChosenKey | null>(null);
  const take = useAction(async () => {
    if (!chosen) return;
    const { shown, compared } = chosen;
    const key = { armored: shown.armored, compared };
    await api.post(`/api/partners/${partner.id}/keys`, { revision: partner.revision, key });
    tell('ok', t('partners.key-taken'));
    await onChanged();
  });
  return (
    <Dialog
      title={t('partners.key-add')}
      onClose={onClose}
      actions={
        <Button kind="primary" busy={take.busy} disabled={!chosen?.compared} onClick={() => take.run()}>
          {t('partners.key-take')}
        </Button>
      }
    >
      <p>{t('partners.key-add-words')}</p>
      <FormProblems error={take.error} />
      <ChooseKey chosen={chosen} onChoose={setChosen} />
    </Dialog>
  );
}
