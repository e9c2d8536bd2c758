import type { KeyView } from '../../partners/key-view.ts';
import type { PartnerView } from '../../partners/partner-view.ts';
import { momentText } from '../lib/format.ts';
import { useLive } from '../lib/live.ts';
import { may } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { LinkButton } from '../parts/button.tsx';
import { Failure } from '../parts/failures.tsx';
import { Fingerprint, Qr } from '../parts/key.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { Table } from '../parts/table.tsx';
import { Badge, Empty, Spinner } from '../parts/words.tsx';
import { KeyBadge } from './partners/key-card.tsx';
import './partners/partners.css';

export default function PartnersPage() {
  const { value, error, reload } = useLive<{ partners: PartnerView[] }>('/api/partners', ['rows', 'settings']);
  const add = may('admin') && (
    <LinkButton href="/partners/new" kind="primary" icon="add">
      {t('partners.add')}
    </LinkButton>
  );
  return (
    <Page title={t('partners.title')} lead={t('partners.lead')} actions={add}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <Card>
          <Table
            caption={t('partners.title')}
            head={[
              t('partners.name'),
              t('partners.address'),
              t('partners.ae-title'),
              t('partners.key'),
              t('partners.way'),
              t('partners.traffic'),
            ]}
            rows={value.partners.map((partner) => ({ key: partner.id, cells: cellsOf(partner) }))}
            empty={
              <Empty title={t('partners.none')}>
                <p>{t('partners.none-words')}</p>
              </Empty>
            }
          />
        </Card>
      )}
      {/* Not before the list is there, which would push it down. */}
      {(value || error) && <OwnKey />}
    </Page>
  );
}

function cellsOf(partner: PartnerView) {
  const { id, name, address, ae_title, hold, stuck, legacyCrypto } = partner;
  return [
    <div key="name" class="lines">
      {may('operator') ? <a href={`/partners/${id}`}>{name}</a> : name}
      {hold && <Badge tone="warn">{t('partners.on-hold')}</Badge>}
      {legacyCrypto && <Badge tone="fail">{t('partners.legacy')}</Badge>}
      {stuck > 0 && <Badge tone="fail">{t('partners.stuck', { count: stuck })}</Badge>}
    </div>,
    address,
    <span key="ae" class="mono">
      {ae_title}
    </span>,
    <KeyBadge key="key" state={partner.key} />,
    t(`partners.way-${partner.way}`),
    <LastTraffic key="traffic" partner={partner} />,
  ];
}

function LastTraffic({ partner: { sent_ms, received_ms, underWay } }: { partner: PartnerView }) {
  if (sent_ms === null && received_ms === null && underWay === 0) return <>{t('partners.never')}</>;
  return (
    <div class="lines">
      {sent_ms !== null && <span>{t('partners.sent', { time: momentText(sent_ms) })}</span>}
      {received_ms !== null && <span>{t('partners.received', { time: momentText(received_ms) })}</span>}
      {underWay > 0 && <span>{t('partners.under-way', { count: underWay })}</span>}
    </div>
  );
}

/** What partners need of us, and the fingerprint that they ask for on the telephone. */
function OwnKey() {
  const { value, error } = useLive<KeyView>('/api/key', ['settings']);
  return (
    <Card title={t('partners.own-key')}>
      <p>{t('partners.own-key-words')}</p>
      {error && <Failure error={error} />}
      {value && (
        <div class="stack">
          <p>
            <Fingerprint hex={value.fingerprint} />
          </p>
          <p>
            <Qr svg={value.qr} label={t('partners.qr')} />
          </p>
          <div class="actions">
            <LinkButton href="/api/key/partner-file" icon="download" kind="primary" download>
              {t('partners.download-file')}
            </LinkButton>
            <LinkButton href="/api/key/file" icon="download" download>
              {t('partners.download-key')}
            </LinkButton>
          </div>
        </div>
      )}
    </Card>
  );
}
