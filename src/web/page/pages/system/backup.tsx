import { useState } from 'preact/hooks';
import { useAction } from '../../lib/action.ts';
import { ApiError } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { PasswordField } from '../../parts/fields.tsx';
import { Card, Cards, Page } from '../../parts/layout.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { download } from './download.ts';
import { Restore } from './restore.tsx';
import './system.css';

export default function BackupPage() {
  return (
    <Page title={t('system.backup')} lead={t('system.backup-lead')}>
      <Cards>
        <MakeBackup />
        <Card title={t('system.restore')}>
          <Restore />
        </Card>
      </Cards>
    </Page>
  );
}

function MakeBackup() {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const action = useAction(async () => {
    if (passphrase !== again) {
      const message = t('system.passphrase-differs');
      throw new ApiError(0, {
        ...{ code: 'passphrase-differs', message },
        problems: [{ path: ['again'], code: 'request-invalid', message }],
      });
    }
    await download('/api/backup', { passphrase });
    setPassphrase('');
    setAgain('');
    tell('ok', t('system.backup-done'));
  });
  const { error } = action;
  const short = error?.code === 'backup-passphrase-short' ? error.message : undefined;
  return (
    <Card title={t('system.backup-make')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        <p class="intro">{t('system.backup-holds')}</p>
        <FormProblems error={error} />
        <PasswordField
          label={t('system.passphrase')}
          description={t('system.passphrase-hint')}
          value={passphrase}
          onChange={setPassphrase}
          autoComplete="new-password"
          problem={problemAt(error?.problems, 'passphrase') ?? short}
          at={['passphrase']}
          required
        />
        <PasswordField
          label={t('system.passphrase-again')}
          value={again}
          onChange={setAgain}
          autoComplete="new-password"
          problem={problemAt(error?.problems, 'again')}
          at={['again']}
          required
        />
        <div class="actions end">
          <Button type="submit" kind="primary" icon="download" busy={action.busy}>
            {t('system.backup-make')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
