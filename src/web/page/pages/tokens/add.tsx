import { useState } from 'preact/hooks';
import type { Role } from '../../../route.ts';
import type { MadeToken } from '../../../routes/tokens.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import { session } from '../../lib/session.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { NumberField, TextField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { RoleField } from '../users/fields.tsx';

const USUAL_DAYS = 365;
const MOST_DAYS = 730;

/** A new token, which is then shown once. */
export function AddToken({ onClose, reload }: { onClose: () => void; reload: () => Promise<void> }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState<number | undefined>(USUAL_DAYS);
  const [made, setMade] = useState<MadeToken | null>(null);
  const add = useAction(async () => {
    setMade(await api.post<MadeToken>('/api/tokens', { name, role, days }));
    await reload();
  });
  if (made) return <Made token={made.token} onClose={onClose} />;
  const problems = add.error?.problems;
  return (
    <Dialog title={t('tokens.add')} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void add.run();
        }}
      >
        <FormProblems error={add.error} />
        <TextField
          label={t('tokens.name')}
          description={t('tokens.name-hint')}
          at={['name']}
          problem={problemAt(problems, 'name')}
          maxLength={60}
          required
          value={name}
          onChange={setName}
        />
        <RoleField value={role} onChange={setRole} problems={problems} most={session.value?.role ?? 'viewer'} />
        <NumberField
          label={t('tokens.days')}
          unit={t('tokens.day-unit')}
          minimum={1}
          maximum={MOST_DAYS}
          at={['days']}
          problem={problemAt(problems, 'days')}
          value={days}
          onChange={setDays}
        />
        <div class="actions end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" kind="primary" busy={add.busy}>
            {t('tokens.add')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Made({ token, onClose }: { token: string; onClose: () => void }) {
  const copy = async () => {
    await navigator.clipboard.writeText(token);
    tell('ok', t('common.copied'));
  };
  return (
    <Dialog title={t('tokens.made')} onClose={onClose}>
      <p>{t('tokens.made-words')}</p>
      <p class="mono">{token}</p>
      <div class="actions end">
        <Button icon="copy" onClick={copy}>
          {t('common.copy')}
        </Button>
        <Button kind="primary" onClick={onClose}>
          {t('common.close')}
        </Button>
      </div>
    </Dialog>
  );
}
