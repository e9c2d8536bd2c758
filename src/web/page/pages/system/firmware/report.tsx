import { api } from '../../../lib/api.ts';
import { momentText } from '../../../lib/format.ts';
import { may } from '../../../lib/session.ts';
import { tell } from '../../../lib/tell.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { Card, Facts } from '../../../parts/layout.tsx';
import { Notice } from '../../../parts/words.tsx';
import type { FirmwareProps } from './now.tsx';

/** What the operator was told last; nothing where nobody is told. */
export function Report({ firmware: { report }, reload }: FirmwareProps) {
  if (report === null) return null;
  const now = async () => {
    await api.post('/api/firmware/report');
    tell('ok', t('firmware.reported'));
    await reload();
  };
  return (
    <Card title={t('firmware.report')}>
      <p class="intro">{t('firmware.report-lead')}</p>
      <Facts rows={[[t('firmware.report-last'), momentText(report.at_ms)]]} />
      {report.words && <Notice tone="warn">{report.words}</Notice>}
      {may('admin') && (
        <div class="actions end">
          <Button onClick={now}>{t('firmware.report-now')}</Button>
        </div>
      )}
    </Card>
  );
}
