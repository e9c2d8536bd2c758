import { useState } from 'preact/hooks';
import type { TokensAnswer } from '../../routes/tokens.ts';
import { api } from '../lib/api.ts';
import { dateText, momentText } from '../lib/format.ts';
import { useLive } from '../lib/live.ts';
import { may } from '../lib/session.ts';
import { tell } from '../lib/tell.ts';
import { t } from '../lib/texts.ts';
import { Button } from '../parts/button.tsx';
import { ask } from '../parts/dialog.tsx';
import { Failure } from '../parts/failures.tsx';
import { Card, Page } from '../parts/layout.tsx';
import { Table } from '../parts/table.tsx';
import { Badge, Empty, Spinner } from '../parts/words.tsx';
import { AddToken } from './tokens/add.tsx';

/** What scripts come in with: one's own tokens; for admins, everybody's. */
export default function Tokens() {
  const { value, error, reload } = useLive<TokensAnswer>('/api/tokens', ['accounts']);
  const [adding, setAdding] = useState(false);
  const add = (
    <Button kind="primary" icon="add" onClick={() => setAdding(true)}>
      {t('tokens.add')}
    </Button>
  );
  return (
    <Page title={t('tokens.title')} lead={t('tokens.lead')} actions={add}>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <Card>
          <TokenTable tokens={value.tokens} reload={reload} />
          <p class="hint">{t('tokens.how')}</p>
        </Card>
      )}
      {adding && <AddToken onClose={() => setAdding(false)} reload={reload} />}
    </Page>
  );
}

type Token = TokensAnswer['tokens'][number];

function TokenTable({ tokens, reload }: { tokens: readonly Token[]; reload: () => Promise<void> }) {
  const revoke = async ({ id, name }: Token) => {
    const question = { title: t('tokens.revoke-ask', { name }), text: t('tokens.revoke-words') };
    if ((await ask({ ...question, confirm: t('tokens.revoke'), danger: true })) === null) return;
    await api.delete(`/api/tokens/${id}`);
    tell('ok', t('tokens.revoked'));
    await reload();
  };
  const everybody = may('admin');
  const head = [
    t('tokens.name'),
    ...(everybody ? [t('tokens.owner')] : []),
    t('tokens.role'),
    t('tokens.expires'),
    t('tokens.used'),
    { label: t('tokens.deeds'), unseen: true },
  ];
  const rows = tokens.map((token) => ({
    key: token.id,
    cells: [
      token.name,
      ...(everybody ? [token.owner] : []),
      t(`common.role-${token.role}`),
      <Expiry key="expiry" at_ms={token.expires_ms} />,
      token.used_ms === null ? t('tokens.never') : momentText(token.used_ms),
      <Button key="revoke" icon="remove" onClick={() => revoke(token)}>
        {t('tokens.revoke')}
      </Button>,
    ],
  }));
  return <Table caption={t('tokens.title')} head={head} rows={rows} empty={<Empty title={t('tokens.empty')} />} />;
}

function Expiry({ at_ms }: { at_ms: number }) {
  if (at_ms > Date.now()) return <>{dateText(at_ms)}</>;
  return (
    <>
      {dateText(at_ms)} <Badge tone="warn">{t('tokens.expired')}</Badge>
    </>
  );
}
