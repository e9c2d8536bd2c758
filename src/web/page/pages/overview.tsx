import { t } from '../lib/texts.ts';
import { Page } from '../parts/layout.tsx';

export default function Overview() {
  return <Page title={t('overview.title')} />;
}
