import { useState } from 'preact/hooks';
import { useAction } from '../../../lib/action.ts';
import { ApiError, api, type Problem } from '../../../lib/api.ts';
import { problemAt } from '../../../lib/problems.ts';
import { t } from '../../../lib/texts.ts';
import { Button } from '../../../parts/button.tsx';
import { PasswordField, TextField } from '../../../parts/fields.tsx';
import { Card } from '../../../parts/layout.tsx';
import { FormProblems } from '../../../parts/problems.tsx';
import { Notice } from '../../../parts/words.tsx';

/** Destroys everything: who does it types the name of the box, and the own password again. */
export function Reset({ name }: { name: string }) {
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState('');
  const [isDone, setDone] = useState(false);
  const reset = useAction(async () => {
    await api.post('/api/appliance/factory-reset', { name: typed, password }).catch(atPassword);
    setDone(true);
  });
  const problems = reset.error?.problems;
  return (
    <Card title={t('appliance.reset')}>
      <p class="intro">{t('appliance.reset-lead')}</p>
      {isDone ? (
        <Notice tone="info" live>
          {t('appliance.reset-done')}
        </Notice>
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void reset.run();
          }}
        >
          <FormProblems error={reset.error} />
          <TextField
            label={t('appliance.reset-name', { name })}
            value={typed}
            onChange={setTyped}
            at={['name']}
            problem={problemAt(problems, 'name')}
            mono
            required
          />
          <PasswordField
            label={t('appliance.password')}
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
            at={['password']}
            problem={problemAt(problems, 'password')}
            required
          />
          <div class="actions end">
            <Button type="submit" kind="danger" busy={reset.busy}>
              {t('appliance.reset-now')}
            </Button>
          </div>
        </form>
      )}
    </Card>
  );
}

/** A wrong password stands beside its field. */
export function atPassword(thrown: unknown): never {
  if (!(thrown instanceof ApiError) || !['password-wrong', 'login-locked'].includes(thrown.code)) throw thrown;
  const { status, code, message } = thrown;
  const problem: Problem = { path: ['password'], code: code as Problem['code'], message };
  throw new ApiError(status, { code, message, problems: [problem] });
}
