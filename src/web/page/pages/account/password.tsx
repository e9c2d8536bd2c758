import { useState } from 'preact/hooks';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { welcome } from '../../lib/enter.ts';
import { problemAt } from '../../lib/problems.ts';
import type { Session } from '../../lib/session.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { PasswordField } from '../../parts/fields.tsx';
import { Card } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';

/** One's own password; twice, for nobody sees what they type. */
export function ChangePassword() {
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [differ, setDiffer] = useState(false);
  const change = useAction(async () => {
    const me = await api.put<Session>('/api/session/password', { old, password });
    setOld('');
    setPassword('');
    setAgain('');
    tell('ok', t('session.password-changed'));
    await welcome(me);
  });
  return (
    <Card title={t('session.change-password')}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setDiffer(password !== again);
          if (password === again) void change.run();
        }}
      >
        <FormProblems error={change.error} />
        <PasswordField
          label={t('session.old-password')}
          autoComplete="current-password"
          at={['old']}
          problem={problemAt(change.error?.problems, 'old')}
          value={old}
          onChange={setOld}
        />
        <PasswordField
          label={t('session.new-password')}
          description={t('session.new-password-hint')}
          autoComplete="new-password"
          at={['password']}
          problem={problemAt(change.error?.problems, 'password')}
          value={password}
          onChange={setPassword}
        />
        <PasswordField
          label={t('session.password-again')}
          autoComplete="new-password"
          problem={differ ? t('session.passwords-differ') : undefined}
          value={again}
          onChange={setAgain}
        />
        <p class="hint">{t('session.change-password-hint')}</p>
        <div class="actions end">
          <Button type="submit" kind="primary" busy={change.busy}>
            {t('session.change-password')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
