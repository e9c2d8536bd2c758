import { leave } from '../lib/enter.ts';
import { session } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { AlonePage } from '../parts/alone.tsx';
import { Button } from '../parts/button.tsx';
import { Notice } from '../parts/words.tsx';
import { ChangePassword } from './account/password.tsx';
import { SecondFactor } from './account/second-factor.tsx';

/** What must be done before anything else: a password of one's own, a second factor. */
export default function Owing() {
  const owes = session.value?.owes;
  return (
    <AlonePage title={t('session.account')}>
      <div class="stack">
        <Notice tone="info" live>
          <p>{owes === 'password-must-change' ? t('session.owes-password') : t('session.owes-second-factor')}</p>
        </Notice>
        {owes === 'password-must-change' ? <ChangePassword /> : <SecondFactor />}
        <Button onClick={leave}>{t('session.logout')}</Button>
      </div>
    </AlonePage>
  );
}
