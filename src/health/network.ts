import { getServers } from 'node:dns';
import { hostname, networkInterfaces } from 'node:os';
import si from 'systeminformation';
import { healthLimits } from '../core/limits.ts';

/** How the machine stands in its network. Changed through the system, not by this program. */
export interface Network {
  readonly hostname: string;
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  /** Null where the system does not tell. */
  readonly gateway: string | null;
  readonly dns: readonly string[];
  readonly timezone: string;
}

/** Reads it afresh; what does not answer in time is left out. */
export async function readNetwork(): Promise<Network> {
  const late = new Promise<null>((resolve) => {
    setTimeout(() => resolve(null), healthLimits.system_ms).unref();
  });
  const gateway = await Promise.race([si.networkGatewayDefault().catch(() => null), late]);
  const interfaces = Object.entries(networkInterfaces()).map(([name, all]) => ({
    name,
    addresses: (all ?? []).filter(({ internal }) => !internal).map(({ cidr, address }) => cidr ?? address),
  }));
  return {
    hostname: hostname(),
    interfaces: interfaces.filter(({ addresses }) => addresses.length > 0),
    gateway: gateway || null,
    dns: getServers(),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
