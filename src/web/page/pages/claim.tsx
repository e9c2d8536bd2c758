import { useState } from 'preact/hooks';
import type { Language } from '../../../core/errors.ts';
import { useAction } from '../lib/action.ts';
import { ApiError, api, type Problem } from '../lib/api.ts';
import { refreshState, welcome } from '../lib/enter.ts';
import { problemAt } from '../lib/problems.ts';
import type { Session } from '../lib/session.ts';
import { language, rememberLanguage, speak, t } from '../lib/texts.ts';
import { AlonePage } from '../parts/alone.tsx';
import { Button } from '../parts/button.tsx';
import { PasswordField, SelectField, TextField } from '../parts/fields.tsx';
import { FormProblems } from '../parts/problems.tsx';

/** Where the new owner goes on. */
const THEN = { setup: '/setup', restore: '/system/backup' } as const;

/** A box without an owner: who has its pairing code becomes the first administrator. */
export default function Claim() {
  const [code, setCode] = useState('');
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [then, setThen] = useState<keyof typeof THEN>('setup');
  const [differs, setDiffers] = useState(false);
  const claim = useAction(async () => {
    const body = { code, name, password, language: language.value };
    const session = await api.post<Session>('/api/claim', body).catch((thrown) => {
      throw thrown instanceof ApiError ? placed(thrown) : thrown;
    });
    history.replaceState(null, '', THEN[then]);
    await welcome(session);
    await refreshState();
  });
  const problem = (field: string) => problemAt(claim.error?.problems, field);
  return (
    <AlonePage title={t('claim.title')}>
      <p class="lead">{t('claim.lead')}</p>
      <form
        class="card"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setDiffers(password !== again);
          if (password === again) void claim.run();
        }}
      >
        <FormProblems error={claim.error} />
        <TextField
          label={t('claim.code')}
          description={t('claim.code-hint')}
          at={['code']}
          problem={problem('code')}
          name="code"
          value={code}
          onChange={setCode}
          mono
          required
        />
        <SelectField
          label={t('claim.language')}
          value={language.value}
          onChange={(chosen) => void choose(chosen as Language)}
          options={[
            { value: 'de', label: 'Deutsch' },
            { value: 'en', label: 'English' },
          ]}
        />
        <TextField
          label={t('claim.name')}
          at={['name']}
          problem={problem('name')}
          name="username"
          autoComplete="username"
          value={name}
          onChange={setName}
          required
        />
        <PasswordField
          label={t('claim.password')}
          description={t('claim.password-hint')}
          at={['password']}
          problem={problem('password')}
          name="new-password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          required
        />
        <PasswordField
          label={t('claim.again')}
          problem={differs ? t('claim.differs') : undefined}
          name="new-password-again"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          required
        />
        <SelectField
          label={t('claim.then')}
          value={then}
          onChange={(chosen) => setThen(chosen === 'restore' ? 'restore' : 'setup')}
          options={[
            { value: 'setup', label: t('claim.then-setup') },
            { value: 'restore', label: t('claim.then-restore') },
          ]}
        />
        <div class="actions end">
          <Button type="submit" kind="primary" busy={claim.busy}>
            {t('claim.do')}
          </Button>
        </div>
      </form>
    </AlonePage>
  );
}

/** The language of the page, of this browser and, once it is made, of the account. */
async function choose(chosen: Language): Promise<void> {
  rememberLanguage(chosen);
  await speak(chosen);
}

/** Whose field a code belongs to, by how it begins. */
const FIELDS: Readonly<Record<string, string>> = {
  'pairing-': 'code',
  'account-': 'name',
  'user-name': 'name',
  'password-': 'password',
};

/** What the box says about the whole stands beside the field that it is about. */
function placed(error: ApiError): ApiError {
  const prefix = Object.keys(FIELDS).find((beginning) => error.code.startsWith(beginning));
  if (prefix === undefined || error.problems.length > 0) return error;
  const { status, code, message } = error;
  const problem: Problem = { path: [FIELDS[prefix]!], code: code as Problem['code'], message };
  return new ApiError(status, { code, message, problems: [problem] });
}
