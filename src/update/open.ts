import { machineTrouble } from '../appliance/trouble.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { compareVersions, isVersion } from '../core/versions.ts';
import type { UpdateParts } from './context.ts';
import { type Engine, openEngine } from './engine.ts';
import { type Bundle, bundleOf } from './installer.ts';
import type { Pending } from './state.ts';
import type { UpdateState, Updates } from './updates.ts';
import { openUploads, type Uploads } from './uploads.ts';

/** Opens the updates of an appliance, and goes on with them until stopped. */
export async function openUpdates(o: UpdateParts): Promise<Updates> {
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  let nap = new AbortController();
  let told_ms = Number.NEGATIVE_INFINITY;

  const tell = () => {
    for (const listener of listeners) listener();
  };
  const wake = () => nap.abort();
  const engine = await openEngine({
    ...o,
    onChange: () => {
      // Progress comes often; what else there is, comes with the end of a step.
      const now_ms = o.clock.steady();
      if (engine.installs.isRunning() && now_ms - told_ms < engine.context.limits.progress_ms) return;
      told_ms = now_ms;
      tell();
      if (!engine.installs.isRunning()) wake();
    },
  });
  const uploads = openUploads(o.folder, o.limits);
  await uploads.sweep();
  const work = async () => {
    while (!stop.signal.aborted) {
      const wait_ms = await engine.step().catch((thrown) => {
        const error = asRohrpostError(thrown, 'internal');
        if (error.code === 'internal') throw thrown;
        if (error.code !== 'stopped') o.log.error('update', { code: error.code });
        return engine.context.limits.look_ms;
      });
      tell();
      nap = new AbortController();
      await o.clock.sleep(wait_ms, AbortSignal.any([nap.signal, stop.signal])).catch(() => {});
    }
  };
  const working = work();
  return {
    ...actsOf(engine, uploads, wake),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: async () => {
      stop.abort();
      await engine.stop();
      await working;
    },
  };
}

/** What people may do, and see. */
function actsOf(engine: Engine, uploads: Uploads, wake: () => void): Omit<Updates, 'onChange' | 'stop'> {
  const { context, poller, installs, reporter } = engine;
  const begin = async (bundle: Bundle, restart: boolean) => {
    const { facts } = context.appliance;
    const trouble = machineTrouble(facts);
    if (trouble) throw trouble;
    if (context.appliance.onTrial()) throw new RohrpostError('update-on-trial');
    if (installs.isRunning()) throw new RohrpostError('update-busy');
    await installs.start(bundle, { restart });
  };
  return {
    state: () => stateOf(engine),
    check: async () => {
      await poller.look();
      wake();
    },
    installNow: async (o) => {
      const release = engine.offered();
      const channel = context.channel();
      if (!release || !channel) throw new RohrpostError('update-nothing-offered');
      if (!context.clockIsRight()) throw new RohrpostError('update-clock');
      await begin(bundleOf(release, channel.url, context.ca()), o?.restart ?? false);
    },
    restartNow: installs.restart,
    tryAgain: async (version) => {
      const { failed } = context.state.now();
      const others = failed.filter((one) => one.version !== version);
      if (others.length === failed.length) throw new RohrpostError('update-not-failed');
      await context.state.set({ failed: others });
      wake();
    },
    takeUpload: (bytes, size_bytes) => {
      if (installs.isRunning()) throw new RohrpostError('update-busy');
      return uploads.take(bytes, size_bytes);
    },
    installFile: async (file, o) => {
      const { path, size_bytes, sha256 } = uploads.find(file);
      // What the channel knows of this very file, it says at once.
      const known = poller.index()?.releases.find((release) => release.sha256 === sha256);
      const version = known?.version ?? null;
      const bundle: Bundle = { version, sha256, by: 'upload', size_bytes, install: { source: path, sha256 } };
      await begin(bundle, o?.restart ?? false);
    },
    reportNow: reporter.send,
  };
}

function stateOf({ context, poller, reporter, installs, offered, waiting }: Engine): UpdateState {
  const { appliance, operator, state } = context;
  const { version, slot, product, variant } = appliance.facts;
  const { box, pending, failed, history } = state.now();
  const release = offered();
  const isOlder = release !== null && isVersion(version) && compareVersions(release.version, version) < 0;
  const written = installs.installed();
  return {
    box,
    running: { version, slot, product, variant, trial: appliance.onTrial() },
    channel: context.channel(),
    operator: operator?.name ?? null,
    automatic: context.settings().automatic,
    phase: phaseOf({ poller, installs, pending }),
    offered: release && {
      ...{ version: release.version, notes: release.notes, size_bytes: release.size_bytes, downgrade: isOlder },
      stage_percent: release.stage.percent,
    },
    progress: installs.progress(),
    installed: written && { version: written.version ?? '?', since_ms: written.since_ms },
    waiting: installs.isRunning() ? null : waiting(),
    trouble: installs.trouble(),
    lastCheck: poller.last(),
    nextCheck_ms: poller.next_ms(),
    failed,
    history,
    report: reporter.last(),
  };
}

function phaseOf(o: Pick<Engine, 'poller' | 'installs'> & { pending: Pending | null }): UpdateState['phase'] {
  if (o.installs.isRunning()) return 'installing';
  const stage = o.pending?.stage;
  if (stage === 'installed' || stage === 'restarting' || stage === 'trial') return stage;
  return o.poller.isLooking() ? 'checking' : 'idle';
}
