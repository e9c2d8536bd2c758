import { group, optional, text } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { done, language, meAnswer, rowId, sessionsAnswer, typedPassword } from '../people/answers.ts';
import { logIn } from '../people/login.ts';
import type { Passwords } from '../people/passwords.ts';
import { clearSessionCookie, expectSession, meOf, placeOf, setSessionCookie } from '../people/person.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { isAlive } from '../who.ts';

const tags = ['session'];
/** One's own affairs: also for those who must change their password or set up a second factor first. */
const own = { right: 'viewer', evenOwing: true } as const;

const credentials = group(
  {
    name: text({ description: 'User name' }),
    password: typedPassword('Password'),
    code: optional(text({ description: 'Code of the authenticator app, or a recovery code' })),
  },
  { description: 'Who one is. The answer is second-factor-asked (401) where a code is needed too' },
);

/** Logging in and out. */
export function sessionRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk, clock } = premises;
  web.post(
    '/api/session',
    {
      config: { right: 'public' },
      schema: { tags, summary: 'Logs in; the answer sets the cookie', body: credentials, response: { 200: meAnswer } },
    },
    async (request, reply) => {
      const { secret, caller } = await logIn(premises, passwords, { ...request.body, ...placeOf(request) });
      setSessionCookie(reply, secret);
      return meOf(premises, caller);
    },
  );
  web.get(
    '/api/session',
    { config: own, schema: { tags, summary: 'Who one is', response: { 200: meAnswer } } },
    async (request) => meOf(premises, request.caller!),
  );
  web.delete(
    '/api/session',
    { config: own, schema: { tags, summary: 'Logs out', response: done } },
    async (request, reply) => {
      const { id, name } = expectSession(request.caller);
      desk.transaction(() => {
        desk.sessions.end(id);
        desk.audit.add({ by: name, act: 'logout', now_ms: clock.now() });
      });
      clearSessionCookie(reply);
      return reply.code(204).send(null);
    },
  );
  web.patch(
    '/api/session',
    {
      config: own,
      schema: {
        ...{ tags, summary: 'Changes one’s own language', response: { 200: meAnswer } },
        body: group({ language: language('The language of the page') }, { description: 'What is to change' }),
      },
    },
    async (request) => {
      const caller = request.caller!;
      desk.accounts.update(caller.accountId, { language: request.body.language });
      return meOf(premises, { ...caller, language: request.body.language });
    },
  );
}

/** One's own sessions: the list, and ending one that was left open elsewhere. */
export function sessionListRoutes(web: Web, premises: Premises): void {
  const { desk, clock } = premises;
  web.get(
    '/api/sessions',
    { config: own, schema: { tags, summary: 'One’s own sessions', response: { 200: sessionsAnswer } } },
    async (request) => {
      const caller = request.caller!;
      const now_ms = clock.steady();
      const behind_ms = clock.now() - now_ms;
      const sessions = desk.sessions.ofAccount(caller.accountId).filter((session) => isAlive(session, now_ms));
      return {
        sessions: sessions.map(({ id, address, agent, created_ms, seen_ms }) => ({
          ...{ id, address, agent, own: id === caller.id },
          began_ms: created_ms + behind_ms,
          seen_ms: seen_ms + behind_ms,
        })),
      };
    },
  );
  web.delete(
    '/api/sessions/:id',
    { config: own, schema: { tags, summary: 'Ends one of one’s own sessions', params: rowId, response: done } },
    async (request, reply) => {
      const { accountId, name, id } = request.caller!;
      const session = desk.sessions.get(request.params.id);
      if (session?.account_id !== accountId) throw new RohrpostError('not-found');
      desk.transaction(() => {
        desk.sessions.end(session.id);
        desk.audit.add({ by: name, act: 'session-end', details: { address: session.address }, now_ms: clock.now() });
      });
      if (session.id === id) clearSessionCookie(reply);
      return reply.code(204).send(null);
    },
  );
}
