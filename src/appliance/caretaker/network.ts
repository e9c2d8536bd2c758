import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RohrpostError } from '../../core/errors.ts';
import { makeFolder, writeDurably } from '../../core/files.ts';
import type { NetworkMode } from '../words.ts';
import type { Places } from './places.ts';
import { apply } from './units.ts';

const TRIAL = 'trial.network';
const KEPT = '10-operator.network';

/**
 * Puts the network in use at once. The unit that does so has set a timer before: what nobody keeps is taken back by the system,
 * also where this process, the program or the whole box ends meanwhile.
 * @throws RohrpostError network-not-taken
 */
export async function tryNetwork(places: Places, network: NetworkMode): Promise<void> {
  await makeFolder(join(places.data, 'network'));
  await writeDurably(join(places.data, 'network', TRIAL), networkFile(network), 0o644);
  await apply(places, 'network-trial').catch((error: RohrpostError) => {
    throw new RohrpostError('network-not-taken', { cause: error, details: { reason: error.message } });
  });
}

/** @throws RohrpostError network-nothing-to-keep, appliance-failed */
export async function keepNetwork(places: Places): Promise<void> {
  if (revertsIn(places) === null) throw new RohrpostError('network-nothing-to-keep');
  await apply(places, 'network-keep');
}

/** Seconds until the last change is taken back; null: there is none to keep. */
export function revertsIn(places: Places): number | null {
  const file = join(places.facts, 'network-trial');
  if (!existsSync(file)) return null;
  const [deadline_s, now_s] = [file, places.uptime].map((path) => Number.parseFloat(readFileSync(path, 'utf8')));
  return Math.max(0, Math.round(deadline_s! - now_s!));
}

/** What was set last, be it on trial or kept. */
export function networkSet(places: Places): NetworkMode {
  const file = join(places.data, 'network', revertsIn(places) === null ? KEPT : TRIAL);
  const [, json] = (existsSync(file) && /^# rohrpost (.+)$/m.exec(readFileSync(file, 'utf8'))) || [];
  return json === undefined ? { mode: 'dhcp' } : (JSON.parse(json) as NetworkMode);
}

/**
 * systemd.network(5), for every wired interface; the rest is as in the image's own file. The first line is for ourselves. What
 * stands here has been checked: no line ends in it.
 */
export function networkFile(network: NetworkMode): string {
  const lines = [`# rohrpost ${JSON.stringify(network)}`, '[Match]', 'Type=ether', 'Kind=!*', '', '[Network]'];
  lines.push('LinkLocalAddressing=yes', 'MulticastDNS=yes', 'LLDP=yes', 'EmitLLDP=yes', 'IPv6PrivacyExtensions=no');
  if (network.mode === 'dhcp') {
    lines.push('DHCP=yes', '', '[DHCPv4]', 'ClientIdentifier=mac', 'UseDomains=yes', 'UseNTP=yes', 'SendHostname=yes');
    return [...lines, '', '[DHCPv6]', 'DUIDType=link-layer', 'UseNTP=yes', ''].join('\n');
  }
  lines.push('DHCP=no', 'IPv6AcceptRA=no', `Address=${network.address}`);
  if (network.gateway !== null) lines.push(`Gateway=${network.gateway}`);
  for (const server of network.dns) lines.push(`DNS=${server}`);
  if (network.search?.length) lines.push(`Domains=${network.search.join(' ')}`);
  return [...lines, ''].join('\n');
}
