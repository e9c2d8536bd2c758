import type { Appliance } from '../../appliance/appliance.ts';
import { NETWORK_TRIAL_S, type NetworkMode, type SystemState } from '../../appliance/words.ts';
import {
  group,
  host,
  hostLabel,
  interfaceAddress,
  ipAddress,
  list,
  nullable,
  oneOf,
  optional,
  text,
} from '../../config/kinds.ts';
import { applianceLimits } from '../../core/appliance-limits.ts';
import { errorText, type Language } from '../../core/errors.ts';
import {
  type ApplianceAnswer,
  applianceAnswer,
  applianceOf,
  type OrderedAnswer,
  orderedAnswer,
} from '../appliance/answers.ts';
import { fixedNetwork } from '../appliance/network.ts';
import { type NetworkTrial, networkTrial } from '../appliance/network-trial.ts';
import { type MachineSight, machineSight } from '../appliance/sight.ts';
import { done } from '../people/answers.ts';
import { placeOf } from '../people/person.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['appliance'];
const admin = { right: 'admin' } as const;

const ordered = group(
  {
    mode: oneOf(['dhcp', 'static'], { description: 'dhcp: the network gives the address' }),
    address: optional(interfaceAddress({ description: 'With prefix length or mask; for static' })),
    gateway: optional(nullable(ipAddress({ description: 'The way out' }))),
    dns: optional(
      list(ipAddress({ description: 'A name server' }), {
        ...{ description: 'Name servers', maxItems: applianceLimits.name_servers },
      }),
    ),
    search: optional(
      list(host({ description: 'A domain' }), {
        ...{ description: 'Where short names are looked for', maxItems: applianceLimits.search_domains },
      }),
    ),
  },
  { description: 'How the box gets its address' },
);

/** The machine of an appliance: its network, name and time. Where there is none, every route says so. */
export function applianceRoutes(web: Web, premises: Premises): void {
  const { clock, log, appliance } = premises;
  const sight = appliance && machineSight(appliance, { clock, log });
  const trial = appliance && networkTrial(appliance, { clock, onChange: () => sight?.forget() });
  web.addHook('preClose', async () => trial?.stop());
  web.get(
    '/api/appliance',
    {
      config: { right: 'operator' },
      schema: { tags, summary: 'The machine: network, time, storage protection', response: { 200: applianceAnswer } },
    },
    async ({ language }): Promise<ApplianceAnswer> =>
      answerOf(applianceOf(premises), await sight!.look(), trial!.now(), language),
  );
  networkRoutes(web, premises, trial);
  nameRoutes(web, premises, sight);
}

function networkRoutes(web: Web, premises: Premises, trial: NetworkTrial | null): void {
  const { clock, desk } = premises;
  web.put(
    '/api/appliance/network',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Changes how the box gets its address' },
        description: `In use in a moment, and taken back after ${NETWORK_TRIAL_S} seconds unless it is kept: by /api/appliance/network/keep, or by whoever reaches the box at its new address with the token.`,
        ...{ body: ordered, response: { 202: orderedAnswer } },
      },
    },
    async (request, reply) => {
      applianceOf(premises);
      const network = networkOf(request.body);
      const token = trial!.begin(network, request.by);
      desk.audit.add({ by: request.by, act: 'network-change', details: auditOf(network), now_ms: clock.now() });
      return reply.code(202).send({ token, addresses: addressesOf(premises, network), within_s: NETWORK_TRIAL_S });
    },
  );
  web.post(
    '/api/appliance/network/keep',
    { config: admin, schema: { tags, summary: 'Keeps the change of the network', response: done } },
    async (request, reply) => {
      applianceOf(premises);
      await trial!.keep();
      desk.audit.add({ by: request.by, act: 'network-keep', now_ms: clock.now() });
      return reply.code(204).send(null);
    },
  );
  web.post(
    '/api/appliance/network/reached',
    {
      config: { right: 'public' },
      schema: {
        ...{ tags, summary: 'Keeps the change of the network: the box was reached at its new address', response: done },
        description: 'There nobody is logged in yet; the token proves who comes.',
        body: group({ token: text({ description: 'From the answer to the change' }) }, { description: 'Who comes' }),
      },
    },
    async (request, reply) => {
      applianceOf(premises);
      const by = await trial!.keepBy(request.body.token);
      const { address } = placeOf(request);
      desk.audit.add({ by, act: 'network-keep', details: { address }, now_ms: clock.now() });
      return reply.code(204).send(null);
    },
  );
}

function nameRoutes(web: Web, premises: Premises, sight: MachineSight | null): void {
  const { clock, desk } = premises;
  web.put(
    '/api/appliance/hostname',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Changes the host name', response: done },
        body: group({ name: hostLabel({ description: 'Without a domain' }) }, { description: 'Its name' }),
      },
    },
    async (request, reply) => {
      const { name } = request.body;
      await applianceOf(premises).setHostname(name);
      sight!.forget();
      desk.audit.add({ by: request.by, act: 'hostname-change', details: { name }, now_ms: clock.now() });
      return reply.code(204).send(null);
    },
  );
  web.put(
    '/api/appliance/time-servers',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Changes where the time comes from', response: done },
        body: group(
          {
            servers: list(host({ description: 'A time server' }), {
              description: 'Time servers; none: those that DHCP names, then public ones',
              maxItems: applianceLimits.time_servers,
            }),
          },
          { description: 'Time servers' },
        ),
      },
    },
    async (request, reply) => {
      const { servers } = request.body;
      await applianceOf(premises).setTimeServers(servers);
      sight!.forget();
      const details = { servers: servers.join(' ') };
      desk.audit.add({ by: request.by, act: 'time-servers-change', details, now_ms: clock.now() });
      return reply.code(204).send(null);
    },
  );
}

interface Ordered {
  mode: 'dhcp' | 'static';
  address?: string;
  gateway?: string | null;
  dns?: string[];
  search?: string[];
}

function networkOf({ mode, address = '', gateway = null, dns = [], search = [] }: Ordered): NetworkMode {
  return mode === 'dhcp' ? { mode } : fixedNetwork({ address, gateway, dns, search });
}

function auditOf(network: NetworkMode): Record<string, string> {
  if (network.mode === 'dhcp') return { mode: 'dhcp' };
  const { mode, address, gateway, dns } = network;
  return { mode, address, gateway: gateway ?? '', dns: dns.join(' ') };
}

/** Where the page will be; a name goes on working wherever mDNS does. */
function addressesOf({ door, appliance }: Premises, network: NetworkMode): OrderedAnswer['addresses'] {
  const { port } = door();
  const at = (name: string) => `https://${name.includes(':') ? `[${name}]` : name}${port === 443 ? '' : `:${port}`}/`;
  const fixed = network.mode === 'static' ? [network.address.split('/')[0]!] : [];
  return [...fixed, `${appliance!.facts.name}.local`].map(at);
}

function answerOf(
  { facts, clockIsSynchronised }: Appliance,
  state: SystemState | null,
  change: ReturnType<NetworkTrial['now']>,
  language: Language,
): ApplianceAnswer {
  const { name, hardware, product, version, variant, moved, storage } = facts;
  return {
    ...{ name, hardware, product, version, variant, moved, protection: storage },
    clockTrusted: clockIsSynchronised(),
    machine: state && {
      hostname: state.hostname,
      network: {
        ...shownNetwork(state.network),
        applying: change?.applying ?? false,
        failure: change?.failure ? errorText(change.failure.code, language, change.failure.details) : null,
      },
      time: { servers: state.time.servers, server: state.time.server },
      ports: state.ports,
      recoveryKey: state.storage.recoveryKey,
    },
  };
}

function shownNetwork(network: SystemState['network']) {
  const { mode, links, now, reverts_s } = network;
  const entered =
    network.mode === 'static'
      ? { address: network.address, gateway: network.gateway, dns: network.dns, search: network.search ?? [] }
      : { address: null, gateway: null, dns: [], search: [] };
  return { mode, ...entered, links, now, reverts_s };
}
