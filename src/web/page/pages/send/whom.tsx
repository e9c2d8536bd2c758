import { useState } from 'preact/hooks';
import type { PartnerView } from '../../../partners/partner-view.ts';
import { useLive } from '../../lib/live.ts';
import { t } from '../../lib/texts.ts';
import { Failure } from '../../parts/failures.tsx';
import { CheckField, TextField } from '../../parts/fields.tsx';
import { Card } from '../../parts/layout.tsx';
import { Badge, Empty, Spinner } from '../../parts/words.tsx';
import type { Choice } from './order.ts';

/** From so many partners on, a field to search them helps more than it takes room. */
const SEARCH_FROM = 8;
const COMMENT_CHARACTERS = 1_000;

export function usePartners() {
  return useLive<{ partners: PartnerView[] }>('/api/partners', ['settings']);
}

interface WhomProps {
  partners: ReturnType<typeof usePartners>;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** To whom, how urgent, and a note that goes along. */
export function Whom({ partners: { value, error, reload }, choice, onChange }: WhomProps) {
  const [wanted, setWanted] = useState('');
  const all = value?.partners ?? [];
  const shown = all.filter((partner) => choice.partners.has(partner.id) || fits(partner, wanted));
  return (
    <Card title={t('send.whom')}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && all.length === 0 && (
        <Empty title={t('send.no-partners')}>
          <p>
            <a href="/partners">{t('partners.title')}</a>
          </p>
        </Empty>
      )}
      {all.length >= SEARCH_FROM && (
        <TextField label={t('send.search-partner')} type="search" value={wanted} onChange={setWanted} />
      )}
      {all.length > 0 && (
        <fieldset class="group partners-choice">
          <legend>{t('send.partners')}</legend>
          {shown.map((partner) => (
            <CheckField
              key={partner.id}
              label={
                <>
                  {partner.name} {partner.hold && <Badge tone="warn">{t('send.partner-hold')}</Badge>}{' '}
                  {['none', 'unusable'].includes(partner.key.state) && (
                    <Badge tone="fail">{t('send.partner-no-key')}</Badge>
                  )}
                </>
              }
              description={partner.address}
              value={choice.partners.has(partner.id)}
              onChange={(isOn) => {
                const partners = new Set(choice.partners);
                if (isOn) partners.add(partner.id);
                else partners.delete(partner.id);
                onChange({ ...choice, partners });
              }}
            />
          ))}
          {shown.length === 0 && <p class="hint">{t('send.no-such-partner')}</p>}
        </fieldset>
      )}
      <div class="how">
        <CheckField
          label={t('send.urgent')}
          description={t('send.urgent-hint')}
          value={choice.urgent}
          onChange={(urgent) => onChange({ ...choice, urgent })}
        />
        <TextField
          label={t('send.comment')}
          description={t('send.comment-hint')}
          rows={3}
          maxLength={COMMENT_CHARACTERS}
          value={choice.comment}
          onChange={(comment) => onChange({ ...choice, comment })}
        />
      </div>
    </Card>
  );
}

function fits({ id, name, address }: PartnerView, wanted: string): boolean {
  const words = wanted.trim().toLocaleLowerCase();
  return [id, name, address].some((text) => text.toLocaleLowerCase().includes(words));
}
