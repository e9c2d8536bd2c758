import { useLocation, useRoute } from 'preact-iso';
import type { PartnerDetails } from '../../partners/partner-view.ts';
import { useAction } from '../lib/action.ts';
import { api } from '../lib/api.ts';
import { bytesText, momentText } from '../lib/format.ts';
import { useLive } from '../lib/live.ts';
import { may } from '../lib/session.ts';
import { tell } from '../lib/tell.ts';
import { t } from '../lib/texts.ts';
import { Button, LinkButton } from '../parts/button.tsx';
import { ask } from '../parts/dialog.tsx';
import { Failure } from '../parts/failures.tsx';
import { Card, Facts, Page } from '../parts/layout.tsx';
import { FormProblems } from '../parts/problems.tsx';
import { Badge, Notice, Spinner } from '../parts/words.tsx';
import { KeyBadge } from './partners/key-card.tsx';
import { PartnerKeys } from './partners/keys.tsx';
import { LegacyWarning, Profile } from './partners/profile.tsx';
import { TestPartner } from './partners/test.tsx';

export default function PartnerPage() {
  const { id = '' } = useRoute().params;
  const { route } = useLocation();
  const { value, error, reload } = useLive<PartnerDetails>(`/api/partners/${id}`, ['settings', 'rows']);
  const remove = useAction(async (partner: PartnerDetails) => {
    const answer = await ask({
      title: t('partners.remove-question', { name: partner.name }),
      text: <p>{t('partners.remove-words')}</p>,
      confirm: t('partners.remove'),
      danger: true,
    });
    if (answer === null) return;
    await api.delete(`/api/partners/${id}`, { revision: partner.revision });
    tell('ok', t('partners.removed'));
    route('/partners');
  });
  return (
    <Page
      title={value?.name ?? id}
      actions={
        <>
          <LinkButton href="/partners">{t('common.back')}</LinkButton>
          {value && may('admin') && (
            <Button kind="danger" icon="remove" onClick={() => remove.run(value)}>
              {t('partners.remove')}
            </Button>
          )}
        </>
      }
    >
      {error && (error.status === 404 ? <p>{t('partners.unknown')}</p> : <Failure error={error} onRetry={reload} />)}
      {!value && !error && <Spinner />}
      <FormProblems error={remove.error} />
      {value && (
        <div class="stack">
          {value.hold && (
            <Notice tone="warn" title={t('partners.on-hold')}>
              <p>{t('partners.held-words')}</p>
            </Notice>
          )}
          {value.legacyCrypto && !may('admin') && <LegacyWarning />}
          <Overview partner={value} />
          <TestPartner id={id} />
          <PartnerKeys partner={value} onChanged={reload} />
          {may('admin') && <Profile id={id} />}
        </div>
      )}
    </Page>
  );
}

function Overview({ partner }: { partner: PartnerDetails }) {
  const { address, ae_title, way, key, sent_ms, received_ms, underWay, stuck, routes } = partner;
  const moment = (ms: number | null) => (ms === null ? t('partners.never') : momentText(ms));
  const announced = [
    partner.accepts.includes('batch') && t('partners.accepts-batch'),
    partner.accepts.includes('binary') && t('partners.accepts-binary'),
  ].filter(Boolean);
  return (
    <Card title={t('partners.facts')}>
      <Facts
        rows={[
          [t('partners.address'), address],
          [
            t('partners.ae-title'),
            <span key="ae" class="mono">
              {ae_title}
            </span>,
          ],
          [t('partners.key'), <KeyBadge key="key" state={key} />],
          [t('partners.way'), t(`partners.way-${way}`)],
          [t('partners.last-sent'), moment(sent_ms)],
          [t('partners.last-received'), moment(received_ms)],
          [
            t('partners.now'),
            <span key="now">
              {underWay} {stuck > 0 && <Badge tone="fail">{t('partners.stuck', { count: stuck })}</Badge>}
            </span>,
          ],
          [t('partners.accepts'), announced.join(', ') || t('partners.accepts-none')],
          [
            t('partners.mail-limit'),
            partner.mailLimit_bytes === null ? t('partners.no-limit') : bytesText(partner.mailLimit_bytes),
          ],
          [t('partners.rules'), routes.join(', ') || t('partners.no-rules')],
        ]}
      />
      {key.message && (
        <Notice tone="fail">
          <p>{key.message}</p>
        </Notice>
      )}
      <p class="hint">
        {t('partners.urgent-hint')} <a href="/rules">{t('partners.to-rules')}</a>
      </p>
    </Card>
  );
}
