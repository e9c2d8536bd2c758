import type { Progress } from '../appliance/words.ts';
import { backoff } from '../core/backoff.ts';
import { asRohrpostError, RohrpostError, reasonOf } from '../core/errors.ts';
import type { Context } from './context.ts';
import { type Bundle, install, isRefusal } from './installer.ts';
import type { Pending } from './state.ts';

/** Installs one bundle at a time, and restarts into it; what is on its way is written down before each step. */
export interface Installs {
  /** Comes back once it has begun. @param asked by a person; null: by itself */
  start(bundle: Bundle, asked: Asked | null): Promise<void>;
  /** @throws RohrpostError update-nothing-installed, appliance-… */
  restart(): Promise<void>;
  /** Written, and waiting for its restart. */
  installed(): Pending | null;
  /** Resolves when nothing is being installed. */
  settled(): Promise<void>;
  isRunning(): boolean;
  progress(): Progress | null;
  /** Why the last try came to nothing. */
  trouble(): { code: string; reason: string } | null;
  /** When what was broken off is tried again, by the wall clock; 0: nothing was. */
  retry_ms(): number;
  /** What a person asked for and is still being tried. */
  asked(sha256: string): Asked | null;
}

export interface Asked {
  restart: boolean;
}

export function openInstalls(o: Context): Installs {
  const { clock, limits, state } = o;
  let running: Promise<void> | null = null;
  let progress: Progress | null = null;
  let trouble: ReturnType<Installs['trouble']> = null;
  let attempts = 0;
  let retry_ms = 0;
  let asked: { sha256: string; by: Asked } | null = null;

  const pend = (change: Partial<Pending>) =>
    state.set({ pending: { ...state.now().pending!, ...change, since_ms: clock.now(), boot: o.boot } });
  const troubled = (thrown: unknown) => {
    const error = asRohrpostError(thrown, 'internal');
    trouble = { code: error.code, reason: error.message };
    return error;
  };
  const onProgress = (now: Progress) => {
    progress = now;
    o.onChange();
  };
  const write = async (bundle: Bundle) => {
    try {
      const version = await install(bundle, { ...o, onProgress });
      [trouble, attempts, retry_ms, asked] = [null, 0, 0, null];
      await pend({ stage: 'installed', version, worked: o.worked() });
      await o.record({ version, result: 'installed', code: null, at_ms: clock.now(), by: bundle.by });
    } catch (thrown) {
      if (o.line.signal.aborted) return;
      const error = troubled(thrown);
      if (!isRefusal(error)) {
        const wait = { first_ms: limits.install_first_ms, cap_ms: limits.install_most_ms };
        retry_ms = clock.now() + backoff(++attempts, wait);
      }
      await gaveUp(o, bundle, error);
    }
  };
  const restart = async () => {
    if (!installed()) throw new RohrpostError('update-nothing-installed');
    await pend({ stage: 'restarting', worked: o.worked() });
    o.onChange();
    try {
      await o.appliance.reboot();
    } catch (thrown) {
      await pend({ stage: 'installed' });
      throw troubled(thrown);
    }
  };
  const installed = () => {
    const { pending } = state.now();
    return pending?.stage === 'installed' || pending?.stage === 'restarting' ? pending : null;
  };
  return {
    ...{ restart, installed },
    start: async (bundle, by) => {
      const written = state.set({ pending: pendingOf(o, bundle, by) });
      if (by) [asked, attempts] = [{ sha256: bundle.sha256, by }, 0];
      progress = { percent: 0, text: '' };
      running = written.then(() => write(bundle));
      running = running.finally(() => {
        [running, progress] = [null, null];
        o.onChange();
      });
      // A disk that takes no state is told to whoever began.
      running.catch(() => {});
      await written;
      o.onChange();
    },
    settled: async () => {
      await running;
    },
    isRunning: () => running !== null,
    progress: () => progress,
    trouble: () => trouble,
    retry_ms: () => retry_ms,
    asked: (sha256) => (asked?.sha256 === sha256 ? asked.by : null),
  };
}

function pendingOf({ state, appliance, clock, boot, worked }: Context, bundle: Bundle, by: Asked | null): Pending {
  const { pending } = state.now();
  const isSame = pending?.stage === 'interrupted' && pending.version === bundle.version;
  return {
    ...{ version: bundle.version, sha256: bundle.sha256, by: bundle.by, from: appliance.facts.version },
    ...{ stage: 'installing', since_ms: clock.now(), boot, worked: worked() },
    ...{ asked: by !== null, restart: by?.restart ?? false, interruptions: isSame ? pending.interruptions : 0 },
  };
}

/** What is to blame itself is not tried again until it is another one. */
async function gaveUp(o: Context, bundle: Bundle, error: RohrpostError): Promise<void> {
  const { version, sha256, by } = { ...bundle, version: bundle.version ?? '?' };
  const at_ms = o.clock.now();
  const { failed } = o.state.now();
  const isRefused = isRefusal(error);
  const more = isRefused ? [{ version, sha256, code: error.code, at_ms }] : [];
  await o.state.set({ pending: null, failed: [...more, ...failed].slice(0, o.limits.failed) });
  const result = isRefused ? 'refused' : 'failed';
  await o.record({ version, result, code: error.code, reason: reasonOf(error), at_ms, by });
}
