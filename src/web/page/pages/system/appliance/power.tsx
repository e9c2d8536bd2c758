import { useState } from 'preact/hooks';
import type { UnderWayAnswer } from '../../../../routes/system.ts';
import { api } from '../../../lib/api.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { ask } from '../../../parts/dialog.tsx';
import { Card } from '../../../parts/layout.tsx';
import { Notice } from '../../../parts/words.tsx';
import { awaitRestart, MACHINE_MS } from '../restarting.tsx';
import { UnderWay } from '../under-way.tsx';

/** Restart and end of the whole machine. */
export function Power() {
  const [isOff, setOff] = useState(false);
  const confirmed = async (title: string, danger: boolean, more: string | null) => {
    const now = await api.get<UnderWayAnswer>('/api/system/under-way');
    const text = (
      <>
        <UnderWay now={now} />
        {more && <p>{more}</p>}
      </>
    );
    return (await ask({ title, text, confirm: title, danger })) !== null;
  };
  const reboot = async () => {
    if (!(await confirmed(t('appliance.reboot'), false, null))) return;
    await api.post('/api/appliance/reboot');
    awaitRestart(MACHINE_MS);
  };
  const off = async () => {
    if (!(await confirmed(t('appliance.off'), true, t('appliance.off-words')))) return;
    await api.post('/api/appliance/power-off');
    setOff(true);
  };
  return (
    <Card title={t('appliance.power')}>
      <p>{t('appliance.power-lead')}</p>
      {isOff && (
        <Notice tone="info" live>
          {t('appliance.off-done')}
        </Notice>
      )}
      <div class="actions end">
        <Button onClick={off} kind="danger">
          {t('appliance.off')}
        </Button>
        <Button onClick={reboot} icon="refresh">
          {t('appliance.reboot')}
        </Button>
      </div>
    </Card>
  );
}
