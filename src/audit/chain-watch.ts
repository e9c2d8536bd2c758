import type { Clock } from '../core/clock.ts';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { peopleLimits as limits } from '../core/people-limits.ts';
import { repeat } from '../core/repeat.ts';
import { type AuditTable, CHAIN_START, type ChainPlace } from '../store/desk/audit.ts';
import { walkChain } from './walk.ts';

/** What was found when the audit's chain was last checked from its beginning, and what came since. */
export interface ChainState {
  /** Sound ones. */
  rows: number;
  /** The first row that does not fit those before it. */
  brokenAt: number | null;
  /** Wall time; null while the first check is under way. */
  checked_ms: number | null;
  /** The end of the chain as it is now: comparing it with a line of the log from elsewhere tells whether rows are missing. */
  end: ChainPlace;
}

export interface ChainWatch {
  state(): ChainState;
  /** Checks now; several at once share one check. */
  check(): Promise<ChainState>;
  stop(): Promise<void>;
}

/**
 * Checks the chain of the audit at the start and every day, in slices between which others have their turn.
 *
 * A row that was altered, exchanged or taken out of the middle breaks the chain. Rows cut off at its end do not: what is
 * left is a sound, shorter chain. Against that, each check writes the end (number and hash of the last row) to the log, which
 * the system keeps elsewhere, and the export carries it: with such a line, `rohrpost audit verify --end` tells. Nor does the
 * chain stop somebody with the rights of the box itself from writing it all anew; the same lines of the log tell of it.
 */
export function watchChain(audit: AuditTable, o: { clock: Clock; log: Log }): ChainWatch {
  const { clock, log } = o;
  const stopped = new AbortController();
  let found: Omit<ChainState, 'end'> = { rows: 0, brokenAt: null, checked_ms: null };
  let upTo = CHAIN_START;
  let checking: Promise<void> | null = null;

  const walk = async () => {
    const walked = await walkChain(audit, stopped.signal);
    if (walked === null) return;
    found = { rows: walked.rows, brokenAt: walked.brokenAt, checked_ms: clock.now() };
    upTo = walked.upTo;
    if (found.brokenAt === null) log.info('audit chain sound', { rows: found.rows, last: upTo.id, hash: upTo.hash });
    else log.error('audit chain broken', { code: 'audit-broken', row: found.brokenAt });
  };
  const check = () => {
    checking ??= walk().finally(() => {
      checking = null;
    });
    return checking;
  };
  const watch = () =>
    check().catch((error) => {
      log.error('audit chain not readable', { code: 'disk-error', reason: reasonOf(error) });
    });
  const watching = repeat(watch, { clock, pause_ms: limits.audit_check_ms, atOnce: true });
  /** Follows on what came since, which is little. */
  const state = () => {
    if (found.checked_ms !== null && found.brokenAt === null) {
      const more = audit.verifyFrom(upTo, limits.audit_slice);
      found = { ...found, rows: found.rows + more.rows, brokenAt: more.brokenAt };
      upTo = more.upTo;
    }
    return { ...found, end: audit.last() };
  };
  return {
    state,
    check: async () => {
      await check();
      return state();
    },
    stop: async () => {
      stopped.abort();
      await watching.stop();
    },
  };
}
