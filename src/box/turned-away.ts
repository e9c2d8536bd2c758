import type { Clock } from '../core/clock.ts';
import { reasonOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { AssociationInfo, RefusalReason } from '../dicom/contract.ts';
import type { AuditTable } from '../store/desk/audit.ts';

/** A modality that is set up wrongly calls all day long: it is told of once in so long. */
const AGAIN_MS = 24 * 3_600_000;
/** In that time; a clinic has fewer modalities, and somebody who makes titles up shall not fill the audit. */
const MOST = 100;

export type TurnedAway = (caller: AssociationInfo, reason: RefusalReason) => void;

/** Puts into the audit whom the box's DICOM ports turned away, and why (F17). */
export function auditTurnedAway(o: { audit: AuditTable; clock: Clock; log: Log }): TurnedAway {
  const { audit, clock, log } = o;
  /** Since when, the oldest first. */
  const told = new Map<string, number>();
  return ({ callingAe, calledAe, address }, reason) => {
    for (const [key, since_ms] of told) {
      if (clock.steady() - since_ms < AGAIN_MS) break;
      told.delete(key);
    }
    const key = JSON.stringify([reason, callingAe, calledAe, address]);
    if (told.has(key) || told.size >= MOST) return;
    told.set(key, clock.steady());
    try {
      const details = { reason, called: calledAe, address };
      audit.add({ by: 'box', act: 'association-refused', subject: callingAe, details, now_ms: clock.now() });
    } catch (error) {
      log.error('refusal not put into the audit', { reason: reasonOf(error) });
    }
  };
}
