import type { Appliance } from '../appliance/appliance.ts';
import type { Clock } from '../core/clock.ts';
import { programLimits } from '../core/program-limits.ts';

/** Resolves once the running image has proved itself, which is somebody else's to say; rejects when the signal aborts. */
export async function trialOver(
  appliance: Pick<Appliance, 'onTrial'>,
  o: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  while (appliance.onTrial()) await o.clock.sleep(programLimits.trial_look_ms, o.signal);
  o.signal.throwIfAborted();
}
