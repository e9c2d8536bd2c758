import { group, integer, list, nullable, oneOf, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import type { AccountRow } from '../../store/desk/accounts.ts';
import { type Role, roles } from '../route.ts';

/** The shapes in which the API tells of people; the page imports their types. */

export const role = (description: string) => oneOf<Role>(roles, { description });
export const language = (description: string) => oneOf(['de', 'en'], { description });
export const moment = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });
export const typedPassword = (description: string) => text({ description, maxLength: 1000 });
/** Its own rule says what is wrong with it, also where it is empty. */
export const chosenPassword = (description: string) => text({ description, minLength: 0, maxLength: 1000 });
export const rowId = group({ id: text({ description: 'Its id' }) }, { description: 'Which one' });

/** For what has nothing to tell but that it is done. */
export const done = { 204: { description: 'Done', type: 'null' } } as const;

export const meAnswer = group(
  {
    name: text({ description: 'User name' }),
    role: role('What one may do'),
    language: language('The language of the page'),
    via: oneOf(['session', 'token'], { description: 'How one came in' }),
    owes: nullable(
      oneOf(['password-must-change', 'second-factor-needed'], {
        description: 'What must be done before anything else',
      }),
    ),
    secondFactor: yesNo({ description: 'Whether log-ins ask for a second factor' }),
    recoveryCodes: integer(0, 100, { description: 'Recovery codes that are left' }),
  },
  { description: 'Who one is' },
);

export type Me = ValueOf<typeof meAnswer>;

export const sessionsAnswer = group(
  {
    sessions: list(
      group(
        {
          id: text({ description: 'Its id' }),
          own: yesNo({ description: 'The one that asks' }),
          began_ms: moment('When it was opened'),
          seen_ms: moment('When it was last used, to half a minute'),
          address: text({ description: 'From where' }),
          agent: text({ description: 'What the browser calls itself', maxLength: 200 }),
        },
        { description: 'A session' },
      ),
      { description: 'One’s own sessions, the latest first' },
    ),
  },
  { description: 'Sessions' },
);

export const userAnswer = group(
  {
    id: text({ description: 'Its id' }),
    name: text({ description: 'User name' }),
    role: role('What the person may do'),
    language: language('The language of the page'),
    disabled: yesNo({ description: 'Cannot log in' }),
    mustChange: yesNo({ description: 'Has to choose a password at the next log-in' }),
    secondFactor: yesNo({ description: 'Log-ins ask for a second factor' }),
    sessions: integer(0, 1000, { description: 'Open sessions' }),
    tokens: integer(0, 1000, { description: 'Tokens' }),
    created_ms: moment('When it was made'),
    login_ms: nullable(moment('When somebody last logged in with it')),
  },
  { description: 'An account' },
);

export type User = ValueOf<typeof userAnswer>;

export function userOf(account: AccountRow, counts: { sessions: number; tokens: number }): User {
  const { id, name, created_ms, login_ms } = account;
  return {
    ...{ id, name, role: account.role, language: account.language, created_ms, login_ms, ...counts },
    disabled: account.disabled === 1,
    mustChange: account.must_change === 1,
    secondFactor: account.second_factor === 1,
  };
}
