import { useState } from 'preact/hooks';
import type { SettingsAnswer } from '../../../routes/settings.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { useLive } from '../../lib/live.ts';
import type { Group, Schema } from '../../lib/schema.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { CheckField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { SchemaForm } from '../../parts/schema-form.tsx';
import { Notice } from '../../parts/words.tsx';
import { ChooseKey, type ChosenKey } from './choose-key.tsx';

/** What is asked of a new partner; everything else has its default. */
const ASKED = ['id', 'name', 'address', 'ae_title'];

/** Adds a partner: key, comparison, names. On its page, and in the set-up. */
export function AddPartner({ onAdded }: { onAdded: (id: string) => void }) {
  const [chosen, setChosen] = useState<ChosenKey | null>(null);
  const [withoutKey, setWithoutKey] = useState(false);
  const isKnown = chosen !== null || withoutKey;
  return (
    <div class="stack">
      {!withoutKey && <ChooseKey chosen={chosen} onChoose={setChosen} />}
      {chosen === null && (
        <CheckField
          label={t('partners.later')}
          description={t('partners.later-hint')}
          value={withoutKey}
          onChange={setWithoutKey}
        />
      )}
      {isKnown && <Particulars key={chosen?.shown.fingerprint ?? ''} chosen={chosen} onAdded={onAdded} />}
    </div>
  );
}

function Particulars({ chosen, onAdded }: { chosen: ChosenKey | null; onAdded: (id: string) => void }) {
  const schema = useLive<Schema>('/api/settings/schema', []).value;
  const { accepts = [], ...suggested } = chosen?.partner ?? {};
  const [partner, setPartner] = useState<Group>(suggested);
  const [legacy, setLegacy] = useState(false);
  const [count, setCount] = useState(0);
  const add = useAction(async () => {
    // A new partner is in nobody's way: whatever others saved meanwhile stays.
    const { revision, settings } = await api.get<SettingsAnswer>('/api/settings');
    setCount(settings.partners.length);
    const { shown, compared } = chosen ?? {};
    await api.post('/api/partners', {
      revision,
      partner: { ...partner, ...(legacy && { legacy_crypto: true }) },
      key: shown ? { armored: shown.armored, compared } : null,
      accepts: accepts.filter((word) => word === 'batch' || word === 'binary'),
    });
    tell('ok', t('partners.added'));
    onAdded(String(partner.id));
  });
  const item = schema?.properties?.partners?.items;
  if (!item) return null;
  const others = Object.keys(item.properties ?? {}).filter((name) => !ASKED.includes(name));
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void add.run();
      }}
    >
      <h3>{t('partners.who')}</h3>
      {chosen?.partner && <p class="hint">{t('partners.who-unproved')}</p>}
      <FormProblems error={add.error} />
      <SchemaForm
        schema={item}
        value={partner}
        onChange={setPartner}
        problems={add.error?.problems}
        at={['partners', count]}
        hide={others}
      />
      {chosen?.shown.needsLegacy && (
        <Notice tone="warn">
          <p>{t('partners.needs-legacy')}</p>
          <CheckField label={t('partners.legacy')} value={legacy} onChange={setLegacy} />
        </Notice>
      )}
      <div class="actions end">
        <Button type="submit" kind="primary" busy={add.busy} disabled={chosen !== null && !chosen.compared}>
          {t('partners.add')}
        </Button>
      </div>
    </form>
  );
}
