import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFacts } from '../facts.ts';
import type { LinkState, SystemState } from '../words.ts';
import { networkSet, revertsIn } from './network.ts';
import type { Places } from './places.ts';
import { runWell } from './programs.ts';
import { raucStatus, slotsOf } from './slots.ts';

/** How the system is now. What one program does not tell is left empty, so that the rest is seen all the same. */
export async function systemState(places: Places): Promise<SystemState> {
  const facts = readFacts(places.facts);
  const [status, links, gateway, server] = await Promise.all([
    raucStatus(places).catch(() => null),
    linksNow(places).catch(() => []),
    gatewayNow(places).catch(() => null),
    timeServerNow(places).catch(() => null),
  ]);
  return {
    product: facts.product,
    version: facts.version,
    variant: facts.variant,
    slots: slotsOf(status, facts, existsSync(join(places.facts, 'trial'))),
    network: {
      ...networkSet(places),
      links,
      now: { gateway, dns: valuesOf(places.resolv, /^nameserver (\S+)$/gm) },
      reverts_s: revertsIn(places),
    },
    hostname: readFileSync(places.hostname, 'utf8').trim(),
    time: {
      servers: valuesOf(join(places.data, 'timesyncd.conf'), /^NTP=(.+)$/gm).flatMap((line) => line.split(' ')),
      server,
      synchronised: existsSync(places.synchronised),
    },
    ports: valuesOf(join(places.data, 'ports'), /^(\d+)$/gm).map(Number),
    storage: { protection: facts.storage, recoveryKey: existsSync(join(places.data, 'recovery-key')) },
  };
}

interface IpLink {
  ifname: string;
  link_type: string;
  address: string;
  operstate: string;
  linkinfo?: { info_kind?: string };
  addr_info: { local?: string; prefixlen?: number; scope: string }[];
}

/** The wired interfaces of the machine; ip-address(8). */
async function linksNow(places: Places): Promise<LinkState[]> {
  const links = JSON.parse(await runWell(places.programs.ip, ['-json', '-details', 'address', 'show'])) as IpLink[];
  return links
    .filter((link) => link.link_type === 'ether' && link.linkinfo?.info_kind === undefined)
    .map((link) => ({
      name: link.ifname,
      mac: link.address,
      up: link.operstate === 'UP',
      addresses: link.addr_info
        .filter(({ local, scope }) => local !== undefined && scope === 'global')
        .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    }));
}

/** Of the way out that the kernel takes first; IPv4's before IPv6's. */
async function gatewayNow(places: Places): Promise<string | null> {
  for (const family of ['-4', '-6']) {
    const text = await runWell(places.programs.ip, ['-json', family, 'route', 'show', 'default']);
    const routes = JSON.parse(text) as { gateway?: string; metric?: number }[];
    const [first] = routes.filter(({ gateway }) => gateway).sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
    if (first) return first.gateway!;
  }
  return null;
}

/** timedatectl(1): the server that the time comes from. */
async function timeServerNow(places: Places): Promise<string | null> {
  const args = ['show-timesync', '--property=ServerName', '--property=ServerAddress'];
  const text = await runWell(places.programs.timedatectl, args);
  const [, name] = /^ServerName=(.+)$/m.exec(text) ?? [];
  const [, address] = /^ServerAddress=(.+)$/m.exec(text) ?? [];
  return name ?? address ?? null;
}

function valuesOf(file: string, pattern: RegExp): string[] {
  if (!existsSync(file)) return [];
  return [...readFileSync(file, 'utf8').matchAll(pattern)].map((match) => match[1]!);
}
