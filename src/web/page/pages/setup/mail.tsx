import { useEffect, useState } from 'preact/hooks';
import type { FindingAnswer, RunAnswer } from '../../../probes/shapes.ts';
import type { SettingsAnswer } from '../../../routes/settings.ts';
import type { ServersAnswer } from '../../../routes/setup.ts';
import { useAction } from '../../lib/action.ts';
import { api } from '../../lib/api.ts';
import { type PlainKey, t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { SelectField } from '../../parts/fields.tsx';
import { FormProblems } from '../../parts/problems.tsx';
import { Notice, Spinner } from '../../parts/words.tsx';
import { draftsOf, emptyAccount, type MailAccount, savedAccount, secretsOf, withFound } from './mail-account.ts';
import { MailFields } from './mail-form.tsx';
import { saveSettings, useSettings } from './settings.ts';
import { StepCard, type StepProps } from './step.tsx';
import { follow, type LiveTest, TestedActions, TestLines, useTests } from './tests.tsx';

type Found = ServersAnswer['accounts'];

/** The mail account: servers by the address, password, log-ins and a mail to ourselves tested live, then saved. */
export function MailStep(props: StepProps) {
  const { value: answer } = useSettings();
  return answer ? <MailForm {...props} answer={answer} /> : <Spinner />;
}

function MailForm({ answer, next, skip }: StepProps & { answer: SettingsAnswer }) {
  const { settings } = answer;
  const { address } = settings.mail;
  const [account, setAccount] = useState<MailAccount>(() => savedAccount(settings) ?? emptyAccount(address));
  const tests = useTests();
  const change = (changed: MailAccount) => {
    tests.forget();
    setAccount(changed);
  };
  const save = useAction(async () => {
    const drafts = draftsOf(account, settings);
    const changes = [
      { path: 'mail.smtp', value: drafts.smtp },
      { path: 'mail.imap', value: drafts.imap },
    ];
    await saveSettings(answer, changes, secretsOf(drafts));
    await next();
  });
  const test = () => tests.action.run(testsOf(account, settings));
  const error = save.error ?? tests.action.error;
  return (
    <StepCard place="mail" lead={t('setup.mail-lead', { address })}>
      <FoundServers
        address={address}
        search={savedAccount(settings) === null}
        onFound={(found) => change(withFound(account, found))}
      />
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void (tests.passed ? save.run() : test());
        }}
      >
        <FormProblems error={error} />
        <MailFields
          account={account}
          onChange={change}
          error={error}
          isStored={settings.mail.smtp?.password !== undefined}
        />
        <TestLines tests={tests} />
        <TestedActions tests={tests} save={save} skip={skip} skipHint={t('setup.mail-skip-hint')} />
      </form>
    </StepCard>
  );
}

const STEPS: Readonly<Record<string, PlainKey>> = {
  sealing: 'setup.mail-step-sealing',
  sending: 'setup.mail-step-sending',
  waiting: 'setup.mail-step-waiting',
  opening: 'setup.mail-step-opening',
};

function testsOf(account: MailAccount, settings: SettingsAnswer['settings']): LiveTest[] {
  const { smtp, imap, password } = draftsOf(account, settings);
  const typed = password === undefined ? {} : { password };
  const both = password === undefined ? {} : { smtp_password: password, imap_password: password };
  return [
    {
      title: t('setup.mail-smtp'),
      run: () => api.post<FindingAnswer>('/api/probes/smtp', { smtp, ...typed }),
    },
    {
      title: t('setup.mail-imap'),
      run: () => api.post<FindingAnswer>('/api/probes/imap', { imap, ...typed }),
    },
    {
      title: t('setup.mail-self'),
      run: async (watch) =>
        follow(await api.post<RunAnswer>('/api/probes/self-mail', { smtp, imap, ...both }), watch, (step) =>
          t(STEPS[step] ?? 'setup.running'),
        ),
    },
  ];
}

interface FoundProps {
  address: string;
  /** Begins by itself. */
  search: boolean;
  onFound: (found: Found[number]) => void;
}

/** What the table of providers and the domain of the address tell. */
function FoundServers({ address, search, onFound }: FoundProps) {
  const [found, setFound] = useState<Found | null>(null);
  const [chosen, setChosen] = useState(0);
  const choose = (accounts: Found, index: number) => {
    setChosen(index);
    const account = accounts[index];
    if (account) onFound(account);
  };
  const look = useAction(async () => {
    const { accounts } = await api.post<ServersAnswer>('/api/setup/mail-servers', { address });
    setFound(accounts);
    choose(accounts, 0);
  });
  useEffect(() => {
    if (search) void look.run();
  }, []);
  const note = found?.[chosen]?.note;
  return (
    <div class="stack" role="status">
      {look.error && <Notice tone="fail">{look.error.message}</Notice>}
      {look.busy && <p>{t('setup.mail-searching')}</p>}
      {found?.length === 0 && <Notice tone="info">{t('setup.mail-found-none')}</Notice>}
      {found && found.length > 0 && (
        <SelectField
          label={t('setup.mail-found')}
          value={String(chosen)}
          onChange={(value) => choose(found, Number(value))}
          options={found.map((account, index) => ({ value: String(index), label: foundText(account) }))}
        />
      )}
      {note && (
        <Notice tone={note === 'oauth-only' || note === 'no-imap' || note === 'kim' ? 'warn' : 'info'}>
          {t(`setup.mail-note-${note}`)}
        </Notice>
      )}
      {!look.busy && (
        <Button kind="quiet" icon="search" onClick={look.run}>
          {t('setup.mail-search')}
        </Button>
      )}
    </div>
  );
}

function foundText({ by, provider, imap, smtp }: Found[number]): string {
  const name = provider ?? imap?.host ?? smtp?.host ?? '';
  if (by === 'provider') return t('setup.mail-by-provider', { name });
  if (by === 'provider-mx') return t('setup.mail-by-provider-mx', { name });
  return `${imap?.host ?? smtp?.host ?? ''} – ${t(`setup.mail-by-${by}`)}`;
}
