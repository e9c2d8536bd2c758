import type { KeyView } from '../../../partners/key-view.ts';
import type { PartnerView } from '../../../partners/partner-view.ts';
import { dateText } from '../../lib/format.ts';
import { t } from '../../lib/texts.ts';
import { Fingerprint, Qr } from '../../parts/key.tsx';
import { Facts } from '../../parts/layout.tsx';
import { Badge, Notice } from '../../parts/words.tsx';

/** What there is to know of a key, the fingerprint and its QR code first. */
export function KeyFacts({ shown }: { shown: KeyView }) {
  return (
    <>
      <Facts
        rows={[
          [t('partners.fingerprint'), <Fingerprint key="hex" hex={shown.fingerprint} />],
          [t('partners.key-of'), shown.userIds.join(', ') || '–'],
          [t('partners.key-algorithm'), [shown.algorithm, ...shown.weaknesses].join(', ')],
          [t('partners.key-created'), dateText(shown.created_ms)],
          [
            t('partners.key-expires'),
            shown.expires_ms === null ? t('partners.key-forever') : dateText(shown.expires_ms),
          ],
        ]}
      />
      <p>
        <Qr svg={shown.qr} label={t('partners.qr')} />
      </p>
      {shown.unusable && (
        <Notice tone="fail">
          <p>{shown.unusable.message}</p>
        </Notice>
      )}
    </>
  );
}

/** Whether there is a key to encrypt to, in a word. */
export function KeyBadge({ state }: { state: PartnerView['key'] }) {
  switch (state.state) {
    case 'ok':
      return <Badge tone="ok">{t('partners.key-ok')}</Badge>;
    case 'expiring':
      return <Badge tone="warn">{t('partners.key-expiring', { date: dateText(state.expires_ms ?? 0) })}</Badge>;
    default:
      return <Badge tone="fail">{t(`partners.key-${state.state}`)}</Badge>;
  }
}
