import { group, list, userName, type ValueOf, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import { chosenPassword, language, role, userAnswer } from '../people/answers.ts';
import { expectGoodPassword } from '../people/password-rule.ts';
import type { Passwords } from '../people/passwords.ts';
import { namesAround, shownUser } from '../people/person.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { ADMINS_NEED_SECOND_FACTOR } from '../who.ts';

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
const rule = group({ adminsNeedSecondFactor: yesNo({ description: 'Whether it holds' }) }, { description: 'The rule' });

/** The accounts, and the rule on second factors. */
export function userRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk, clock } = premises;
  web.get(
    '/api/users',
    { config, schema: { tags, summary: 'All accounts', response: { 200: usersAnswer } } },
    async () => ({
      users: desk.accounts.all().map((account) => shownUser(premises, account)),
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
        return shownUser(premises, account);
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

function expectFree({ desk }: Premises, name: string): void {
  if (desk.accounts.named(name)) throw new RohrpostError('account-exists', { details: { name } });
  const most = limits.accounts;
  if (desk.accounts.count() >= most) throw new RohrpostError('accounts-too-many', { details: { most } });
}
