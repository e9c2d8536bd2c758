import { setImmediate as turn } from 'node:timers/promises';
import { peopleLimits as limits } from '../core/people-limits.ts';
import { type AuditTable, CHAIN_START, type ChainPlace } from '../store/desk/audit.ts';

/** The audit's chain from its beginning. */
export interface Walked {
  /** Sound ones. */
  rows: number;
  /** The first row that does not fit those before it. */
  brokenAt: number | null;
  /** The last sound row. */
  upTo: ChainPlace;
}

/** Checks every row, in slices between which others have their turn; null where it was told to stop. */
export async function walkChain(audit: AuditTable, signal?: AbortSignal): Promise<Walked | null> {
  let upTo = CHAIN_START;
  for (let rows = 0; ; ) {
    const slice = audit.verifyFrom(upTo, limits.audit_slice);
    upTo = slice.upTo;
    rows += slice.rows;
    if (slice.brokenAt !== null || slice.rows < limits.audit_slice) return { rows, brokenAt: slice.brokenAt, upTo };
    await turn();
    if (signal?.aborted) return null;
  }
}

/**
 * What became of a place in the chain that somebody kept elsewhere: a line of the log, the last row of an export.
 * `sound`: everything up to it is as it was. `broken`: the row has that hash, but something before it was altered. `cut`: the
 * audit ends before it. `rewritten`: the row has another hash, or is not there, so this is not the chain it was kept of.
 */
export type KeptPlace = 'sound' | 'broken' | 'cut' | 'rewritten';

export function lookUpPlace(audit: AuditTable, walked: Walked, kept: ChainPlace): KeptPlace {
  if (kept.id > audit.last().id) return 'cut';
  if (kept.id > 0 && audit.at(kept.id)?.hash !== kept.hash) return 'rewritten';
  return kept.id <= walked.upTo.id ? 'sound' : 'broken';
}
