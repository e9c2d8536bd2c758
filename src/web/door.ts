import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Desk } from '../store/desk.ts';

const DOOR = 'page-door';

/** Where the page was opened last. */
export interface KnownDoor {
  host: string;
  port: number;
}

/** For the console, which shows where the page is without asking the running box. */
export function rememberDoor(desk: Desk, door: KnownDoor): void {
  desk.setup.set(DOOR, JSON.stringify({ host: door.host, port: door.port }));
}

export function knownDoor(desk: { setup: Pick<Desk['setup'], 'get'> }): KnownDoor | null {
  const text = desk.setup.get(DOOR);
  return text === undefined ? null : (JSON.parse(text) as KnownDoor);
}

/** What people may type into a browser to reach the page: each address that the box listens on. */
export function pageAddresses({ host, port }: KnownDoor): string[] {
  const suffix = port === 443 ? '' : `:${port}`;
  const hosts = host === '0.0.0.0' || host === '::' ? outerAddresses() : [host];
  return hosts.map((name) => `https://${isIPv6(name) ? `[${name}]` : name}${suffix}/`);
}

/** IPv4 first, which is what clinics' networks are made of; link-local IPv6 needs a zone, which browsers do not take. */
function outerAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outer = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const sorted = outer.map(({ address }) => address).sort((one, other) => Number(isIPv4(other)) - Number(isIPv4(one)));
  return sorted.length > 0 ? sorted : ['127.0.0.1'];
}
