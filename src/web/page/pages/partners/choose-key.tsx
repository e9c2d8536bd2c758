import { useState } from 'preact/hooks';
import type { KeyView } from '../../../partners/key-view.ts';
import type { FoundKeys } from '../../../routes/keys.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { CheckField } from '../../parts/fields.tsx';
import { Fingerprint } from '../../parts/key.tsx';
import { FindKey } from './find-key.tsx';
import { KeyFacts } from './key-card.tsx';

/** A key that was found, and whether a person compared its fingerprint. */
export interface ChosenKey {
  readonly shown: KeyView;
  readonly compared: boolean;
  readonly partner: FoundKeys['partner'];
}

interface ChooseProps {
  chosen: ChosenKey | null;
  onChoose: (chosen: ChosenKey | null) => void;
}

/** Finds a key, shows what is in it, and asks for the comparison without which it is not taken. */
export function ChooseKey({ chosen, onChoose }: ChooseProps) {
  const [several, setSeveral] = useState<FoundKeys | null>(null);
  const take = (found: FoundKeys, shown: KeyView) => onChoose({ shown, compared: false, partner: found.partner });
  const found = (answer: FoundKeys) => {
    if (answer.keys.length === 1) take(answer, answer.keys[0]!);
    else setSeveral(answer);
  };
  if (chosen) {
    return (
      <>
        <h3>{t('partners.found')}</h3>
        <KeyFacts shown={chosen.shown} />
        <h3>{t('partners.compare')}</h3>
        <p>{t('partners.compare-words')}</p>
        <CheckField
          label={t('partners.compared')}
          at={['key', 'compared']}
          value={chosen.compared}
          onChange={(compared) => onChoose({ ...chosen, compared })}
        />
        <Button
          kind="quiet"
          onClick={() => {
            setSeveral(null);
            onChoose(null);
          }}
        >
          {t('partners.other-key')}
        </Button>
      </>
    );
  }
  return (
    <>
      <FindKey onFound={found} />
      {several && (
        <div role="status">
          <h3>{t('partners.found-several')}</h3>
          <ul class="plain-list">
            {several.keys.map((shown) => (
              <li key={shown.fingerprint}>
                <p>{shown.userIds[0] ?? '–'}</p>
                <Fingerprint hex={shown.fingerprint} />
                <Button onClick={() => take(several, shown)}>{t('partners.choose')}</Button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
