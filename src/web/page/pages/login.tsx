import { useRef, useState } from 'preact/hooks';
import { useAction } from '../lib/action.ts';
import { ApiError, api } from '../lib/api.ts';
import { welcome } from '../lib/enter.ts';
import type { Session } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { AlonePage } from '../parts/alone.tsx';
import { Button } from '../parts/button.tsx';
import { PasswordField, TextField } from '../parts/fields.tsx';
import { FormProblems } from '../parts/problems.tsx';

/** Name and password first; the code only of those who have a second factor. */
export default function Login() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const login = useAction(async () => {
    try {
      await welcome(await api.post<Session>('/api/session', { name, password, ...(code !== null && { code }) }));
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 'second-factor-asked' || code !== null) throw thrown;
      setCode('');
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[name="code"]')?.focus());
    }
  });
  return (
    <AlonePage title={t('session.login-title')}>
      <form
        ref={form}
        class="card"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void login.run();
        }}
      >
        <FormProblems error={login.error} />
        {code === null ? (
          <>
            <TextField
              label={t('session.name')}
              name="username"
              autoComplete="username"
              value={name}
              onChange={setName}
            />
            <PasswordField
              label={t('session.password')}
              name="password"
              autoComplete="current-password"
              value={password}
              onChange={setPassword}
            />
          </>
        ) : (
          <TextField
            label={t('session.code')}
            description={t('session.code-hint')}
            name="code"
            autoComplete="one-time-code"
            mono
            value={code}
            onChange={setCode}
          />
        )}
        <div class="actions end">
          {code !== null && (
            <Button
              kind="quiet"
              onClick={() => {
                setCode(null);
                login.clear();
              }}
            >
              {t('session.other-person')}
            </Button>
          )}
          <Button type="submit" kind="primary" busy={login.busy}>
            {t('session.login')}
          </Button>
        </div>
      </form>
      <p class="hint">{t('session.forgotten')}</p>
    </AlonePage>
  );
}
