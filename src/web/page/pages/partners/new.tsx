import { useLocation } from 'preact-iso';
import { t } from '../../lib/texts.ts';
import { LinkButton } from '../../parts/button.tsx';
import { Card, Page } from '../../parts/layout.tsx';
import { AddPartner } from './add.tsx';

export default function NewPartnerPage() {
  const { route } = useLocation();
  return (
    <Page title={t('partners.add')} actions={<LinkButton href="/partners">{t('common.back')}</LinkButton>}>
      <Card title={t('partners.where-from')}>
        <AddPartner onAdded={(id) => route(`/partners/${id}`)} />
      </Card>
    </Page>
  );
}
