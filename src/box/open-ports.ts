import { isDeepStrictEqual } from 'node:util';
import type { Appliance } from '../appliance/appliance.ts';
import { backoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { webApplianceLimits as limits } from '../core/web-appliance-limits.ts';

/**
 * Lets in from the network exactly what the box listens on: the firewall follows the doors, which open and shut with the
 * settings, late, or not at all. The doors are looked at rather than the settings: a port that could not be opened stays shut.
 * @param o.ports those that are open just now
 */
export function followPorts(
  appliance: Pick<Appliance, 'setPorts'>,
  o: { ports(): readonly number[]; clock: Clock; log: Log },
): { stop(): Promise<void> } {
  const { clock, log } = o;
  const stopped = new AbortController();
  let letIn: number[] | null = null;
  let failures = 0;

  const look = async (): Promise<number> => {
    const open = [...new Set(o.ports())].sort((one, other) => one - other);
    if (isDeepStrictEqual(open, letIn)) return limits.ports_ms;
    try {
      await appliance.setPorts(open);
      letIn = open;
      failures = 0;
      log.info('ports let in', { ports: open.join(' ') });
      return limits.ports_ms;
    } catch (thrown) {
      log.error('firewall does not follow', { code: asRohrpostError(thrown, 'internal').code });
      return backoff(++failures, { first_ms: limits.ports_again_ms, cap_ms: limits.ports_again_most_ms });
    }
  };
  const work = async () => {
    while (!stopped.signal.aborted) {
      await clock.sleep(await look(), stopped.signal).catch(() => {});
    }
  };
  const working = work();
  return {
    stop: () => {
      stopped.abort();
      return working;
    },
  };
}
