import { api } from '../../../lib/api.ts';
import { may } from '../../../lib/session.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { ask } from '../../../parts/dialog.tsx';
import { Notice } from '../../../parts/words.tsx';
import { awaitRestart } from '../restarting.tsx';

/** The data come from other hardware: only a person knows whether that is a move or a copy. */
export function Moved() {
  const adopt = async () => {
    const title = t('appliance.adopt');
    const text = <p>{t('appliance.adopt-words')}</p>;
    if ((await ask({ title, text, confirm: title, danger: true })) === null) return;
    await api.post('/api/appliance/adopt');
    awaitRestart();
  };
  return (
    <Notice tone="fail" title={t('appliance.moved')}>
      <p>{t('appliance.moved-lead')}</p>
      <ul>
        <li>{t('appliance.moved-same')}</li>
        <li>{t('appliance.moved-copy')}</li>
      </ul>
      {may('admin') && (
        <div class="actions">
          <Button onClick={adopt}>{t('appliance.adopt')}</Button>
        </div>
      )}
    </Notice>
  );
}
