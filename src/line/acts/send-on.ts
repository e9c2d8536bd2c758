import type { Partner } from '../../config/schema.ts';
import { errorText, RohrpostError } from '../../core/errors.ts';
import type { ConsignmentRow } from '../../store/consignments.ts';
import type { Store } from '../../store/store.ts';
import { consign } from '../consign.ts';
import { type ActParts, notInState } from './hand.ts';

/** To whom a study goes beyond whom the rules, or its sender, meant. */
export interface SendOn {
  partners: readonly Pick<Partner, 'id' | 'hold'>[];
  urgent: boolean;
  /** Also to partners that were sent it before. */
  again: boolean;
}

/**
 * Sends all of a study to further partners, whether it came from a modality, by hand, or from a partner: a new consignment for
 * each. All or nothing. A study that is held or still arriving must be decided on first; one of which files have been removed
 * already would arrive with holes, so it does not go.
 * @throws RohrpostError store-no-such-row, store-not-in-state, act-files-gone, act-sent-already
 */
export function sendOn(
  store: Store,
  studyId: string,
  { partners, urgent, again }: SendOn,
  o: Pick<ActParts, 'by' | 'now' | 'steady'>,
): ConsignmentRow[] {
  return store.transaction(() => {
    const study = store.studies.get(studyId);
    if (!study) throw new RohrpostError('store-no-such-row', { details: { id: studyId.slice(0, 40) } });
    if (study.state !== 'routed' && study.state !== 'received') throw notInState(study.id, study.state);
    const items = store.items.ofStudy(study.id).filter(({ state }) => state === 'stored' || state === 'removed');
    if (items.length === 0 || items.some(({ state }) => state === 'removed')) {
      throw new RohrpostError('act-files-gone', { details: { id: study.id } });
    }
    const before = new Set(
      store.consignments.ofStudy(study.id).flatMap((row) => (row.state === 'discarded' ? [] : row.partner_id)),
    );
    const itemIds = items.map(({ id }) => id);
    return partners.map((partner) => {
      if (before.has(partner.id) && !again) {
        throw new RohrpostError('act-sent-already', { details: { partner: partner.id } });
      }
      const row = consign({ ...store, ...o }, { studyId: study.id, partner, itemIds, urgent });
      const reason = errorText('operator-sent', 'en', { by: o.by });
      const about = { entity: 'consignment', rowId: row.id, state: row.state };
      store.history.note({ ...about, code: 'operator-sent', reason, now_ms: o.now() });
      return row;
    });
  });
}
