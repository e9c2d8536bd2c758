import { useState } from 'preact/hooks';
import type { User } from '../../../people/answers.ts';
import { attempt, useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { ask, Dialog } from '../../parts/dialog.tsx';
import { CheckField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { FirstPasswordField, LanguageField, RoleField } from './fields.tsx';

interface ChangeProps {
  user: User;
  onClose: () => void;
  reload: () => Promise<void>;
}

/** One account: what the person may do, and what an admin does for somebody who lost password or phone, or leaves. */
export function ChangeUser({ user, onClose, reload }: ChangeProps) {
  const [withPassword, setWithPassword] = useState(false);
  if (withPassword) return <SetPassword user={user} onClose={onClose} reload={reload} />;
  return (
    <Dialog title={t('users.change', { name: user.name })} onClose={onClose}>
      <Powers user={user} onClose={onClose} reload={reload} />
      <hr />
      <Deeds user={user} onClose={onClose} reload={reload} onPassword={() => setWithPassword(true)} />
    </Dialog>
  );
}

function Powers({ user, onClose, reload }: ChangeProps) {
  const [role, setRole] = useState(user.role);
  const [language, setLanguage] = useState(user.language);
  const [disabled, setDisabled] = useState(user.disabled);
  const save = useAction(async () => {
    await api.patch(`/api/users/${user.id}`, { role, language, disabled });
    tell('ok', t('users.changed', { name: user.name }));
    await reload();
    onClose();
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <FormProblems error={save.error} />
      <RoleField value={role} onChange={setRole} problems={save.error?.problems} />
      <LanguageField value={language} onChange={setLanguage} />
      <CheckField
        label={t('users.disable')}
        description={t('users.disable-hint')}
        value={disabled}
        onChange={setDisabled}
      />
      <p class="hint">{t('users.change-hint')}</p>
      <div class="actions end">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" kind="primary" busy={save.busy}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  );
}

/** What cannot be taken back is asked for once more, after this dialog has gone: two at once confuse. */
function Deeds({ user, onClose, reload, onPassword }: ChangeProps & { onPassword: () => void }) {
  const { id, name } = user;
  const confirmed = async (question: Parameters<typeof ask>[0], path: string, done: string) => {
    onClose();
    if ((await ask({ ...question, danger: true })) === null) return;
    await attempt(async () => {
      await api.delete(path);
      tell('ok', done);
    });
    await reload();
  };
  const removeFactor = () =>
    confirmed(
      {
        title: t('users.remove-factor-ask', { name }),
        text: t('users.remove-factor-words'),
        confirm: t('users.remove-factor'),
      },
      `/api/users/${id}/second-factor`,
      t('users.factor-removed'),
    );
  const remove = () =>
    confirmed(
      { title: t('users.remove-ask', { name }), text: t('users.remove-words'), confirm: t('users.remove') },
      `/api/users/${id}`,
      t('users.removed', { name }),
    );
  const endSessions = async () => {
    await api.delete(`/api/users/${id}/sessions`);
    tell('ok', t('users.sessions-ended'));
    await reload();
  };
  return (
    <div class="actions">
      <Button onClick={onPassword}>{t('users.set-password')}</Button>
      {user.sessions > 0 && <Button onClick={endSessions}>{t('users.end-sessions')}</Button>}
      {user.secondFactor && <Button onClick={removeFactor}>{t('users.remove-factor')}</Button>}
      <Button kind="danger" onClick={remove}>
        {t('users.remove')}
      </Button>
    </div>
  );
}

function SetPassword({ user, onClose, reload }: ChangeProps) {
  const [password, setPassword] = useState('');
  const save = useAction(async () => {
    await api.put(`/api/users/${user.id}/password`, { password });
    tell('ok', t('users.password-set'));
    await reload();
    onClose();
  });
  return (
    <Dialog title={t('users.set-password-of', { name: user.name })} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <FormProblems error={save.error} />
        <FirstPasswordField
          label={t('users.new-password')}
          value={password}
          onChange={setPassword}
          problems={save.error?.problems}
        />
        <div class="actions end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" kind="primary" busy={save.busy}>
            {t('users.set-password')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
