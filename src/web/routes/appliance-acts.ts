import { RequestError } from '../../config/body.ts';
import { group, text, type ValueOf } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { webApplianceLimits as limits } from '../../core/web-appliance-limits.ts';
import { applianceOf, decided } from '../appliance/answers.ts';
import { done, typedPassword } from '../people/answers.ts';
import { confirmedBy } from '../people/confirmed.ts';
import { countGuess, network } from '../people/guesses.ts';
import type { Passwords } from '../people/passwords.ts';
import { placeOf } from '../people/person.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['appliance'];
const admin = { right: 'admin' } as const;
const password = typedPassword('One’s own password, to be sure who asks');

const keyAnswer = group(
  { key: text({ description: 'The recovery key', maxLength: 200 }) },
  { description: 'Note it down' },
);
export type KeyAnswer = ValueOf<typeof keyAnswer>;

/** What ends, empties or opens the machine. Each is in the audit before it happens: afterwards it may be too late. */
export function machineRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  powerRoutes(web, premises);
  resetRoute(web, premises, passwords);
  adoptRoute(web, premises);
  recoveryRoutes(web, premises, passwords);
  unlockRoute(web, premises);
}

function powerRoutes(web: Web, premises: Premises): void {
  const { clock, desk } = premises;
  const acts = [
    { path: 'reboot', act: 'machine-reboot', summary: 'Restarts the machine', run: 'reboot' },
    { path: 'power-off', act: 'machine-power-off', summary: 'Switches the machine off', run: 'powerOff' },
  ] as const;
  for (const { path, act, summary, run } of acts) {
    web.post(
      `/api/appliance/${path}`,
      { config: admin, schema: { tags, summary, response: { 202: decided } } },
      async (request, reply) => {
        const appliance = applianceOf(premises);
        desk.audit.add({ by: request.by, act, now_ms: clock.now() });
        await appliance[run]();
        return reply.code(202).send({ decided: true });
      },
    );
  }
}

function resetRoute(web: Web, premises: Premises, passwords: Passwords): void {
  const { clock, desk, log } = premises;
  const confirmed = confirmedBy(premises, passwords);
  web.post(
    '/api/appliance/factory-reset',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Destroys keys and data, and starts the machine as it came' },
        ...{ response: { 202: decided } },
        body: group(
          { name: text({ description: 'The box’s name, typed' }), password },
          { description: 'To be sure that this box is meant, and who asks' },
        ),
      },
    },
    async (request, reply) => {
      const appliance = applianceOf(premises);
      const { name } = appliance.facts;
      if (request.body.name.trim() !== name) {
        throw new RequestError([{ code: 'appliance-name-differs', path: ['name'], details: { name }, line: null }]);
      }
      await confirmed(request, request.body.password);
      desk.audit.add({ by: request.by, act: 'factory-reset', now_ms: clock.now() });
      log.warn('factory reset', { by: request.by });
      await appliance.factoryReset(name);
      return reply.code(202).send({ decided: true });
    },
  );
}

function adoptRoute(web: Web, premises: Premises): void {
  const { clock, desk } = premises;
  web.post(
    '/api/appliance/adopt',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'The data belong to this hardware from now on; the box starts to work' },
        description:
          'Only where the other machine is gone: two boxes with one identity take the mails from each other.',
        response: { 202: decided },
      },
    },
    async (request, reply) => {
      const appliance = applianceOf(premises);
      if (!appliance.facts.moved) throw new RohrpostError('not-found');
      desk.audit.add({ by: request.by, act: 'hardware-adopt', now_ms: clock.now() });
      await appliance.adopt();
      premises.restart();
      return reply.code(202).send({ decided: true });
    },
  );
}

function recoveryRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  const { clock, desk } = premises;
  const confirmed = confirmedBy(premises, passwords);
  web.post(
    '/api/appliance/recovery-key',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Shows the recovery key of the data storage, as long as it lies on the box' },
        ...{ body: group({ password }, { description: 'To be sure who asks' }), response: { 200: keyAnswer } },
      },
    },
    async (request) => {
      const appliance = applianceOf(premises);
      await confirmed(request, request.body.password);
      desk.audit.add({ by: request.by, act: 'recovery-key-show', now_ms: clock.now() });
      const key = await appliance.recoveryKey();
      if (key === null) throw new RohrpostError('recovery-key-none');
      return { key };
    },
  );
  web.delete(
    '/api/appliance/recovery-key',
    { config: admin, schema: { tags, summary: 'Deletes it from the box: somebody has it now', response: done } },
    async (request, reply) => {
      const appliance = applianceOf(premises);
      desk.audit.add({ by: request.by, act: 'recovery-key-forget', now_ms: clock.now() });
      await appliance.forgetRecoveryKey();
      return reply.code(204).send(null);
    },
  );
}

/** For anybody: without the data there are no accounts. Who knows the key may know the data. */
function unlockRoute(web: Web, premises: Premises): void {
  const { log } = premises;
  web.post(
    '/api/appliance/unlock',
    {
      config: { right: 'public' },
      schema: {
        ...{ tags, summary: 'Opens a locked data storage; the machine then starts anew', response: { 202: decided } },
        body: group(
          { key: text({ description: 'The recovery key', maxLength: 200 }) },
          { description: 'What opens it' },
        ),
      },
    },
    async (request, reply) => {
      const appliance = applianceOf(premises);
      if (appliance.facts.data !== 'locked') throw new RohrpostError('unlock-not-needed');
      const { address } = placeOf(request);
      const counter = { key: `unlock:${network(address)}`, free: limits.guesses_unlock };
      const takeBack = countGuess(premises, [counter], 'unlock-locked');
      try {
        await appliance.unlock(request.body.key.trim());
      } catch (thrown) {
        const isWrong = thrown instanceof RohrpostError && thrown.code === 'unlock-key-wrong';
        if (!isWrong) takeBack();
        log.warn('data storage stays locked', { address });
        throw thrown;
      }
      log.warn('data storage unlocked', { address });
      return reply.code(202).send({ decided: true });
    },
  );
}
