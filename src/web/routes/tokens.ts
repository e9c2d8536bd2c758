import { group, integer, list, nullable, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { sha256 } from '../../core/ids.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import type { TokenRow } from '../../store/desk/tokens.ts';
import { done, moment, role, rowId } from '../people/answers.ts';
import { expectSession } from '../people/person.ts';
import type { Premises } from '../premises.ts';
import { mayAs, type Web } from '../route.ts';
import { newSecret, TOKEN_PREFIX } from '../who.ts';

const tags = ['tokens'];
const config = { right: 'viewer' } as const;
const DAY_MS = 86_400_000;

const tokenShape = {
  id: text({ description: 'Its id' }),
  name: text({ description: 'What it is for' }),
  owner: text({ description: 'User name of the account that it acts for' }),
  own: yesNo({ description: 'It is of whoever asks' }),
  role: role('What it may do, and never more than its account'),
  created_ms: moment('When it was made'),
  expires_ms: moment('When it ends'),
  used_ms: nullable(moment('When it was last used, to half a minute')),
};
const tokensAnswer = group(
  { tokens: list(group(tokenShape, { description: 'A token' }), { description: 'The latest first' }) },
  { description: 'One’s own tokens; for admins, everybody’s' },
);
export type TokensAnswer = ValueOf<typeof tokensAnswer>;
const madeAnswer = group(
  { ...tokenShape, token: text({ description: 'The token itself, shown this once' }) },
  { description: 'The new token' },
);
export type MadeToken = ValueOf<typeof madeAnswer>;
const newToken = group(
  {
    name: text({ description: 'What it is for', maxLength: 60 }),
    role: role('What it may do; not more than oneself'),
    days: integer(1, limits.token_days, { description: 'How long it is valid' }),
  },
  { description: 'A token for a script' },
);

/** What scripts come in with: `Authorization: Bearer rp_…`. */
export function tokenRoutes(web: Web, premises: Premises): void {
  const { desk, clock } = premises;
  const shown = (
    { id, name, role: may, created_ms, expires_ms, used_ms, account_id }: TokenRow,
    accountId: string,
  ) => ({
    ...{ id, name, role: may, created_ms, expires_ms, used_ms, own: account_id === accountId },
    owner: desk.accounts.get(account_id)?.name ?? '',
  });
  web.get(
    '/api/tokens',
    { config, schema: { tags, summary: 'Tokens', response: { 200: tokensAnswer } } },
    async (request) => {
      const { accountId, role: may } = request.caller!;
      const rows = desk.tokens.list(may === 'admin' ? undefined : accountId);
      return { tokens: rows.map((row) => shown(row, accountId)) };
    },
  );
  web.post(
    '/api/tokens',
    {
      config,
      schema: {
        ...{ tags, summary: 'Makes a token; needs a session, so that a token cannot prolong itself' },
        ...{ body: newToken, response: { 200: madeAnswer } },
      },
    },
    async (request) => {
      const { accountId, role: may, name: by } = expectSession(request.caller);
      const { name, role: asked, days } = request.body;
      if (!mayAs(may, asked)) throw new RohrpostError('role-needed', { details: { role: asked } });
      const token = newSecret(TOKEN_PREFIX);
      return desk.transaction(() => {
        const most = limits.tokens_per_account;
        if (desk.tokens.countOf(accountId) >= most) throw new RohrpostError('tokens-too-many', { details: { most } });
        const now_ms = clock.now();
        const times = { created_ms: now_ms, expires_ms: now_ms + days * DAY_MS };
        const id = desk.tokens.add({ hash: sha256(token), account_id: accountId, name, role: asked, ...times });
        desk.audit.add({ by, act: 'token-add', subject: name, details: { role: asked, days }, now_ms });
        return { ...shown(desk.tokens.get(id)!, accountId), token };
      });
    },
  );
  web.delete(
    '/api/tokens/:id',
    {
      config,
      schema: { tags, summary: 'Revokes a token: one’s own; for admins, anybody’s', params: rowId, response: done },
    },
    async (request, reply) => {
      const { accountId, role: may, name: by } = request.caller!;
      const row = desk.tokens.get(request.params.id);
      if (!row || (row.account_id !== accountId && may !== 'admin')) throw new RohrpostError('not-found');
      desk.transaction(() => {
        desk.tokens.remove(row.id);
        const owner = desk.accounts.get(row.account_id)?.name;
        desk.audit.add({ by, act: 'token-remove', subject: row.name, details: { owner }, now_ms: clock.now() });
      });
      return reply.code(204).send(null);
    },
  );
}
