import { freemem, totalmem } from 'node:os';
import { group, integer, list, nullable, oneOf, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { version } from '../../core/version.ts';
import { readNetwork } from '../../health/network.ts';
import { timeService } from '../../health/time.ts';
import type { UpdatePhase } from '../../update/updates.ts';
import { updatePhases } from '../firmware/answers.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { storageOf } from '../storage.ts';

const tags = ['system'];
const count = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });
const address = text({ description: 'An address', maxLength: 200 });

const systemAnswer = group(
  {
    version: text({ description: 'Of this program' }),
    licence: text({ description: 'Of this program' }),
    node: text({ description: 'Version of Node.js' }),
    started_ms: count('When the page was opened: another one after a restart'),
    time: group(
      {
        now_ms: count("The box's clock"),
        zone: text({ description: 'Time zone' }),
        service: nullable(
          group(
            {
              name: text({ description: 'Name' }),
              isSynchronised: yesNo({ description: 'Whether it has the right time' }),
              offset_ms: nullable(
                integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, {
                  description: 'How far the clock is from it',
                }),
              ),
            },
            { description: 'What the time service of the system says; null: none' },
          ),
        ),
      },
      { description: 'Time' },
    ),
    network: group(
      {
        hostname: text({ description: 'Host name', maxLength: 300 }),
        interfaces: list(
          group(
            { name: text({ description: 'Name' }), addresses: list(address, { description: 'With prefix length' }) },
            { description: 'An interface' },
          ),
          { description: 'Interfaces' },
        ),
        gateway: nullable(address),
        dns: list(address, { description: 'Name servers' }),
      },
      { description: 'Network' },
    ),
    doors: list(
      group(
        {
          name: oneOf(['web', 'redirect', 'dicom', 'dicomTls', 'smtp'], { description: 'What for' }),
          port: count('Port'),
        },
        { description: 'An open port' },
      ),
      { description: 'What the box listens on' },
    ),
    storage: group(
      {
        size_bytes: count('Of the file system of the data folder'),
        free_bytes: count('Free'),
        refuse_below_bytes: nullable(count('Below this, nothing new is taken')),
        database_bytes: count('The ledger'),
        spool: group(
          {
            files: count('Files'),
            size_bytes: count('Their size'),
            whole: yesNo({ description: 'All were counted; else there are more' }),
          },
          { description: 'Studies and mails kept as files' },
        ),
        done_days: nullable(count('Finished studies are kept this long')),
        quarantine_days: nullable(count('Quarantined mails are kept this long')),
      },
      { description: 'Storage' },
    ),
    memory: group(
      { size_bytes: count('Of the machine'), free_bytes: count('Free'), used_bytes: count('By this program') },
      { description: 'Memory' },
    ),
    update: group(
      {
        source: nullable(text({ description: 'Where updates come from; null: nowhere', maxLength: 2_000 })),
        appliance: yesNo({ description: 'The box updates its own firmware; else its system is managed elsewhere' }),
        phase: nullable(oneOf<UpdatePhase>(updatePhases, { description: 'What is going on' })),
        next: nullable(text({ description: 'The version that is on offer, or installed and not started yet' })),
      },
      { description: 'Updates' },
    ),
  },
  { description: 'The box as a machine' },
);
export type SystemAnswer = ValueOf<typeof systemAnswer>;

const underWayAnswer = group(
  {
    arriving: count('Studies that come from modalities'),
    sending: count('Consignments on their way to partners'),
    incoming: count('Sets that come from partners'),
    delivering: count('Studies that are delivered'),
  },
  { description: 'What is under way; each goes on after a restart' },
);
export type UnderWayAnswer = ValueOf<typeof underWayAnswer>;

/** A look at this many of each kind tells whether a restart is well-timed. */
const UNDER_WAY = 100;

/** What the box is and stands on, and its restart. */
export function systemRoutes(web: Web, premises: Premises): void {
  const { clock, desk } = premises;
  const started_ms = clock.now();
  web.get(
    '/api/system',
    {
      config: { right: 'operator' },
      schema: { tags, summary: 'Version, time, network, storage', response: { 200: systemAnswer } },
    },
    async (): Promise<SystemAnswer> => {
      const [network, service, storage] = await Promise.all([readNetwork(), timeService(), storageOf(premises)]);
      const { timezone, ...where } = network;
      return {
        ...{ version, licence: 'Apache-2.0', node: process.version },
        started_ms,
        time: {
          ...{ now_ms: clock.now(), zone: timezone },
          service: service && { ...service, offset_ms: service.offset_ms && Math.round(service.offset_ms) },
        },
        network: {
          ...where,
          dns: [...where.dns],
          interfaces: where.interfaces.map(({ name, addresses }) => ({ name, addresses: [...addresses] })),
        },
        doors: doorsOf(premises),
        storage,
        memory: { size_bytes: totalmem(), free_bytes: freemem(), used_bytes: process.memoryUsage.rss() },
        update: updateOf(premises),
      };
    },
  );
  web.get(
    '/api/system/under-way',
    {
      config: { right: 'operator' },
      schema: {
        tags,
        summary: `What a restart would interrupt; counted up to ${UNDER_WAY} of each`,
        response: { 200: underWayAnswer },
      },
    },
    async (): Promise<UnderWayAnswer> => {
      const now = premises.box()?.store.moving.now(UNDER_WAY) ?? [];
      const of = (kind: string) => now.filter((movement) => movement.kind === kind).length;
      return {
        arriving: of('arriving'),
        sending: of('sending'),
        incoming: of('incoming'),
        delivering: of('delivering'),
      };
    },
  );
  web.post(
    '/api/system/restart',
    {
      config: { right: 'admin' },
      schema: {
        tags,
        summary: 'Ends the box and starts it anew',
        description:
          'What is under way goes on afterwards. The page is away for some seconds; `started_ms` tells when it is back.',
        response: { 202: group({ restarting: yesNo({ description: 'It will be' }) }, { description: 'Decided' }) },
      },
    },
    async (request, reply) => {
      desk.audit.add({ by: request.by, act: 'box-restart', now_ms: clock.now() });
      premises.restart();
      return reply.code(202).send({ restarting: true });
    },
  );
}

function updateOf({ updates, appliance }: Premises): SystemAnswer['update'] {
  const { channel, phase, installed, offered } = updates?.state() ?? {};
  return {
    source: channel?.url ?? null,
    appliance: appliance !== null,
    phase: phase ?? null,
    next: installed?.version ?? offered?.version ?? null,
  };
}

function doorsOf({ box, door }: Premises): SystemAnswer['doors'] {
  const { port, redirectPort } = door();
  const ports = { web: port, redirect: redirectPort ?? undefined, ...box()?.ports() };
  return Object.entries(ports).flatMap(([name, open]) =>
    open === undefined ? [] : [{ name: name as SystemAnswer['doors'][number]['name'], port: open }],
  );
}
