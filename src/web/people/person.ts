import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RohrpostError } from '../../core/errors.ts';
import type { AccountRow } from '../../store/desk/accounts.ts';
import type { Premises } from '../premises.ts';
import type { Caller } from '../route.ts';
import { isAlive, SESSION_COOKIE } from '../who.ts';
import { type Me, type User, userOf } from './answers.ts';
import type { Place } from './login.ts';

/** Where a request comes from. IPv4 may come in IPv6's clothes (RFC 4291 §2.5.5.2). */
export function placeOf(request: Pick<FastifyRequest, 'ip' | 'headers'>): Place {
  // Control characters would be somebody's attempt on a terminal that shows the list.
  const agent = (request.headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '');
  return { address: request.ip.replace(/^::ffff:(?=\d+\.)/i, ''), agent };
}

/** For this box only, over TLS only, not for scripts, not from other pages; gone with the browser. */
const COOKIE: CookieSerializeOptions = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' };

export function setSessionCookie(reply: FastifyReply, secret: string): void {
  reply.setCookie(SESSION_COOKIE, secret, COOKIE);
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, COOKIE);
}

/** The account of whoever asks. @throws RohrpostError login-needed when it was removed this moment */
export function accountOf({ desk }: Pick<Premises, 'desk'>, caller: Caller | null): AccountRow {
  const account = caller ? desk.accounts.get(caller.accountId) : undefined;
  if (!account) throw new RohrpostError('login-needed');
  return account;
}

/** For what a token, which may lie about in a script, must not do. @throws RohrpostError session-needed */
export function expectSession(caller: Caller | null): Caller {
  if (caller?.via !== 'session') throw new RohrpostError('session-needed');
  return caller;
}

/** Names that a password must not be made of. */
export function namesAround(premises: Premises, ...names: string[]): string[] {
  return [...names, premises.box()?.settings.current().site.name ?? ''];
}

export function meOf({ desk }: Pick<Premises, 'desk'>, caller: Caller): Me {
  const { name, role, language, via, owes, accountId } = caller;
  return {
    ...{ name, role, language, via, owes },
    secondFactor: desk.accounts.get(accountId)?.second_factor === 1,
    recoveryCodes: desk.accounts.recoveryCodes(accountId),
  };
}

/** An account as the list of users shows it. */
export function shownUser({ desk, clock }: Premises, account: AccountRow): User {
  const alive = desk.sessions.ofAccount(account.id).filter((session) => isAlive(session, clock.steady()));
  return userOf(account, { sessions: alive.length, tokens: desk.tokens.countOf(account.id) });
}
