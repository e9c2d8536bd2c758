import { X509Certificate } from 'node:crypto';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { RohrpostError, reasonOf } from '../../core/errors.ts';
import type { NetworkMode } from '../words.ts';

/** What one request says, field by field; a field that nobody asked for is refused. */
export interface Fields {
  text(name: string): string;
  optional(name: string): string | undefined;
  nullable(name: string): string | null;
  texts(name: string, most: number): string[];
  optionalTexts(name: string, most: number): string[] | undefined;
  numbers(name: string, most: number): number[];
  /** All fields have been asked for. */
  end(): void;
}

const CHARACTERS_MOST = 60 * 1024;

export function refused(field: string, reason: string): RohrpostError {
  return new RohrpostError('appliance-refused', { details: { field: reasonOf(field).slice(0, 40), reason } });
}

/** @throws RohrpostError appliance-refused, here and from each of its functions */
export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('request', 'not an object');
  const given = new Map(Object.entries(value));
  const take = (name: string): unknown => {
    const field: unknown = given.get(name);
    given.delete(name);
    return field;
  };
  const textOf = (name: string, field: unknown): string => {
    if (typeof field !== 'string') throw refused(name, 'not a text');
    if (field === '' || field.length > CHARACTERS_MOST) throw refused(name, 'empty, or too long');
    return field;
  };
  const listOf = <T>(name: string, field: unknown, most: number, each: (item: unknown) => T): T[] => {
    if (!Array.isArray(field)) throw refused(name, 'not a list');
    if (field.length > most) throw refused(name, `more than ${most}`);
    const items = field.map(each);
    if (new Set(items).size < items.length) throw refused(name, 'the same twice');
    return items;
  };
  const texts = (name: string, field: unknown, most: number) => listOf(name, field, most, (item) => textOf(name, item));
  const numberOf = (name: string, field: unknown): number => {
    if (!Number.isSafeInteger(field)) throw refused(name, 'not a whole number');
    return field as number;
  };
  return {
    text: (name) => textOf(name, take(name)),
    optional: (name) => (given.has(name) ? textOf(name, take(name)) : undefined),
    nullable: (name) => {
      const field = take(name);
      return field === null ? null : textOf(name, field);
    },
    texts: (name, most) => texts(name, take(name), most),
    optionalTexts: (name, most) => (given.has(name) ? texts(name, take(name), most) : undefined),
    numbers: (name, most) => listOf(name, take(name), most, (item) => numberOf(name, item)),
    end: () => {
      for (const name of given.keys()) throw refused(name, 'unknown');
    },
  };
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** RFC 1123 §2.1, one label in lower case. */
export function hostName(field: string, text: string): string {
  if (!LABEL.test(text)) throw refused(field, 'letters a to z, digits and hyphens, at most 63');
  return text;
}

export function domainName(field: string, text: string): string {
  if (
    text.length > 253 ||
    !text
      .toLowerCase()
      .split('.')
      .every((label) => LABEL.test(label))
  ) {
    throw refused(field, 'not a domain name');
  }
  return text.toLowerCase();
}

/** A server's address or name. */
export function serverName(field: string, text: string): string {
  return isIP(text) && !text.includes('%') ? text : domainName(field, text);
}

export function port(field: string, number: number): number {
  if (number < 1 || number > 65_535) throw refused(field, 'from 1 to 65535');
  return number;
}

export function hexSha256(field: string, text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw refused(field, '64 lower-case hexadecimal digits');
  return text;
}

/** The certificates of a PEM text, and nothing else of it. */
export function certificates(field: string, text: string): string {
  const found = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (found.length > 0) return found.map((pem) => new X509Certificate(pem).toString()).join('');
  } catch {
    // Told below.
  }
  throw refused(field, 'no certificates');
}

/** How an interface gets its address; an address that could not work with its gateway is refused here. */
export function networkMode(fields: Fields): NetworkMode {
  const mode = fields.text('mode');
  if (mode === 'dhcp') return { mode };
  if (mode !== 'static') throw refused('mode', 'dhcp or static');
  const [ip, length, ...rest] = fields.text('address').split('/');
  const bits = isIPv4(ip!) ? 32 : isIPv6(ip!) && !ip!.includes('%') ? 128 : 0;
  const prefix = /^[1-9]\d{0,2}$/.test(length ?? '') ? Number(length) : 0;
  if (bits === 0 || rest.length > 0 || prefix < 1 || prefix > bits) {
    throw refused('address', 'an address with its prefix length, such as 192.0.2.10/24');
  }
  const family = bits === 32 ? 'ipv4' : 'ipv6';
  const unusable = new BlockList();
  for (const net of ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3']) addNet(unusable, net, 'ipv4');
  for (const net of ['::/127', 'ff00::/8']) addNet(unusable, net, 'ipv6');
  if (unusable.check(ip!, family)) throw refused('address', 'no machine can have this address');
  const gateway = fields.nullable('gateway');
  if (gateway !== null) {
    const near = new BlockList();
    near.addSubnet(ip!, prefix, family);
    addNet(near, 'fe80::/10', 'ipv6');
    if (isIP(gateway) !== (bits === 32 ? 4 : 6) || !near.check(gateway, family) || gateway === ip) {
      throw refused('gateway', 'another address of the same network');
    }
  }
  const dns = fields.texts('dns', limits.name_servers);
  for (const server of dns) if (!isIP(server) || server.includes('%')) throw refused('dns', 'not an address');
  const search = fields.optionalTexts('search', limits.search_domains)?.map((name) => domainName('search', name));
  return { mode, address: `${ip}/${prefix}`, gateway, dns, ...(search && { search }) };
}

function addNet(list: BlockList, net: string, family: 'ipv4' | 'ipv6'): void {
  const [address, prefix] = net.split('/');
  list.addSubnet(address!, Number(prefix), family);
}
