import type { Settings } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { BY_HAND, consign } from '../line/consign.ts';
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
 * What a person sends has its consignments already.
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
  // It was consigned as it came, and is here only because it was held in between.
  if (study.origin === BY_HAND) return done('routed', { commit: () => o.studies.closeOpen(study.id) });
  const way = wayOf(o.settings(), routingFacts(study));
  if (way.partners.length === 0) {
    return stop('held', new RohrpostError('route-nobody', { details: { called_ae: study.origin } }));
  }
  const commit = () => {
    for (const partner of way.partners) {
      // A partner whom only the latest image brought in gets what came before it too.
      const itemIds = o.items.notYetFor(study.id, partner.id).map(({ id }) => id);
      if (itemIds.length > 0) consign(o, { studyId: study.id, partner, itemIds, urgent: way.urgent });
    }
    o.items.markConsigned(study.id);
    o.studies.closeOpen(study.id);
  };
  return done('routed', { commit });
}
