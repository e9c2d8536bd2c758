import { isDeepStrictEqual } from 'node:util';
import { asRohrpostError } from '../core/errors.ts';
import { chooseRelease, isWanted } from './choose.ts';
import { type Context, openContext, type UpdateParts } from './context.ts';
import { bundleOf } from './installer.ts';
import { type Installs, openInstalls } from './installs.ts';
import { good, outcomeOf } from './outcome.ts';
import { nextStep, type Step } from './plan.ts';
import { openPoller, type Poller } from './poller.ts';
import { boxReport } from './report.ts';
import { openReporter, type Reporter } from './reporter.ts';
import { maintenanceWindow } from './window.ts';
import type { Release } from './words.ts';

/** A box that updates itself, step by step: who calls `step` decides when, and by which clock. */
export interface Engine {
  readonly context: Context;
  readonly poller: Poller;
  readonly reporter: Reporter;
  readonly installs: Installs;
  /** Does what is due. @returns when the next step is worth it at the latest, in ms from now */
  step(): Promise<number>;
  /** What the channel has for this box. */
  offered(): Release | null;
  /** What the next step waits for, as of the last step. */
  waiting(): Step['waiting'];
  /** Breaks off what is under way; the machine may go on installing by itself. */
  stop(): Promise<void>;
}

/**
 * Opens what a box knows of its updates, and settles what became of the one that was on its way.
 * @param o.onChange something is different now, or there is something to do
 */
export async function openEngine(o: UpdateParts & { onChange(): void }): Promise<Engine> {
  const stop = new AbortController();
  const context = await openContext({ ...o, signal: stop.signal, onNews: () => reporter.tell() });
  const { appliance, clock, limits, state, hasData } = context;
  const { facts } = appliance;
  const poller = openPoller({ ...context, url: () => context.channel()?.url ?? null });
  const reporter = openReporter({
    ...{ ...context, target: () => (hasData() ? context.reportTarget() : null) },
    report: () => {
      const now = { onTrial: appliance.onTrial(), health: o.health(), now_ms: clock.now() };
      return boxReport({ kept: state.now(), facts, hostName: o.hostName(), ...now });
    },
  });
  const installs = openInstalls(context);
  const settles_ms = clock.steady() + limits.settle_ms;
  /** A restart was asked for and has not come yet. */
  let restarts_ms = 0;
  let waiting: Step['waiting'] = null;

  const offered = () => offerOf(context, poller);
  const act = async () => {
    if (installs.isRunning() || clock.steady() < restarts_ms) return;
    const release = offered();
    const settles = clock.now() + Math.max(0, settles_ms - clock.steady());
    const next = nextStep(situationOf(context, { release, poller, installs, settles_ms: settles }));
    waiting = next.waiting;
    if (next.do === 'install') {
      await installs.start(bundleOf(release!, context.channel()!.url, context.ca()), installs.asked(release!.sha256));
    }
    if (next.do === 'restart') {
      restarts_ms = clock.steady() + limits.restart_ms;
      await installs.restart().catch((error) => {
        context.log.error('no restart', { code: asRohrpostError(error, 'internal').code });
      });
    }
  };
  const step = async () => {
    await proven(context);
    if (!isSettled) isSettled = await settle(context);
    const polled_ms = hasData() ? await poller.step() : Number.POSITIVE_INFINITY;
    await act();
    return Math.min(limits.look_ms, polled_ms, await reporter.step());
  };
  let isSettled = await settle(context);
  return {
    ...{ context, poller, reporter, installs, step, offered },
    waiting: () => waiting,
    stop: async () => {
      stop.abort();
      await installs.settled().catch(() => {});
    },
  };
}

/** What the channel has for this box and is not written already. */
function offerOf({ state, appliance }: Context, poller: Poller): Release | null {
  const index = poller.index();
  if (!index) return null;
  const { box, failed, pending } = state.now();
  const { product, version } = appliance.facts;
  const release = chooseRelease(index, { box, failed, product, version });
  const isUnwritten = !pending || pending.stage === 'installing' || pending.stage === 'interrupted';
  return isUnwritten || pending.version !== release?.version ? release : null;
}

function situationOf(
  o: Context,
  now: { release: Release | null; poller: Poller; installs: Installs; settles_ms: number },
): Parameters<typeof nextStep>[0] {
  const { release, installs, settles_ms } = now;
  const { automatic, window, while_moving: whileMoving } = o.settings();
  const written = installs.installed();
  const { product } = o.appliance.facts;
  const wanted = written?.version == null || isWanted(written.version, product, now.poller.index());
  const asked = release ? installs.asked(release.sha256) : null;
  return {
    ...{ now_ms: o.clock.now(), automatic, whileMoving, settles_ms, hasData: o.hasData() },
    ...{ clockIsRight: o.clockIsRight(), onTrial: o.appliance.onTrial(), studiesMove: o.studiesMove() },
    ...{ window: maintenanceWindow(window), retry_ms: installs.retry_ms() },
    isOffered: release !== null,
    // What was withdrawn meanwhile is written over as soon as there is something else.
    isInstalled: written !== null && (wanted || release === null),
    isWanted: wanted,
    installAsked: written ? written.asked : asked !== null,
    restartAsked: written?.restart ?? false,
  };
}

/**
 * What became of the update that was on its way; the machine is told that its word about a fall-back has been read once it stands
 * in our own file. A full disk keeps nothing from starting.
 * @returns whether all that is done
 */
async function settle({ appliance, state, clock, boot, log }: Context): Promise<boolean> {
  const { facts } = appliance;
  const at = { version: facts.version, fellBack: facts.fellBack, onTrial: appliance.onTrial() };
  const { kept, news } = outcomeOf(state.now(), { ...at, boot, now_ms: clock.now() });
  try {
    if (!isDeepStrictEqual(kept, state.now())) await state.set(kept);
    if (news) log.info('update', { version: news.version, result: news.result, code: news.code });
    if (facts.fellBack) await appliance.updateNoted();
    return true;
  } catch (error) {
    log.error('update not settled', { code: asRohrpostError(error, 'internal').code });
    return false;
  }
}

/** What runs has proven itself. */
async function proven(o: Context): Promise<void> {
  const { pending } = o.state.now();
  if (pending?.stage !== 'trial' || o.appliance.onTrial()) return;
  const { kept, news } = good(o.state.now(), pending, o.clock.now());
  await o.state.set({ pending: kept.pending, failed: kept.failed });
  await o.record(news);
}
