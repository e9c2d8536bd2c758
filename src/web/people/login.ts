import { RohrpostError } from '../../core/errors.ts';
import { sha256 } from '../../core/ids.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import type { AccountRow } from '../../store/desk/accounts.ts';
import type { Premises } from '../premises.ts';
import type { Caller } from '../route.ts';
import { authenticate, isAlive, newSecret, SESSION_COOKIE, sweepSessions } from '../who.ts';
import { countGuess, loginCounters } from './guesses.ts';
import { isOutdated, type Passwords } from './passwords.ts';
import { useSecondFactor } from './second-factor.ts';

/** Where somebody sits. */
export interface Place {
  readonly address: string;
  /** What the browser calls itself. */
  readonly agent: string;
}

/** A session that was just opened. */
export interface OpenedSession {
  /** For the cookie. */
  readonly secret: string;
  readonly caller: Caller;
}

interface Attempt extends Place {
  readonly name: string;
  readonly password: string;
  readonly code?: string | undefined;
}

/**
 * Checks name, password and second factor, and opens a session.
 * @throws RohrpostError login-wrong, login-locked, login-busy, account-disabled, second-factor-asked, second-factor-wrong
 */
export async function logIn(premises: Premises, passwords: Passwords, attempt: Attempt): Promise<OpenedSession> {
  const { desk, clock } = premises;
  const account = await expectPerson(premises, passwords, attempt);
  const now_ms = clock.now();
  const hash = isOutdated(account.password) ? await passwords.hash(attempt.password) : account.password;
  return desk.transaction(() => {
    const known = desk.accounts.get(account.id);
    if (!known || known.disabled === 1 || known.password !== account.password) throw new RohrpostError('login-wrong');
    desk.accounts.update(account.id, { login_ms: now_ms, password: hash });
    desk.audit.add({ by: account.name, act: 'login', details: { address: attempt.address }, now_ms });
    return openSession(premises, account.id, attempt);
  });
}

/**
 * Whether somebody who is logged in knows the own password, before what a stolen session must not do.
 * @throws RohrpostError password-wrong, login-locked, login-busy
 */
export async function expectOwnPassword(
  premises: Premises,
  passwords: Passwords,
  o: { account: AccountRow; password: string; address: string },
): Promise<void> {
  const { account, password, address } = o;
  const counters = loginCounters(premises, { name: account.name, account, address });
  const takeBack = countGuess(premises, counters, 'login-locked');
  if (!(await verified(passwords, password, account.password, takeBack))) throw new RohrpostError('password-wrong');
  takeBack();
}

/** Opens a session of an account; the oldest of too many ends. */
export function openSession({ desk, clock }: Premises, accountId: string, { address, agent }: Place): OpenedSession {
  const secret = newSecret();
  const steady_ms = clock.steady();
  sweepSessions({ desk, clock });
  const place = { address, agent: agent.slice(0, limits.agent_characters) };
  desk.sessions.add({ hash: sha256(secret), accountId, ...place, steady_ms });
  const alive = desk.sessions.ofAccount(accountId).filter((session) => isAlive(session, steady_ms));
  for (const { id } of alive.slice(limits.sessions_per_account)) desk.sessions.end(id);
  desk.guesses.know(accountId, address, steady_ms, limits.known_addresses);
  return { secret, caller: authenticate({ desk, clock }, { cookie: `${SESSION_COOKIE}=${secret}` })! };
}

async function expectPerson(premises: Premises, passwords: Passwords, attempt: Attempt): Promise<AccountRow> {
  const { desk, clock } = premises;
  const { name, password, code, address } = attempt;
  const account = desk.accounts.named(name);
  const counters = loginCounters(premises, { name, account, address });
  const takeBack = countGuess(premises, counters, 'login-locked');
  const tell = (by: string, act: string) => {
    // A name that nobody has may be a password in the wrong field.
    desk.audit.add({ by, act, subject: account?.name ?? '?', details: { address }, now_ms: clock.now() });
  };
  if (!(await verified(passwords, password, account?.password ?? null, takeBack)) || !account) {
    tell('?', 'login-wrong');
    throw new RohrpostError('login-wrong');
  }
  if (account.disabled === 1 || (account.second_factor === 1 && !code)) {
    takeBack();
    throw new RohrpostError(account.disabled === 1 ? 'account-disabled' : 'second-factor-asked');
  }
  if (account.second_factor === 1) {
    const by = await useSecondFactor(premises, account.id, code!).catch((error) => {
      if (error instanceof RohrpostError && error.code === 'second-factor-wrong') tell('?', 'second-factor-wrong');
      throw error;
    });
    if (by === 'recovery') tell(account.name, 'recovery-code-use');
  }
  // The address is not cleared: whoever knows one password must not guess others the faster for it.
  takeBack();
  desk.guesses.clear(counters[0]!.key);
  return account;
}

/** An attempt that could not be looked at is not counted. */
async function verified(passwords: Passwords, password: string, kept: string | null, takeBack: () => void) {
  return passwords.verify(password, kept).catch((error) => {
    takeBack();
    throw error;
  });
}
