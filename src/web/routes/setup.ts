import {
  address,
  aeTitle,
  group,
  integer,
  list,
  listenPort,
  nullable,
  oneOf,
  optional,
  text,
  type ValueOf,
  yesNo,
} from '../../config/kinds.ts';
import { createSettings } from '../../config/settings.ts';
import { errorText, type Language, RohrpostError } from '../../core/errors.ts';
import { readNetwork } from '../../health/network.ts';
import { timeService } from '../../health/time.ts';
import { type FoundServer, findMailServers } from '../../mail/mail-servers.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { settingsOf } from '../settings/open.ts';
import { progressOf, remember, remembered, steps } from '../setup.ts';
import { stickNote } from '../stick-note.ts';

const config = { right: 'admin' } as const;
const tags = ['setup'];
const MOST = Number.MAX_SAFE_INTEGER;
const step = (description: string) => oneOf(steps, { description });

const setupAnswer = group(
  {
    steps: list(
      group(
        { step: step('Its name'), state: oneOf(['open', 'done', 'skipped'], { description: 'How far it is' }) },
        { description: 'A step' },
      ),
      { description: 'In order' },
    ),
    finished: yesNo({ description: 'Somebody has come to the end; the wizard is not offered any more' }),
    trial: nullable(text({ description: 'The test set that was sent to the first partner' })),
    stick: nullable(
      group(
        {
          outcome: oneOf(['taken', 'unusable', 'refused'], { description: 'What became of them' }),
          problems: list(text({ description: 'With its line', maxLength: 5000 }), { description: 'What is wrong' }),
        },
        { description: 'Settings that a USB stick brought' },
      ),
      { description: 'Null: none' },
    ),
  },
  { description: 'How far setting up has come' },
);
export type SetupAnswer = ValueOf<typeof setupAnswer>;

const networkAnswer = group(
  {
    hostname: text({ description: 'Name of the machine', maxLength: 300 }),
    interfaces: list(
      group(
        {
          name: text({ description: 'Its name' }),
          addresses: list(text({ description: 'An address with its prefix' }), { description: 'Its addresses' }),
        },
        { description: 'A network interface' },
      ),
      { description: 'Those that lead outwards' },
    ),
    gateway: nullable(text({ description: 'The way out; null: not known' })),
    dns: list(text({ description: 'An address' }), { description: 'DNS servers' }),
    timezone: text({ description: 'Time zone' }),
    now_ms: integer(0, MOST, { description: 'What the clock of the box says' }),
    time: nullable(
      group(
        {
          name: text({ description: 'Its name' }),
          synchronised: yesNo({ description: 'It has set the clock' }),
          offset_ms: nullable(integer(-MOST, MOST, { description: 'How far the clock is off' })),
        },
        { description: 'The time service of the system; null: not known' },
      ),
    ),
  },
  { description: 'Network and time, as the system has them' },
);
export type NetworkAnswer = ValueOf<typeof networkAnswer>;

const siteBody = group(
  {
    name: text({ description: 'Name of this site' }),
    ae_title: aeTitle({ description: 'Our own AE title', default: 'ROHRPOST' }),
    address: address({ description: 'Our own mail address' }),
    port: listenPort({ description: 'DICOM port to listen on', default: 11_112 }),
    language: oneOf(['de', 'en'], { description: 'Language of mails and commands', default: 'de' }),
  },
  { description: 'The first settings' },
);

const trouble = nullable(
  group(
    {
      code: text({ description: 'Of the error table' }),
      message: text({ description: 'For people', maxLength: 5000 }),
    },
    { description: 'Why the box does not work' },
  ),
);
const beganAnswer = group(
  { running: yesNo({ description: 'The box works' }), trouble },
  { description: 'What became of it' },
);
export type BeganAnswer = ValueOf<typeof beganAnswer>;

const server = nullable(
  group(
    {
      host: text({ description: 'Its name', maxLength: 300 }),
      port: integer(1, 65_535, { description: 'Its port' }),
      security: oneOf(['starttls', 'tls'], { description: 'Encryption of the line' }),
      user: text({ description: 'What to log in with', maxLength: 300 }),
    },
    { description: 'A server' },
  ),
);
const serversAnswer = group(
  {
    accounts: list(
      group(
        {
          by: oneOf(['provider', 'srv', 'autoconfig', 'provider-mx', 'mx'], {
            description: 'Who says so; mx: a guess, the server that takes the mail of the domain',
          }),
          provider: nullable(text({ description: 'Name of the provider' })),
          smtp: server,
          imap: server,
          note: nullable(
            oneOf(['switch-on', 'app-password', 'mail-password', 'oauth-only', 'no-imap', 'kim'], {
              description: 'What to know before logging in',
            }),
          ),
        },
        { description: 'A mail account' },
      ),
      { description: 'The likeliest first; empty: nobody tells' },
    ),
  },
  { description: 'Mail servers' },
);
export type ServersAnswer = ValueOf<typeof serversAnswer>;

/** Setting a box up: its first settings, what the system and the domain of its address tell, and how far one has come. */
export function setupRoutes(web: Web, premises: Premises): void {
  const { folder, desk, clock } = premises;
  const setupOf = async (language: Language): Promise<SetupAnswer> => {
    const note = stickNote(desk);
    const stick = note && { outcome: note.outcome, problems: note.problems.map((problem) => problem[language]) };
    const settings = await settingsOf(premises).catch(ifNone);
    const known = remembered(desk);
    return { steps: progressOf(settings, known), finished: known.finished, trial: known.trial, stick };
  };

  web.get(
    '/api/setup',
    { config, schema: { tags, summary: 'How far setting up has come', response: { 200: setupAnswer } } },
    (request) => setupOf(request.language),
  );
  web.get(
    '/api/setup/network',
    { config, schema: { tags, summary: 'Network and time of the machine', response: { 200: networkAnswer } } },
    async (): Promise<NetworkAnswer> => {
      const [network, time] = await Promise.all([readNetwork(), timeService()]);
      return {
        hostname: network.hostname,
        interfaces: network.interfaces.map(({ name, addresses }) => ({ name, addresses: [...addresses] })),
        gateway: network.gateway,
        dns: [...network.dns],
        timezone: network.timezone,
        now_ms: clock.now(),
        time: time && {
          name: time.name,
          synchronised: time.isSynchronised,
          offset_ms: time.offset_ms === null ? null : Math.round(time.offset_ms),
        },
      };
    },
  );
  web.put(
    '/api/setup/site',
    {
      config,
      schema: {
        tags,
        summary: 'Makes the first settings and starts the box',
        description: 'Only for a box without settings; afterwards they are changed by /api/settings.',
        body: siteBody,
        response: { 200: beganAnswer },
      },
    },
    async (request): Promise<BeganAnswer> => {
      const { name, ae_title, language, port, address: own } = request.body;
      await createSettings(folder, { site: { name, language, ae_title }, dicom: { port }, mail: { address: own } });
      desk.audit.add({ by: request.by, act: 'setup', subject: ae_title, now_ms: clock.now() });
      remember(desk, { steps: { site: 'done' } });
      return began(premises, request.language);
    },
  );
  web.put(
    '/api/setup/steps/:step',
    {
      config,
      schema: {
        tags,
        summary: 'Remembers that a step was gone through, or passed over',
        params: group({ step: step('Which one') }, { description: 'Which one' }),
        body: group(
          {
            state: oneOf(['open', 'done', 'skipped'], { description: 'What became of it' }),
            trial: optional(text({ description: 'The test set that was sent' })),
          },
          { description: 'What became of it' },
        ),
        response: { 200: setupAnswer },
      },
    },
    async (request): Promise<SetupAnswer> => {
      const { state, trial } = request.body;
      remember(desk, { steps: { [request.params.step]: state }, ...(trial !== undefined && { trial }) });
      return setupOf(request.language);
    },
  );
  web.put(
    '/api/setup/finished',
    { config, schema: { tags, summary: 'Setting up has come to its end', response: { 200: setupAnswer } } },
    async (request): Promise<SetupAnswer> => {
      remember(desk, { finished: true });
      return setupOf(request.language);
    },
  );
  web.post(
    '/api/setup/mail-servers',
    {
      config,
      schema: {
        tags,
        summary: 'Finds the servers of a mail address',
        description: 'By a table of providers, SRV records (RFC 6186), autoconfig and MX. Nothing is logged in to.',
        body: group({ address: address({ description: 'The address' }) }, { description: 'Of which address' }),
        response: { 200: serversAnswer },
      },
    },
    async (request): Promise<ServersAnswer> => {
      const own = request.body.address;
      const named = (found: FoundServer | null) =>
        found && { ...found, user: found.user === 'address' ? own : own.slice(0, own.lastIndexOf('@')) };
      const accounts = await findMailServers(own);
      return { accounts: accounts.map((found) => ({ ...found, smtp: named(found.smtp), imap: named(found.imap) })) };
    },
  );
}

/** The settings are there; a box that cannot work with them is told of, and tried again by itself. */
async function began(premises: Premises, language: Language): Promise<BeganAnswer> {
  try {
    await premises.begin();
    await premises.health.refresh();
    return { running: true, trouble: null };
  } catch (error) {
    if (!(error instanceof RohrpostError)) throw error;
    return { running: false, trouble: { code: error.code, message: errorText(error.code, language, error.details) } };
  }
}

function ifNone(error: unknown): null {
  if (error instanceof RohrpostError && error.code === 'box-not-set-up') return null;
  throw error;
}
