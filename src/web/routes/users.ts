import { group, list, optional, userName, type ValueOf, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import type { AccountRow } from '../../store/desk/accounts.ts';
import type { AuditDetails } from '../../store/desk/audit.ts';
import { chosenPassword, done, language, role, rowId, type User, userAnswer, userOf } from '../people/answers.ts';
import { expectGoodPassword } from '../people/password-rule.ts';
import type { Passwords } from '../people/passwords.ts';
import { namesAround } from '../people/person.ts';
import { forgetSecrets, removeSecondFactor } from '../people/second-factor.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { ADMINS_NEED_SECOND_FACTOR, isAlive } from '../who.ts';

const tags = ['users'];
const config = { right: 'admin' } as const;

const usersAnswer = group(
  {
    users: list(userAnswer, { description: 'All accounts, by name' }),
    adminsNeedSecondFactor: yesNo({ description: 'The rule that admins must have a second factor' }),
  },
  { description: 'Accounts' },
);
export type UsersAnswer = ValueOf<typeof usersAnswer>;

const newUser = group(
  {
    name: userName({ description: 'User name' }),
    role: role('What the person may do'),
    language: language('The language of the page'),
    password: chosenPassword('The first password; it must be changed at the first log-in'),
  },
  { description: 'The new account' },
);
const changes = group(
  {
    role: optional(role('What the person may do')),
    disabled: optional(yesNo({ description: 'Cannot log in' })),
    language: optional(language('The language of the page')),
  },
  { description: 'What is to change' },
);
const newPassword = group(
  { password: chosenPassword('It must be changed at the next log-in') },
  { description: 'The new password' },
);
const rule = group({ adminsNeedSecondFactor: yesNo({ description: 'Whether it holds' }) }, { description: 'The rule' });

/** The accounts, and the rule on second factors. */
export function userRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk, clock } = premises;
  web.get(
    '/api/users',
    { config, schema: { tags, summary: 'All accounts', response: { 200: usersAnswer } } },
    async () => ({
      users: desk.accounts.all().map((account) => user(premises, account)),
      adminsNeedSecondFactor: desk.setup.get(ADMINS_NEED_SECOND_FACTOR) === 'yes',
    }),
  );
  web.post(
    '/api/users',
    { config, schema: { tags, summary: 'Adds an account', body: newUser, response: { 200: userAnswer } } },
    async (request) => {
      const { name, password, ...rest } = request.body;
      expectGoodPassword(password, namesAround(premises, name));
      expectFree(premises, name);
      const hash = await passwords.hash(password);
      return desk.transaction(() => {
        expectFree(premises, name);
        const now_ms = clock.now();
        const account = desk.accounts.add({ ...rest, name, password: hash, must_change: 1, now_ms });
        desk.audit.add({ by: request.by, act: 'user-add', subject: name, details: { role: rest.role }, now_ms });
        return user(premises, account);
      });
    },
  );
  web.put(
    '/api/users/second-factor-rule',
    {
      config,
      schema: { tags, summary: 'Whether admins must have a second factor', body: rule, response: { 200: rule } },
    },
    async (request) => {
      const { adminsNeedSecondFactor: needed } = request.body;
      desk.transaction(() => {
        desk.setup.set(ADMINS_NEED_SECOND_FACTOR, needed ? 'yes' : 'no');
        const details = { needed };
        desk.audit.add({ by: request.by, act: 'second-factor-rule', details, now_ms: clock.now() });
      });
      return { adminsNeedSecondFactor: needed };
    },
  );
}

/** One account: role, password, second factor, sessions, its end. What takes power away ends its sessions. */
export function userChangeRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk, clock } = premises;
  const account = (id: string) => {
    const found = desk.accounts.get(id);
    if (!found) throw new RohrpostError('not-found');
    return found;
  };
  const tell = (by: string, act: string, subject: string, details: AuditDetails = {}) =>
    desk.audit.add({ by, act, subject, details, now_ms: clock.now() });

  web.patch(
    '/api/users/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Changes role, language, or disables',
        params: rowId,
        body: changes,
        response: { 200: userAnswer },
      },
    },
    async (request) =>
      desk.transaction(() => {
        const before = account(request.params.id);
        const { role: newRole = before.role, language: spoken = before.language, disabled } = request.body;
        const isDisabled = disabled === undefined ? before.disabled : disabled ? 1 : 0;
        desk.accounts.update(before.id, { role: newRole, language: spoken, disabled: isDisabled });
        expectAdmin(premises);
        if (newRole !== before.role || isDisabled > before.disabled) desk.sessions.endOfAccount(before.id);
        const details = { role: newRole, disabled: isDisabled === 1, language: spoken };
        tell(request.by, 'user-change', before.name, details);
        return user(premises, account(before.id));
      }),
  );
  web.put(
    '/api/users/:id/password',
    {
      config,
      schema: {
        tags,
        summary: 'Sets a password, to be changed at the next log-in',
        params: rowId,
        body: newPassword,
        response: done,
      },
    },
    async (request, reply) => {
      const { id, name } = account(request.params.id);
      expectGoodPassword(request.body.password, namesAround(premises, name));
      const hash = await passwords.hash(request.body.password);
      desk.transaction(() => {
        desk.accounts.update(account(id).id, { password: hash, must_change: 1 });
        desk.sessions.endOfAccount(id);
        desk.guesses.clear(`account:${name.toLowerCase()}`);
        desk.guesses.clearAll(`known:${id}:`);
        tell(request.by, 'user-password', name);
      });
      return reply.code(204).send(null);
    },
  );
  web.delete(
    '/api/users/:id/second-factor',
    {
      config,
      schema: { tags, summary: 'Takes the second factor away from who has lost it', params: rowId, response: done },
    },
    async (request, reply) => {
      const { id, name } = account(request.params.id);
      await removeSecondFactor(premises, id);
      tell(request.by, 'user-second-factor-reset', name);
      return reply.code(204).send(null);
    },
  );
  web.delete(
    '/api/users/:id/sessions',
    { config, schema: { tags, summary: 'Ends all sessions of an account', params: rowId, response: done } },
    async (request, reply) => {
      const { id, name } = account(request.params.id);
      desk.transaction(() => {
        const count = desk.sessions.endOfAccount(id);
        tell(request.by, 'user-sessions-end', name, { count });
      });
      return reply.code(204).send(null);
    },
  );
  web.delete(
    '/api/users/:id',
    {
      config,
      schema: { tags, summary: 'Removes an account with its sessions and tokens', params: rowId, response: done },
    },
    async (request, reply) => {
      const { id, name } = account(request.params.id);
      desk.transaction(() => {
        desk.accounts.remove(id);
        expectAdmin(premises);
        tell(request.by, 'user-remove', name);
      });
      await forgetSecrets(premises.secrets, id);
      return reply.code(204).send(null);
    },
  );
}

function user({ desk, clock }: Premises, account: AccountRow): User {
  const alive = desk.sessions.ofAccount(account.id).filter((session) => isAlive(session, clock.steady()));
  return userOf(account, { sessions: alive.length, tokens: desk.tokens.countOf(account.id) });
}

function expectFree({ desk }: Premises, name: string): void {
  if (desk.accounts.named(name)) throw new RohrpostError('account-exists', { details: { name } });
  const most = limits.accounts;
  if (desk.accounts.count() >= most) throw new RohrpostError('accounts-too-many', { details: { most } });
}

/** Asked after the change and within its transaction, which then never was. @throws RohrpostError account-last-admin */
function expectAdmin({ desk }: Premises): void {
  if (desk.accounts.activeAdmins() === 0) throw new RohrpostError('account-last-admin');
}
