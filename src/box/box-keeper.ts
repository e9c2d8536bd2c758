import type { Appliance } from '../appliance/appliance.ts';
import { machineTrouble } from '../appliance/trouble.ts';
import { backoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { webLimits } from '../core/limits.ts';
import type { OpenLog } from '../core/log.ts';
import { setAside } from '../store/database.ts';
import { needsMigration } from '../store/ledger.ts';
import { type Box, startBox } from './box.ts';
import { expectOlder } from './doubt.ts';
import { bringLedgerUp } from './ledger-up.ts';
import type { TurnedAway } from './turned-away.ts';

export interface BoxKeeper {
  /** The box at work; null where it is not. */
  box(): Box | null;
  /** Why it is not, although it was to be; or why it must not be at all. */
  trouble(): RohrpostError | null;
  /**
   * Starts it now, if it does not work and nothing holds it back. Its ledger may have to be brought up to date first: that goes on by
   * itself (`migration-…`).
   * @throws RohrpostError why it cannot
   */
  begin(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the box, and again where it could not; knows why. A bug is none of its business: it ends the process. */
export function boxKeeper(
  folder: string,
  o: {
    log: OpenLog;
    clock: Clock;
    appliance: Appliance | null;
    onBox(box: Box): void;
    onNewLedger(aside: string): void;
    turnedAway: TurnedAway;
  },
): BoxKeeper {
  const { log, clock, appliance } = o;
  let box: Box | null = null;
  let trouble: RohrpostError | null = null;
  let attempts = 0;
  let begunAnew = false;
  let starting: Promise<void> | null = null;
  let migrating: Promise<void> | null = null;
  let retry = new AbortController();
  const stopped = new AbortController();

  const start = async () => {
    const held = appliance && machineTrouble(appliance.facts);
    // A person must act first, and then this is called again.
    if (held) throw held;
    if (needsMigration(folder)) migrating ??= migrate();
    if (migrating) throw trouble!;
    try {
      const open = () => startBox(folder, { log, clock, appliance, locked: true, turnedAway: o.turnedAway });
      box = await open().catch(async (thrown) => {
        if (!(await beginAnew(thrown))) throw thrown;
        return open();
      });
      trouble = null;
      attempts = 0;
      o.onBox(box);
    } catch (thrown) {
      cannot(thrown);
      throw thrown;
    }
  };
  /**
   * A ledger that is damaged is put aside, once in the life of a process, and made anew from the spool (F68). Not by an image on
   * trial: the one before it may read what this one cannot.
   */
  const beginAnew = async (thrown: unknown): Promise<boolean> => {
    if (!(thrown instanceof RohrpostError) || thrown.code !== 'store-corrupt') return false;
    if (begunAnew || appliance?.onTrial()) return false;
    log.error('ledger damaged', { code: thrown.code, reason: thrown.message });
    try {
      await expectOlder(folder);
      const aside = await setAside(folder, clock.now());
      begunAnew = true;
      log.warn('ledger put aside, and made anew from the spool', { aside });
      o.onNewLedger(aside);
      return true;
    } catch (error) {
      // The disk is full or broken too; the damage itself is what people are told of, and this is tried again.
      log.error('ledger not put aside', { reason: reasonOf(error) });
      return false;
    }
  };
  const migrate = async () => {
    try {
      const tell = (state: RohrpostError) => {
        trouble = state;
      };
      await bringLedgerUp(folder, { appliance, log, clock, signal: stopped.signal, tell });
    } catch (thrown) {
      if (stopped.signal.aborted) return;
      if (!(await beginAnew(thrown))) {
        cannot(thrown);
        return;
      }
    } finally {
      migrating = null;
    }
    await begin().catch(onlyKnown);
  };
  const cannot = (thrown: unknown) => {
    onlyKnown(thrown);
    trouble = thrown as RohrpostError;
    log.error('box cannot start', { code: trouble.code, reason: trouble.message });
    const wait_ms = backoff(++attempts, { first_ms: webLimits.reopen_ms, cap_ms: webLimits.reopen_most_ms });
    retry = new AbortController();
    clock.sleep(wait_ms, retry.signal).then(
      () => void begin().catch(() => {}),
      () => {},
    );
  };
  const begin = async () => {
    if (box || stopped.signal.aborted) return;
    retry.abort();
    starting ??= start().finally(() => {
      starting = null;
    });
    await starting;
  };
  return {
    box: () => box,
    trouble: () => (box ? null : ((appliance && machineTrouble(appliance.facts)) ?? trouble)),
    begin,
    stop: async () => {
      stopped.abort();
      retry.abort();
      await migrating;
      await starting?.catch(() => {});
      const running = box;
      box = null;
      await running?.stop();
    },
  };
}

/** What the world did to the box is for people to see; a bug ends the process. */
function onlyKnown(thrown: unknown): void {
  if (!(thrown instanceof RohrpostError) || thrown.code === 'internal') throw thrown;
}
