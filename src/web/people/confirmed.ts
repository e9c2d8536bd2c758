import type { FastifyRequest } from 'fastify';
import type { AccountRow } from '../../store/desk/accounts.ts';
import type { Premises } from '../premises.ts';
import { expectOwnPassword } from './login.ts';
import type { Passwords } from './passwords.ts';
import { accountOf, expectSession, placeOf } from './person.ts';

/**
 * The account of whoever asks, once the password has been given again: a session that was left open must not cost the account,
 * nor the box.
 * @throws RohrpostError session-needed, password-wrong, login-locked, login-busy
 */
export type Confirmed = (
  request: Pick<FastifyRequest, 'caller' | 'ip' | 'headers'>,
  password: string,
) => Promise<AccountRow>;

export function confirmedBy(premises: Premises, passwords: Passwords): Confirmed {
  return async (request, password) => {
    const account = accountOf(premises, expectSession(request.caller));
    await expectOwnPassword(premises, passwords, { account, password, address: placeOf(request).address });
    return account;
  };
}
