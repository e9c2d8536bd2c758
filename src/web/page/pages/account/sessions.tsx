import type { ValueOf } from '../../../../config/kinds.ts';
import type { sessionsAnswer } from '../../../people/answers.ts';
import { api } from '../../lib/api.ts';
import { leave } from '../../lib/enter.ts';
import { momentText } from '../../lib/format.ts';
import { useLive } from '../../lib/live.ts';
import { tell } from '../../lib/tell.ts';
import { t } from '../../lib/texts.ts';
import { Button } from '../../parts/button.tsx';
import { Failure } from '../../parts/failures.tsx';
import { Card } from '../../parts/layout.tsx';
import { Table } from '../../parts/table.tsx';
import { Badge, Spinner } from '../../parts/words.tsx';

type Sessions = ValueOf<typeof sessionsAnswer>;

/** Where one is logged in; each can be ended, in case it is not oneself. */
export function OwnSessions() {
  const { value, error, reload } = useLive<Sessions>('/api/sessions', ['accounts']);
  const end = async (id: string, own: boolean) => {
    if (own) return leave();
    await api.delete(`/api/sessions/${id}`);
    await reload();
  };
  const others = value?.sessions.filter(({ own }) => !own) ?? [];
  const endOthers = async () => {
    for (const { id } of others) await api.delete(`/api/sessions/${id}`);
    await reload();
    tell('ok', t('session.others-ended'));
  };
  const actions = others.length > 0 && <Button onClick={endOthers}>{t('session.end-others')}</Button>;
  return (
    <Card title={t('session.sessions')} actions={actions} wide>
      {error && <Failure error={error} onRetry={reload} />}
      {!value && !error && <Spinner />}
      {value && (
        <Table
          caption={t('session.sessions')}
          head={[
            t('session.browser'),
            t('session.from'),
            t('session.began'),
            t('session.seen'),
            { label: t('session.deeds'), unseen: true },
          ]}
          rows={value.sessions.map(({ id, own, agent, address, began_ms, seen_ms }) => ({
            key: id,
            cells: [
              <>
                {browserOf(agent)} {own && <Badge tone="info">{t('session.this-one')}</Badge>}
              </>,
              address,
              momentText(began_ms),
              momentText(seen_ms),
              <Button key="end" onClick={() => end(id, own)}>
                {own ? t('session.logout') : t('session.end')}
              </Button>,
            ],
          }))}
        />
      )}
    </Card>
  );
}

/** Browser and system, out of the long string in which browsers claim to be each other. */
function browserOf(agent: string): string {
  const [, name, version] =
    /(Edg|OPR|Firefox|Chrome|Version(?=.*Safari))\/(\d+)/.exec(agent.replace(/.*(Edg|OPR)\//, '$1/')) ?? [];
  const [system] = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent) ?? [];
  if (!name) return agent.slice(0, 40);
  const words = { Edg: 'Edge', OPR: 'Opera', Version: 'Safari' }[name] ?? name;
  return [`${words} ${version}`, system].filter(Boolean).join(', ');
}
