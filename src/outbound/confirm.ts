import { RohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { stop } from '../line/outcome.ts';
import type { ConsignmentRow, ConsignmentTable } from '../store/consignments.ts';

/**
 * Watch "confirm": a consignment whose partner did not answer in its time ends as unconfirmed, for a person to look at. A
 * receipt that comes later still counts (F40).
 */
export function confirmStation(o: { consignments: ConsignmentTable; now(): number }): Station<ConsignmentRow> {
  return {
    name: 'confirm',
    table: o.consignments,
    from: 'sent',
    concurrency: 1,
    perLane: 1,
    deadline_ms: 60_000,
    longestWait_ms: lineLimits.longest_confirm_ms,
    heldState: 'unconfirmed',
    run: ([consignment]) =>
      stop(
        'unconfirmed',
        new RohrpostError('confirm-no-receipt', { details: { partner: consignment!.partner_id } }),
        () => o.consignments.setTimes(consignment!.id, { closed_ms: o.now() }),
      ),
  };
}
