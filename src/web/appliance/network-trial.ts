import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Appliance } from '../../appliance/appliance.ts';
import { NETWORK_TRIAL_S, type NetworkMode } from '../../appliance/words.ts';
import type { Clock } from '../../core/clock.ts';
import { asRohrpostError, RohrpostError } from '../../core/errors.ts';
import { webApplianceLimits as limits } from '../../core/web-appliance-limits.ts';

/** A change of the network that was ordered on the page and has to prove itself. */
export interface NetworkTrial {
  /** Applies a change, after a moment in which the answer to whoever ordered it still gets out. @returns the token of `keepBy` */
  begin(network: NetworkMode, by: string): string;
  /** How the last change is doing; null: none was ordered, or it is over. */
  now(): { applying: boolean; failure: RohrpostError | null } | null;
  /** The change stays. @throws RohrpostError network-nothing-to-keep */
  keep(): Promise<void>;
  /** The same for whoever comes to the new address with the token of the old; gives back who ordered it. */
  keepBy(token: string): Promise<string>;
  stop(): void;
}

interface Change {
  readonly token: Buffer;
  readonly by: string;
  readonly until_ms: number;
  applying: boolean;
  failure: RohrpostError | null;
}

/**
 * Nobody who changes the address of a box gets the answer when it is done: their connection ended with the old address. So the
 * order is answered first, and the page at the new address, to which a link with a token leads, says that it was reached.
 */
export function networkTrial(appliance: Appliance, o: { clock: Clock; onChange(): void }): NetworkTrial {
  const { clock, onChange } = o;
  const stopped = new AbortController();
  let change: Change | null = null;

  const apply = async (mine: Change, network: NetworkMode) => {
    await clock.sleep(limits.answer_ms, stopped.signal);
    await appliance.setNetwork(network).catch((thrown: unknown) => {
      mine.failure = asRohrpostError(thrown, 'internal');
    });
    mine.applying = false;
    onChange();
  };
  const current = () => {
    if (change && clock.steady() > change.until_ms) change = null;
    return change;
  };
  const keep = async () => {
    if (current()?.applying) throw new RohrpostError('appliance-busy');
    await appliance.keepNetwork();
    change = null;
    onChange();
  };
  return {
    begin: (network, by) => {
      if (current()?.applying) throw new RohrpostError('appliance-busy');
      const token = randomBytes(32);
      const until_ms = clock.steady() + limits.answer_ms + limits.apply_ms + NETWORK_TRIAL_S * 1000;
      change = { token, by, until_ms, applying: true, failure: null };
      void apply(change, network).catch(() => {});
      return token.toString('base64url');
    },
    now: () => {
      const { applying, failure } = current() ?? {};
      return applying === undefined ? null : { applying, failure: failure ?? null };
    },
    keep,
    keepBy: async (token) => {
      const known = current();
      const given = Buffer.from(token, 'base64url');
      if (!known || given.length !== known.token.length || !timingSafeEqual(given, known.token)) {
        throw new RohrpostError('network-nothing-to-keep');
      }
      await keep();
      return known.by;
    },
    stop: () => stopped.abort(),
  };
}
