import { randomBytes } from 'node:crypto';
import { sha256 } from '../core/ids.ts';
import { peopleLimits as limits } from '../core/people-limits.ts';
import type { AccountRow } from '../store/desk/accounts.ts';
import type { SessionRow } from '../store/desk/sessions.ts';
import type { Desk } from '../store/desk.ts';
import { hasBearer } from './csrf.ts';
import type { Premises } from './premises.ts';
import { type Caller, type Role, roles } from './route.ts';

/** The name of the cookie: `__Host-` has browsers insist on Secure, no Domain, and Path=/ (RFC 6265bis §4.1.3.2). */
export const SESSION_COOKIE = '__Host-rohrpost';
/** What a token of ours looks like: people and scanners of repositories recognise it. */
export const TOKEN_PREFIX = 'rp_';
/** The name, in the desk's set-up table, of the rule that admins must have a second factor ('yes'). */
export const ADMINS_NEED_SECOND_FACTOR = 'admins-need-second-factor';

type House = Pick<Premises, 'desk' | 'clock'>;
interface Credentials {
  cookie?: string | undefined;
  authorization?: string | undefined;
  /** The page asks by itself, not because somebody uses it: the session does not live on by that. */
  quiet?: boolean;
}

/** Who asks, by the token of a script or the cookie of a session; null where it is nobody we know (any more). */
export function authenticate(house: House, { cookie, authorization, quiet = false }: Credentials): Caller | null {
  if (hasBearer(authorization)) return callerByToken(house, authorization!.slice('Bearer '.length).trim());
  const secret = cookie === undefined ? undefined : sessionSecret(cookie);
  return secret === undefined ? null : callerBySession(house, secret, quiet);
}

/** Whether the box has an owner. */
export function isClaimed(desk: Pick<Desk, 'accounts'>): boolean {
  return desk.accounts.count() > 0;
}

/** A new secret for a cookie or a token: 256 random bits. Only its `sha256` is kept. */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** Whether a session still holds. Steady times; one that lies ahead is from before a clock was set back. */
export function isAlive(session: Pick<SessionRow, 'created_ms' | 'seen_ms'>, steady_ms: number): boolean {
  const { created_ms, seen_ms } = session;
  if (created_ms > steady_ms || seen_ms > steady_ms) return false;
  return steady_ms - seen_ms < limits.session_idle_ms && steady_ms - created_ms < limits.session_most_ms;
}

/** Forgets the sessions that are over. */
export function sweepSessions({ desk, clock }: House): void {
  const now_ms = clock.steady();
  desk.sessions.sweep({
    now_ms,
    madeBefore_ms: now_ms - limits.session_most_ms,
    seenBefore_ms: now_ms - limits.session_idle_ms,
  });
}

function sessionSecret(cookies: string): string | undefined {
  return /(?:^|;\s*)__Host-rohrpost=([A-Za-z0-9_-]{43})(?:;|\s*$)/.exec(cookies)?.[1];
}

function callerBySession({ desk, clock }: House, secret: string, quiet: boolean): Caller | null {
  const found = desk.sessions.find(sha256(secret));
  if (!found || found.account.disabled === 1) return null;
  const { session, account } = found;
  const now_ms = clock.steady();
  if (!isAlive(session, now_ms)) return null;
  if (!quiet && now_ms - session.seen_ms >= limits.session_touch_ms) desk.sessions.touch(session.id, now_ms);
  return { ...callerOf(account, account.role), via: 'session', id: session.id, owes: owedBy(desk, account) };
}

/** A token does not do more than the account that made it, and nothing once that one is disabled. */
function callerByToken({ desk, clock }: House, secret: string): Caller | null {
  if (!secret.startsWith(TOKEN_PREFIX)) return null;
  const found = desk.tokens.find(sha256(secret));
  if (!found || found.account.disabled === 1) return null;
  const { token, account } = found;
  const now_ms = clock.now();
  // Before its making it is not valid either: a clock that was set back must not revive what has expired.
  const isValid = now_ms < token.expires_ms && now_ms > token.created_ms - limits.token_skew_ms;
  if (!isValid) return null;
  if (now_ms - (token.used_ms ?? 0) >= limits.session_touch_ms) desk.tokens.touch(token.id, now_ms);
  return { ...callerOf(account, lesser(token.role, account.role)), via: 'token', id: token.id, owes: null };
}

function callerOf(account: AccountRow, role: Role) {
  return { accountId: account.id, name: account.name, role, language: account.language };
}

const lesser = (one: Role, other: Role): Role => roles[Math.min(roles.indexOf(one), roles.indexOf(other))]!;

/** What somebody must do before anything else. */
function owedBy(desk: Desk, account: AccountRow): Caller['owes'] {
  if (account.must_change === 1) return 'password-must-change';
  const needed = account.role === 'admin' && account.second_factor === 0;
  return needed && desk.setup.get(ADMINS_NEED_SECOND_FACTOR) === 'yes' ? 'second-factor-needed' : null;
}
