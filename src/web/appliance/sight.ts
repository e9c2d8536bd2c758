import type { Appliance } from '../../appliance/appliance.ts';
import type { SystemState } from '../../appliance/words.ts';
import type { Clock } from '../../core/clock.ts';
import { asRohrpostError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { webApplianceLimits as limits } from '../../core/web-appliance-limits.ts';

/** What the caretaker says of the machine, a moment old at most. */
export interface MachineSight {
  /** Null where it does not answer in time: the page shows what is known without it. */
  look(): Promise<SystemState | null>;
  /** Something was changed: the next look is a new one. */
  forget(): void;
}

/** Shares one look at the machine among everybody who asks: each starts a program, and RAUC answers slowly. */
export function machineSight(appliance: Appliance, o: { clock: Clock; log: Log }): MachineSight {
  const { clock, log } = o;
  let last: { state: Promise<SystemState | null>; asked_ms: number } | null = null;
  const ask = async () => {
    const enough = new AbortController();
    const late = clock.sleep(limits.patience_ms, enough.signal).then(
      () => null,
      () => null,
    );
    const state = appliance.state().catch((thrown: unknown) => {
      log.warn('caretaker does not tell the state', { code: asRohrpostError(thrown, 'internal').code });
      return null;
    });
    const found = await Promise.race([state, late]);
    enough.abort();
    return found;
  };
  return {
    look: () => {
      const now_ms = clock.steady();
      if (!last || now_ms - last.asked_ms > limits.state_ms) last = { state: ask(), asked_ms: now_ms };
      return last.state;
    },
    forget: () => {
      last = null;
    },
  };
}
