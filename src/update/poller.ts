import type { X509Certificate } from 'node:crypto';
import { backoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { UpdateLimits } from '../core/update-limits.ts';
import { readIndex } from './channel.ts';
import { fractionOf } from './choose.ts';
import { ask, type HttpsRequest, retryAfter_ms } from './https.ts';
import type { StateFile } from './state.ts';
import type { ChannelIndex } from './words.ts';

/** Looks at a channel now and then, and knows what it said last. */
export interface Poller {
  /** What the channel says; null where nothing is known that is valid now. */
  index(): ChannelIndex | null;
  /** Looks if it is time. @returns when the next look is due, in ms from now; Infinity: there is no channel */
  step(): Promise<number>;
  /** Looks now. @throws RohrpostError update-no-channel, and why it cannot be used: update-… */
  look(): Promise<void>;
  /** When the next look is due, by the wall clock; null: there is no channel. */
  next_ms(): number | null;
  last(): { at_ms: number; code: string | null; reason: string | null } | null;
  isLooking(): boolean;
}

export interface PollerParts {
  clock: Clock;
  log: Log;
  limits: UpdateLimits;
  state: StateFile;
  /** Folder of the channel; null: none. */
  url(): string | null;
  ca(): string | undefined;
  /** @throws RohrpostError update-no-trust */
  roots(): readonly X509Certificate[];
  clockIsRight(): boolean;
  line: Pick<HttpsRequest, 'signal' | 'agent'>;
}

/** Where the index of a channel lies. */
export function indexUrl(channel: string): string {
  return new URL('index.json', channel.endsWith('/') ? channel : `${channel}/`).href;
}

export function openPoller(o: PollerParts): Poller {
  const { clock, limits, state } = o;
  const phase = fractionOf(`phase ${state.now().box}`);
  const phase_ms = Math.round(phase * limits.poll_ms);
  let next_ms = clock.steady() + limits.first_poll_ms + Math.round(phase * limits.first_poll_spread_ms);
  let failures = 0;
  let found: { url: string; etag: string | undefined; index: ChannelIndex } | null = null;
  let last: ReturnType<Poller['last']> = null;
  let looking: Promise<void> | null = null;

  const fetchIndex = async (url: string) => {
    const known = found?.url === url ? found : null;
    const ca = o.ca();
    const answer = await ask({
      ...{ method: 'GET', url: indexUrl(url), limit_bytes: limits.index_bytes, ...o.line },
      ...{ request_ms: limits.request_ms, idle_ms: limits.idle_ms },
      ...(known?.etag !== undefined && { headers: { 'if-none-match': known.etag } }),
      ...(ca !== undefined && { ca }),
    });
    const asks_ms = retryAfter_ms(answer.headers, clock.now());
    if (asks_ms !== null) next_ms = clock.steady() + asks_ms;
    if (answer.status === 304 && known) return expectFresh(known.index, clock.now());
    if (answer.status !== 200) {
      const details = { host: new URL(url).host, status: answer.status };
      throw new RohrpostError('update-server-answer', { details });
    }
    const { channel } = state.now();
    const seen = channel?.url === url ? { channel: channel.name, sequence: channel.sequence } : null;
    const index = readIndex(answer.body, { roots: o.roots(), now_ms: clock.now(), seen });
    if (seen?.sequence !== index.sequence) {
      const { channel: name, sequence, made } = index;
      await state.set({ channel: { url, name, sequence, made_ms: Date.parse(made) } });
    }
    found = { url, index, etag: answer.headers.etag };
  };
  const lookNow = async () => {
    const url = o.url();
    if (url === null) throw new RohrpostError('update-no-channel');
    if (!o.clockIsRight()) throw new RohrpostError('update-clock');
    next_ms = 0;
    try {
      await fetchIndex(url);
      failures = 0;
      next_ms = Math.max(next_ms, nextOwnMinute(clock.steady()));
      last = { at_ms: clock.now(), code: null, reason: null };
    } catch (thrown) {
      const error = asRohrpostError(thrown, 'internal');
      if (error.code === 'stopped') throw error;
      const wait = { first_ms: limits.retry_first_ms, cap_ms: limits.retry_most_ms };
      next_ms = Math.max(next_ms, clock.steady() + backoff(++failures, wait));
      last = { at_ms: clock.now(), code: error.code, reason: error.message };
      o.log.warn('update channel', { code: error.code });
      throw error;
    }
  };
  /** Each box has a minute of its own in the hour, so that a server has them one after the other. */
  const nextOwnMinute = (now_ms: number) => {
    const at_ms = now_ms - (now_ms % limits.poll_ms) + phase_ms;
    return at_ms > now_ms + limits.poll_ms / 4 ? at_ms : at_ms + limits.poll_ms;
  };
  const look = () => {
    looking ??= lookNow().finally(() => {
      looking = null;
    });
    return looking;
  };
  return {
    look,
    step: async () => {
      const url = o.url();
      if (url === null) return Number.POSITIVE_INFINITY;
      // Another address is looked at as soon as somebody sets it.
      const isOther = found !== null && found.url !== url;
      if (isOther) found = null;
      const isTime = isOther || clock.steady() >= next_ms;
      if (isTime && !o.clockIsRight()) return limits.look_ms;
      if (isTime) await look().catch(passing);
      return Math.max(1_000, next_ms - clock.steady());
    },
    index: () => (found && found.url === o.url() && Date.parse(found.index.expires) > clock.now() ? found.index : null),
    next_ms: () => (o.url() === null ? null : clock.now() + Math.max(0, next_ms - clock.steady())),
    last: () => last,
    isLooking: () => looking !== null,
  };
}

/** What the server has not changed may have grown too old meanwhile. */
function expectFresh({ expires }: ChannelIndex, now_ms: number): void {
  if (Date.parse(expires) <= now_ms) throw new RohrpostError('update-index-expired', { details: { expires } });
}

/** The look has written down what went wrong. */
function passing(thrown: unknown): void {
  if (!(thrown instanceof RohrpostError) || thrown.code === 'stopped') throw thrown;
}
