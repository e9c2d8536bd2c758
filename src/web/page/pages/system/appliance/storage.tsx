import { useState } from 'preact/hooks';
import type { ApplianceAnswer } from '../../../../appliance/answers.ts';
import type { KeyAnswer } from '../../../../routes/appliance-acts.ts';
import { useAction } from '../../../lib/action.ts';
import { api } from '../../../lib/api.ts';
import { problemAt } from '../../../lib/problems.ts';
import { may } from '../../../lib/session.ts';
import { tell } from '../../../lib/tell.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { ask } from '../../../parts/dialog.tsx';
import { PasswordField } from '../../../parts/fields.tsx';
import { Card } from '../../../parts/layout.tsx';
import { FormProblems } from '../../../parts/problems.tsx';
import { Notice } from '../../../parts/words.tsx';
import { atPassword } from './reset.tsx';

interface Props {
  appliance: ApplianceAnswer;
  reload: () => Promise<void>;
}

/** What the data are protected by, plainly; and the recovery key, for as long as it lies on the box. */
export function Storage({ appliance: { protection, machine }, reload }: Props) {
  return (
    <Card title={t('appliance.storage')}>
      <p>{t(`appliance.storage-${protection}`)}</p>
      {protection === 'tpm2' && machine && (
        <>
          <h3>{t('appliance.recovery')}</h3>
          {machine.recoveryKey ? (
            <>
              <Notice tone="warn">{t('appliance.recovery-waits')}</Notice>
              {may('admin') && <Recovery reload={reload} />}
            </>
          ) : (
            <p>{t('appliance.recovery-gone')}</p>
          )}
        </>
      )}
    </Card>
  );
}

function Recovery({ reload }: { reload: () => Promise<void> }) {
  const [password, setPassword] = useState('');
  const [key, setKey] = useState<string | null>(null);
  const show = useAction(async () => {
    const answer = await api.post<KeyAnswer>('/api/appliance/recovery-key', { password }).catch(atPassword);
    setPassword('');
    setKey(answer.key);
  });
  const forget = async () => {
    const title = t('appliance.recovery-forget');
    const text = <p>{t('appliance.recovery-forget-words')}</p>;
    if ((await ask({ title, text, confirm: title, danger: true })) === null) return;
    await api.delete('/api/appliance/recovery-key');
    setKey(null);
    tell('ok', t('appliance.recovery-gone'));
    await reload();
  };
  if (key !== null)
    return (
      <div role="status" class="made">
        <p>{t('appliance.recovery-key')}</p>
        <p class="mono recovery-key">{key}</p>
        <div class="actions end">
          <Button onClick={forget}>{t('appliance.recovery-forget')}</Button>
        </div>
      </div>
    );
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void show.run();
      }}
    >
      <FormProblems error={show.error} />
      <PasswordField
        label={t('appliance.password')}
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        at={['password']}
        problem={problemAt(show.error?.problems, 'password')}
        required
      />
      <div class="actions end">
        <Button type="submit" busy={show.busy}>
          {t('appliance.recovery-show')}
        </Button>
      </div>
    </form>
  );
}
