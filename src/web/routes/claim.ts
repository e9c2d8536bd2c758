import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { storageTrouble } from '../../appliance/trouble.ts';
import { group, nullable, oneOf, text, userName, type ValueOf, yesNo } from '../../config/kinds.ts';
import { SETTINGS_FILE } from '../../config/load.ts';
import { errorText, type Language, RohrpostError } from '../../core/errors.ts';
import { version } from '../../core/version.ts';
import { rememberDoor } from '../door.ts';
import { chosenPassword, language, meAnswer } from '../people/answers.ts';
import { openSession } from '../people/login.ts';
import { endPairing, expectPairingCode, pairingCode } from '../people/pairing.ts';
import { expectGoodPassword } from '../people/password-rule.ts';
import type { Passwords } from '../people/passwords.ts';
import { meOf, namesAround, placeOf, setSessionCookie } from '../people/person.ts';
import type { Premises } from '../premises.ts';
import type { Caller, Web } from '../route.ts';
import { isUnfinished } from '../setup.ts';
import { isClaimed } from '../who.ts';

const stateAnswer = group(
  {
    claimed: yesNo({ description: 'Somebody owns the box' }),
    setUp: yesNo({ description: 'It has settings' }),
    unfinished: yesNo({ description: 'Setting it up was begun on the page and has not come to its end' }),
    running: yesNo({ description: 'It works' }),
    version: text({ description: 'Of the program' }),
    language: language('Of the site'),
    machine: nullable(
      group(
        {
          name: text({ description: 'As on its screen; .local leads to it' }),
          data: oneOf(['good', 'locked', 'damaged', 'missing'], { description: 'Whether the box has its data' }),
          moved: yesNo({ description: 'The data were made on other hardware' }),
        },
        { description: 'The machine, where it is an appliance' },
      ),
    ),
    trouble: nullable(
      group(
        {
          code: text({ description: 'Of the error table' }),
          message: text({ description: 'For people', maxLength: 5000 }),
        },
        { description: 'Why a box that is set up does not work' },
      ),
    ),
  },
  { description: 'What a box tells everybody about itself' },
);
export type StateAnswer = ValueOf<typeof stateAnswer>;

const claim = group(
  {
    code: text({ description: 'The pairing code, as the screen of the box and `rohrpost status` show it' }),
    language: language('The language of the page'),
    name: userName({ description: 'User name of the first admin' }),
    password: chosenPassword('The first admin’s password'),
  },
  { description: 'The pairing code and the first admin' },
);

/** The box's beginning: what it says to everybody, and who takes it into possession. */
export function claimRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { desk, clock, log } = premises;
  /** What is in memory only is nobody's to own, and a code for it must not exist. */
  const withoutData = () => premises.appliance && storageTrouble(premises.appliance.facts);
  // Made before anybody asks, so that the console can show it.
  if (!withoutData()) pairingCode(desk);
  web.addHook('onListen', () => {
    const { host } = premises.door();
    const at = web.server.address();
    if (at !== null && typeof at === 'object') rememberDoor(desk, { host, port: at.port });
  });

  web.get(
    '/api/state',
    {
      config: { right: 'public' },
      schema: { tags: ['house'], summary: 'Whether the box has an owner and works', response: { 200: stateAnswer } },
    },
    async (request) => stateOf(premises, request),
  );
  web.post(
    '/api/claim',
    {
      config: { right: 'unclaimed' },
      schema: {
        ...{ tags: ['house'], summary: 'Takes the box into possession: makes the first admin and logs in' },
        ...{ body: claim, response: { 200: meAnswer } },
      },
    },
    async (request, reply) => {
      const { code, name, password, language: chosen } = request.body;
      const { address } = placeOf(request);
      const missing = withoutData();
      if (missing) throw missing;
      try {
        expectPairingCode(premises, code, address);
      } catch (error) {
        noteWrongCode(premises, error, address);
        throw error;
      }
      expectGoodPassword(password, namesAround(premises, name));
      const hash = await passwords.hash(password);
      const { secret, caller } = desk.transaction(() => {
        // Two people at once: the second comes too late.
        if (isClaimed(desk)) throw new RohrpostError('box-claimed');
        const now_ms = clock.now();
        const first = { name, role: 'admin', language: chosen, password: hash, must_change: 0, now_ms } as const;
        const account = desk.accounts.add(first);
        endPairing(desk);
        desk.audit.add({ by: name, act: 'box-claim', details: { address }, now_ms });
        return openSession(premises, account.id, placeOf(request));
      });
      log.info('box claimed');
      setSessionCookie(reply, secret);
      return meOf(premises, caller);
    },
  );
}

/** Whoever claims the box sees later that others tried; what a pause keeps off is not written down. */
function noteWrongCode({ desk, clock }: Premises, error: unknown, address: string): void {
  if (!(error instanceof RohrpostError) || error.code !== 'pairing-code-wrong') return;
  desk.audit.add({ by: '?', act: 'pairing-wrong', details: { address }, now_ms: clock.now() });
}

function stateOf(
  premises: Premises,
  { language: spoken, caller }: { language: Language; caller: Caller | null },
): StateAnswer {
  const box = premises.box();
  const trouble = premises.trouble();
  return {
    claimed: isClaimed(premises.desk),
    setUp: existsSync(join(premises.folder, SETTINGS_FILE)),
    unfinished: isUnfinished(premises.desk),
    running: box !== null,
    version,
    language: box?.settings.current().site.language ?? 'de',
    machine: machineOf(premises),
    // Its details name files and ports: not for everybody.
    trouble: trouble && { code: trouble.code, message: errorText(trouble.code, spoken, caller ? trouble.details : {}) },
  };
}

function machineOf({ appliance }: Premises): StateAnswer['machine'] {
  if (!appliance) return null;
  const { name, data, moved } = appliance.facts;
  return { name, data, moved };
}
