import { group, optional, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import type { AuditDetails } from '../../store/desk/audit.ts';
import { chosenPassword, done, language, role, rowId, userAnswer } from '../people/answers.ts';
import { expectGoodPassword } from '../people/password-rule.ts';
import type { Passwords } from '../people/passwords.ts';
import { namesAround, shownUser } from '../people/person.ts';
import { forgetSecrets, removeSecondFactor } from '../people/second-factor.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['users'];
const config = { right: 'admin' } as const;

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

/** One account: role, language, password, whether it is disabled. What takes power away ends its sessions. */
export function userChangeRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk } = premises;
  const { account, tell } = handsOn(premises);

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
        return shownUser(premises, account(before.id));
      }),
  );
  web.put(
    '/api/users/:id/password',
    {
      config,
      schema: {
        tags,
        summary: 'Sets a password, to be changed at the next log-in; ends sessions and tokens',
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
        desk.tokens.removeOfAccount(id);
        desk.guesses.clear(`account:${name.toLowerCase()}`);
        desk.guesses.clearAll(`known:${id}:`);
        tell(request.by, 'user-password', name);
      });
      return reply.code(204).send(null);
    },
  );
}

/** What ends: a lost second factor, sessions, the account itself. */
export function userEndRoutes(web: Web, premises: Premises): void {
  const { desk } = premises;
  const { account, tell } = handsOn(premises);
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

function handsOn({ desk, clock }: Premises) {
  return {
    account: (id: string) => {
      const found = desk.accounts.get(id);
      if (!found) throw new RohrpostError('not-found');
      return found;
    },
    tell: (by: string, act: string, subject: string, details: AuditDetails = {}) =>
      desk.audit.add({ by, act, subject, details, now_ms: clock.now() }),
  };
}

/** Asked after the change and within its transaction, which then never was. @throws RohrpostError account-last-admin */
function expectAdmin({ desk }: Premises): void {
  if (desk.accounts.activeAdmins() === 0) throw new RohrpostError('account-last-admin');
}
