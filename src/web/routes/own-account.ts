import { group, list, text } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';
import { chosenPassword, done, meAnswer, typedPassword } from '../people/answers.ts';
import { confirmedBy } from '../people/confirmed.ts';
import { countGuess } from '../people/guesses.ts';
import { openSession } from '../people/login.ts';
import { expectGoodPassword } from '../people/password-rule.ts';
import type { Passwords } from '../people/passwords.ts';
import { accountOf, expectSession, meOf, namesAround, placeOf, setSessionCookie } from '../people/person.ts';
import {
  beginSecondFactor,
  confirmSecondFactor,
  newRecoveryCodes,
  removeSecondFactor,
} from '../people/second-factor.ts';
import type { Premises } from '../premises.ts';
import { qrSvg } from '../qr.ts';
import type { Web } from '../route.ts';

const tags = ['session'];
const own = { right: 'viewer', evenOwing: true } as const;

const withPassword = group({ password: typedPassword('One’s own password') }, { description: 'To be sure who asks' });
const bothPasswords = group(
  { old: typedPassword('The password until now'), password: chosenPassword('The new one') },
  { description: 'Both passwords' },
);
const enrolment = group(
  {
    secret: text({ description: 'To type into the app (base32)' }),
    uri: text({ description: 'The same as a link (otpauth://)', maxLength: 1000 }),
    qr: text({ description: 'The link as a QR code, as SVG', maxLength: 1_000_000 }),
  },
  { description: 'What the authenticator app needs' },
);
const recoveryAnswer = group(
  {
    recoveryCodes: list(text({ description: 'A code' }), {
      description: 'Each is good for one log-in without the app',
    }),
  },
  { description: 'Recovery codes, shown this once' },
);

/** Changing one's own password. */
export function passwordRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk, clock } = premises;
  const confirmed = confirmedBy(premises, passwords);
  web.put(
    '/api/session/password',
    {
      config: own,
      schema: {
        ...{ tags, summary: 'Changes one’s own password; ends all one’s other sessions' },
        ...{ body: bothPasswords, response: { 200: meAnswer } },
      },
    },
    async (request, reply) => {
      const { old, password } = request.body;
      const account = await confirmed(request, old);
      if (old === password) throw new RohrpostError('password-same');
      expectGoodPassword(password, namesAround(premises, account.name));
      const hash = await passwords.hash(password);
      const { secret, caller } = desk.transaction(() => {
        // Another one was set, or the account removed, while this one was hashed.
        if (desk.accounts.get(account.id)?.password !== account.password) throw new RohrpostError('password-wrong');
        desk.accounts.update(account.id, { password: hash, must_change: 0 });
        desk.sessions.endOfAccount(account.id);
        desk.audit.add({ by: account.name, act: 'password-change', now_ms: clock.now() });
        return openSession(premises, account.id, placeOf(request));
      });
      setSessionCookie(reply, secret);
      return meOf(premises, caller);
    },
  );
}

/** One's own second factor. */
export function secondFactorRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk, clock } = premises;
  const confirmed = confirmedBy(premises, passwords);
  const tell = (by: string, act: string) => desk.audit.add({ by, act, now_ms: clock.now() });
  web.post(
    '/api/session/second-factor',
    {
      config: own,
      schema: {
        ...{ tags, summary: 'Begins to set up a second factor (TOTP, RFC 6238)' },
        ...{ body: withPassword, response: { 200: enrolment } },
      },
    },
    async (request) => {
      const account = await confirmed(request, request.body.password);
      const { secret, uri } = await beginSecondFactor(premises, account, namesAround(premises)[0] ?? '');
      return { secret, uri, qr: qrSvg(uri) };
    },
  );
  web.post(
    '/api/session/second-factor/confirm',
    {
      config: own,
      schema: {
        ...{ tags, summary: 'Turns the second factor on', response: { 200: recoveryAnswer } },
        body: group({ code: text({ description: 'What the app shows' }) }, { description: 'A code' }),
      },
    },
    async (request) => {
      const account = accountOf(premises, expectSession(request.caller));
      const counter = { key: `confirm:${account.id}`, free: limits.guesses_account };
      countGuess(premises, [counter], 'login-locked');
      const recoveryCodes = await confirmSecondFactor(premises, account, request.body.code);
      desk.guesses.clear(counter.key);
      tell(account.name, 'second-factor-on');
      return { recoveryCodes };
    },
  );
  web.post(
    '/api/session/second-factor/remove',
    { config: own, schema: { tags, summary: 'Turns the second factor off', body: withPassword, response: done } },
    async (request, reply) => {
      const account = await confirmed(request, request.body.password);
      await removeSecondFactor(premises, account.id);
      tell(account.name, 'second-factor-off');
      return reply.code(204).send(null);
    },
  );
  web.post(
    '/api/session/recovery-codes',
    {
      config: own,
      schema: {
        ...{ tags, summary: 'Makes new recovery codes in the place of the old' },
        ...{ body: withPassword, response: { 200: recoveryAnswer } },
      },
    },
    async (request) => {
      const account = await confirmed(request, request.body.password);
      if (account.second_factor === 0) throw new RohrpostError('second-factor-not-begun');
      tell(account.name, 'recovery-codes-new');
      return { recoveryCodes: newRecoveryCodes(premises, account.id) };
    },
  );
}
