import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { NetworkMode } from '../../appliance/words.ts';
import { RequestError } from '../../config/body.ts';
import type { Problem } from '../../config/problems.ts';
import type { Details, ErrorCode } from '../../core/errors.ts';

/** A fixed address as people enter it. `address`: with prefix length or mask. */
export interface TypedAddress {
  address: string;
  gateway: string | null;
  dns: string[];
  search: string[];
}

/**
 * A fixed address that can work: one that a machine may have, and a gateway in its own network. What a person mistypes is said
 * beside the field, before the box is out of reach.
 * @throws RequestError network-address-not-host, network-gateway-…, setting-interface, setting-ip
 */
export function fixedNetwork({ address: typed, gateway, dns, search }: TypedAddress): NetworkMode {
  const problems: Problem[] = [];
  const wrong = (field: string, code: ErrorCode, details: Details = {}) => {
    problems.push({ code, path: [field], details, line: null });
  };
  const [address = '', length = ''] = typed.split('/');
  const prefix = isIPv4(length) ? prefixOfMask(length) : Number(length);
  if (prefix === null || (!isIPv4(address) && !isIPv6(address))) wrong('address', 'setting-interface');
  else if (!mayBeHost(address, prefix)) wrong('address', 'network-address-not-host');
  else if (gateway === address) wrong('gateway', 'network-gateway-same');
  else if (gateway !== null && !isIn(gateway, address, prefix)) {
    wrong('gateway', 'network-gateway-elsewhere', { network: `${address}/${prefix}` });
  }
  dns.forEach((server, index) => {
    if (!isIPv4(server) && !isIPv6(server))
      problems.push({ code: 'setting-ip', path: ['dns', index], details: {}, line: null });
  });
  if (problems.length > 0) throw new RequestError(problems);
  const cidr = `${address}/${prefix}`;
  return { mode: 'static', address: cidr, gateway, dns, ...(search.length > 0 && { search }) };
}

/** 255.255.255.0 is 24; null for what has a one behind a zero. */
function prefixOfMask(mask: string): number | null {
  const bits = numberOf(mask).toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : null;
}

const numberOf = (ipv4: string) => ipv4.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);

/** "This" network, loopback, link-local by hand, multicast and what lies above (RFC 6890); unspecified, loopback, multicast. */
const SPECIAL4 = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'];
const SPECIAL6 = ['::/127', 'ff00::/8'];

function mayBeHost(address: string, prefix: number): boolean {
  const special = isIPv4(address) ? SPECIAL4 : SPECIAL6;
  if (prefix === 0 || special.some((network) => isInNetwork(address, network))) return false;
  // Networks of two addresses, or one, have neither a name nor a broadcast of their own (RFC 3021).
  if (!isIPv4(address) || prefix > 30) return true;
  const size = 2 ** (32 - prefix);
  const host = numberOf(address) % size;
  return host !== 0 && host !== size - 1;
}

const isIn = (other: string, address: string, prefix: number) => isInNetwork(other, `${address}/${prefix}`);

function isInNetwork(address: string, network: string): boolean {
  const [base = '', prefix = ''] = network.split('/');
  const family = isIPv4(base) ? 'ipv4' : 'ipv6';
  // A link-local gateway is the usual one of IPv6.
  if (family === 'ipv6' && /^fe80:/i.test(address)) return true;
  if ((isIPv4(address) ? 'ipv4' : 'ipv6') !== family) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(prefix), family);
  return list.check(address, family);
}
