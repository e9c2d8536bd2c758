import { BlockList, isIPv6 } from 'node:net';
import type { Settings } from '../config/schema.ts';

/** Whether a modality is on the allow-list of the settings; an empty list allows every one. */
export function isAllowed(allow: Settings['dicom']['allow'], peer: { callingAe: string; address: string }): boolean {
  if (allow.length === 0) return true;
  return allow.some(
    (entry) =>
      (entry.ae_title === undefined || entry.ae_title === peer.callingAe) &&
      (entry.address === undefined || isInNetwork(peer.address, entry.address)),
  );
}

function isInNetwork(address: string, network: string): boolean {
  const list = new BlockList();
  const [base, bits] = network.split('/') as [string, string | undefined];
  const family = isIPv6(base) ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(base, family);
  else list.addSubnet(base, Number(bits), family);
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
