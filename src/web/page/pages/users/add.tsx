import { useState } from 'preact/hooks';
import type { Role } from '../../../route.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import { tell } from '../../lib/tell.ts';
import { language as spoken, t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { FirstPasswordField, LanguageField, RoleField } from './fields.tsx';

/** A new account. Its password is chosen here and changed at the first log-in. */
export function AddUser({ onClose, reload }: { onClose: () => void; reload: () => Promise<void> }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [language, setLanguage] = useState(spoken.value);
  const [password, setPassword] = useState('');
  const add = useAction(async () => {
    await api.post('/api/users', { name, role, language, password });
    tell('ok', t('users.added', { name }));
    await reload();
    onClose();
  });
  const problems = add.error?.problems;
  const taken = add.error?.code === 'account-exists' ? add.error.message : undefined;
  return (
    <Dialog title={t('users.add')} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void add.run();
        }}
      >
        <FormProblems error={add.error} />
        <TextField
          label={t('users.name')}
          description={t('users.name-hint')}
          at={['name']}
          problem={problemAt(problems, 'name') ?? taken}
          maxLength={40}
          required
          value={name}
          onChange={setName}
        />
        <RoleField value={role} onChange={setRole} problems={problems} />
        <LanguageField value={language} onChange={setLanguage} />
        <FirstPasswordField label={t('users.password')} value={password} onChange={setPassword} problems={problems} />
        <div class="actions end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" kind="primary" busy={add.busy}>
            {t('users.add')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
