import type { Partner, Settings } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import type { Station } from '../line/conveyor.ts';
import { done, stop } from '../line/outcome.ts';
import { routingFacts, wayOf } from '../line/rules.ts';
import type { ConsignmentTable } from '../store/consignments.ts';
import type { ItemTable } from '../store/items.ts';
import type { StudyRow, StudyTable } from '../store/studies.ts';

export interface RouteParts {
  studies: StudyTable;
  items: ItemTable;
  consignments: ConsignmentTable;
  settings(): Settings;
  now(): number;
  steady(): number;
}

/**
 * Station "route": a settled study → one consignment for each partner that the rules name, of everything stored that this
 * partner has not been sent yet; or held with the reason. What was routed keeps its partner whatever becomes of the rules (F22).
 */
export function routeStation(o: RouteParts): Station<StudyRow> {
  return {
    name: 'route',
    table: o.studies,
    from: 'settled',
    concurrency: 1,
    perLane: 1,
    deadline_ms: 60_000,
    heldState: 'held',
    run: ([study]) => route(o, study!),
  };
}

function route(o: RouteParts, study: StudyRow) {
  const way = wayOf(o.settings(), routingFacts(study));
  if (way.partners.length === 0) {
    return stop('held', new RohrpostError('route-nobody', { details: { called_ae: study.origin } }));
  }
  const commit = () => {
    for (const partner of way.partners) consign(o, study, partner, way.urgent);
    o.items.markConsigned(study.id);
    o.studies.closeOpen(study.id);
  };
  return done('routed', { commit });
}

function consign(o: RouteParts, study: StudyRow, partner: Partner, urgent: boolean): void {
  // A partner whom only the latest image brought in gets what came before it too.
  const items = o.items.notYetFor(study.id, partner.id);
  if (items.length === 0) return;
  const consignment = o.consignments.add({
    studyId: study.id,
    partnerId: partner.id,
    itemIds: items.map((item) => item.id),
    urgent,
    state: 'routed',
    due_ms: o.steady(),
    now_ms: o.now(),
  });
  if (!partner.hold) return;
  const error = new RohrpostError('route-partner-on-hold', { details: { partner: partner.id } });
  o.consignments.move(consignment.id, { state: 'held', code: error.code, reason: error.message }, o.now());
}
