import type { ApiError } from '../../lib/api.ts';
import { problemAt } from '../../lib/problems.ts';
import { t } from '../../lib/texts.ts';
import { NumberField, PasswordField, SelectField, TextField } from '../../parts/fields.tsx';
import type { MailAccount, ServerDraft } from './mail-account.ts';

interface FormProps {
  account: MailAccount;
  onChange: (account: MailAccount) => void;
  error: ApiError | null;
  /** A password is stored already. */
  isStored: boolean;
}

/** The fields of a mail account; those of the servers are filled in where they were found. */
export function MailFields({ account, onChange, error, isStored }: FormProps) {
  const set = (change: Partial<MailAccount>) => onChange({ ...account, ...change });
  return (
    <>
      <TextField
        label={t('setup.mail-user')}
        name="mail-user"
        {...placed(error, 'smtp', 'user')}
        value={account.user}
        onChange={(user) => set({ user })}
        required
      />
      <PasswordField
        label={t('setup.mail-password')}
        description={isStored ? t('setup.mail-password-kept') : undefined}
        name="mail-password"
        {...placed(error, 'smtp', 'password')}
        value={account.password}
        onChange={(password) => set({ password })}
        required={!isStored}
      />
      <ServerFields kind="smtp" server={account.smtp} error={error} onChange={(smtp) => set({ smtp })} />
      <ServerFields kind="imap" server={account.imap} error={error} onChange={(imap) => set({ imap })} />
      <details open={account.ca !== '' || account.imapUser !== ''}>
        <summary>{t('setup.further')}</summary>
        <TextField
          label={t('setup.mail-imap-user')}
          description={t('setup.mail-imap-user-hint')}
          {...placed(error, 'imap', 'user')}
          value={account.imapUser}
          onChange={(imapUser) => set({ imapUser })}
        />
        <TextField
          label={t('setup.mail-ca')}
          description={t('setup.mail-ca-hint')}
          {...placed(error, 'smtp', 'ca_file')}
          value={account.ca}
          onChange={(ca) => set({ ca })}
          mono
        />
      </details>
    </>
  );
}

interface ServerProps {
  kind: 'smtp' | 'imap';
  server: ServerDraft;
  error: ApiError | null;
  onChange: (server: ServerDraft) => void;
}

function ServerFields({ kind, server, error, onChange }: ServerProps) {
  const set = (change: Partial<ServerDraft>) => onChange({ ...server, ...change });
  return (
    <fieldset class="group">
      <legend>{t(`setup.mail-${kind}`)}</legend>
      <TextField
        label={t(`setup.mail-${kind}-host`)}
        {...placed(error, kind, 'host')}
        value={server.host}
        onChange={(host) => set({ host })}
        mono
        required
      />
      <NumberField
        label={t(`setup.mail-${kind}-port`)}
        {...placed(error, kind, 'port')}
        value={server.port}
        onChange={(port) => set({ port })}
        minimum={1}
        maximum={65_535}
        required
      />
      <SelectField
        label={t(`setup.mail-${kind}-security`)}
        {...placed(error, kind, 'security')}
        value={server.security}
        onChange={(security) => set({ security: security === 'tls' ? 'tls' : 'starttls' })}
        options={[
          { value: 'tls', label: t('setup.mail-tls') },
          { value: 'starttls', label: t('setup.mail-starttls') },
        ]}
      />
    </fieldset>
  );
}

/** Tests and settings name the same field by different paths. */
function placed(error: ApiError | null, kind: 'smtp' | 'imap', field: string) {
  const problem = problemAt(error?.problems, kind, field) ?? problemAt(error?.problems, 'mail', kind, field);
  const isOfSettings = error?.problems.some(({ path }) => path[0] === 'mail') ?? false;
  return { at: isOfSettings ? ['mail', kind, field] : [kind, field], problem };
}
