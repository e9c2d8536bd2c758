import type { Partner } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import type { ConsignmentRow, ConsignmentTable } from '../store/consignments.ts';

/**
 * The origin of an outbound study that a person uploaded and addressed, where others have the AE title that was called. No AE
 * title can be so long (PS3.5 §6.2). Such a study goes to whom the person chose; no rule is asked.
 */
export const BY_HAND = 'uploaded by a person';

/**
 * Makes a consignment of these items for one partner, due at once; held where the partner is on hold, or for `because`.
 * Runs inside a transaction.
 */
export function consign(
  o: { consignments: ConsignmentTable; now(): number; steady(): number },
  to: {
    studyId: string;
    partner: Pick<Partner, 'id' | 'hold'>;
    itemIds: readonly string[];
    urgent: boolean;
    because?: { code: string; message: string } | null;
  },
): ConsignmentRow {
  const { studyId, partner, itemIds, urgent } = to;
  const row = o.consignments.add({
    ...{ studyId, partnerId: partner.id, itemIds, urgent },
    ...{ state: 'routed', due_ms: o.steady(), now_ms: o.now() },
  });
  const onHold = partner.hold ? new RohrpostError('route-partner-on-hold', { details: { partner: partner.id } }) : null;
  const error = to.because ?? onHold;
  if (!error) return row;
  o.consignments.move(row.id, { state: 'held', code: error.code, reason: error.message }, o.now());
  return o.consignments.get(row.id)!;
}
