import { useState } from 'preact/hooks';
import type { User } from '../../people/answers.ts';
import type { UsersAnswer } from '../../routes/users.ts';
import { api } from '../lib/api.ts';
import { momentText } from '../lib/format.ts';
import { useLive } from '../lib/live.ts';
import { session } from '../lib/session.ts';
import { t } from '../lib/texts.ts';
import { Button } from '../parts/button.tsx';
import { Failure } from '../parts/failures.tsx';
import { CheckField } from '../parts/fields.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { Table } from '../parts/table.tsx';
import { Badge, Spinner } from '../parts/words.tsx';
import { AddUser } from './users/add.tsx';
import { ChangeUser } from './users/change.tsx';
import './users/users.css';

/** Who can log in: accounts, and the rule on second factors. */
export default function Users() {
  const { value, error, reload } = useLive<UsersAnswer>('/api/users', ['accounts']);
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<string | null>(null);
  const chosen = value?.users.find(({ id }) => id === changing);
  const add = (
    <Button kind="primary" icon="add" onClick={() => setAdding(true)}>
      {t('users.add')}
    </Button>
  );
  return (
    <Page title={t('users.title')} lead={t('users.lead')} actions={add}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <>
          <Card>
            <Accounts users={value.users} onChange={setChanging} />
          </Card>
          <Rule needed={value.adminsNeedSecondFactor} reload={reload} />
        </>
      )}
      {adding && <AddUser onClose={() => setAdding(false)} reload={reload} />}
      {chosen && <ChangeUser key={chosen.id} user={chosen} onClose={() => setChanging(null)} reload={reload} />}
    </Page>
  );
}

function Accounts({ users, onChange }: { users: readonly User[]; onChange: (id: string) => void }) {
  const head = [
    t('users.name'),
    t('users.role'),
    t('users.state'),
    t('users.second-factor'),
    t('users.last-login'),
    { label: t('users.deeds'), unseen: true },
  ];
  const rows = users.map((user) => ({
    key: user.id,
    cells: [
      <>
        {user.name} {user.name === session.value?.name && <Badge tone="info">{t('users.yourself')}</Badge>}
      </>,
      t(`common.role-${user.role}`),
      <UserState key="state" user={user} />,
      t(user.secondFactor ? 'session.second-factor-on' : 'session.second-factor-off'),
      user.login_ms === null ? t('users.never') : momentText(user.login_ms),
      <Button key="change" icon="edit" label={t('users.change', { name: user.name })} onClick={() => onChange(user.id)}>
        {t('common.change')}
      </Button>,
    ],
  }));
  return <Table caption={t('users.title')} head={head} rows={rows} />;
}

function UserState({ user }: { user: User }) {
  if (user.disabled) return <Badge tone="fail">{t('users.disabled')}</Badge>;
  if (user.mustChange) return <Badge tone="warn">{t('users.must-change')}</Badge>;
  return <Badge tone="ok">{t('users.active')}</Badge>;
}

function Rule({ needed, reload }: { needed: boolean; reload: () => Promise<void> }) {
  const [failed, setFailed] = useState<string>();
  const set = async (adminsNeedSecondFactor: boolean) => {
    setFailed(undefined);
    await api.put('/api/users/second-factor-rule', { adminsNeedSecondFactor }).catch((thrown: Error) => {
      setFailed(thrown.message);
    });
    await reload();
  };
  return (
    <Card title={t('users.rule')}>
      <CheckField
        label={t('users.rule-second-factor')}
        description={t('users.rule-second-factor-hint')}
        problem={failed}
        value={needed}
        onChange={(value) => void set(value)}
      />
    </Card>
  );
}
