import type { Store } from './store.ts';
import type { StudyRow } from './studies.ts';
import type { Happened, Load, Reached, Way } from './way.ts';

/** The way of a study as its rows and their history tell it. Pure reading; how it looks is for others. */

export type StepName =
  | 'first-in'
  | 'last-in'
  | 'settled'
  | 'consigned'
  | 'packed'
  | 'sealed'
  | 'sent'
  | 'confirmed'
  | 'mails'
  | 'opened'
  | 'complete'
  | 'delivered'
  | 'answered'
  | 'event'
  | 'overcome'
  | 'trying';

/** One step: when it was reached, by how many of how many, and what was said then. */
export interface Step {
  at_ms: number;
  /** When this stretch of the way began; the stretches of several mails overlap. */
  from_ms?: number;
  step: StepName;
  /** Partner or target. */
  peer?: string;
  count?: number;
  of?: number;
  size_bytes?: number;
  /** Of what happened to rows: their kind, one of them, and where they went. */
  entity?: string;
  id?: string;
  state?: string;
  attempts?: number;
  code?: string | null;
  /** Our sentence with the peer's words, or the server's answer. */
  words?: string | null;
}

/** All steps, in the order of time. Of rows that went alike there is one step with their count. */
export function timelineOf(store: Store, study: StudyRow): Step[] {
  const way = store.lookup.wayOf(study.id);
  const steps = [
    ...(study.direction === 'out' ? arrival(study, way) : inbound(way)),
    ...way.consignments.flatMap((consignment) => outbound(consignment, way)),
    ...told(way.events).map((event) => happened('event', event)),
    ...way.overcome.map((trouble) => happened('overcome', trouble)),
    ...way.trying.map((trouble) => happened('trying', trouble)),
  ];
  return steps.sort((a, b) => a.at_ms - b.at_ms);
}

/** What a consignment says of its parts need not be said of the parts too. */
function told(events: readonly Happened[]): Happened[] {
  const whole = events.filter(({ entity }) => entity === 'consignment');
  const isSaid = ({ owner, code, reason }: Happened) =>
    whole.some((other) => other.owner === owner && other.code === code && other.reason === reason);
  return events.filter((event) => event.entity !== 'part' || !isSaid(event));
}

function arrival(study: StudyRow, { reached }: Way): Step[] {
  const { items: count, size_bytes, first_ms, last_ms } = study;
  const settled = reached.find(({ entity, state }) => entity === 'study' && state === 'settled');
  return [
    { at_ms: first_ms, step: 'first-in' },
    { at_ms: last_ms, from_ms: first_ms, step: 'last-in', count, size_bytes },
    ...(settled ? [{ at_ms: settled.last_ms, from_ms: last_ms, step: 'settled' as const }] : []),
  ];
}

function outbound(consignment: Load, { reached }: Way): Step[] {
  const { id, peer, sequence, created_ms, rows: of, size_bytes, words } = consignment;
  const steps: Step[] = [{ at_ms: created_ms, step: 'consigned', peer, count: sequence }];
  const own = reached.filter(({ owner }) => owner === id);
  const find = (entity: string, state: string) => own.find((line) => line.entity === entity && line.state === state);
  const packed = find('consignment', 'packed');
  if (packed) steps.push({ at_ms: packed.first_ms, from_ms: created_ms, step: 'packed', peer, count: of });
  const [sealed, sent, confirmed] = [find('part', 'sealed'), find('part', 'sent'), find('part', 'confirmed')];
  return [
    ...steps,
    ...stretch(sealed, packed?.first_ms, { step: 'sealed', peer, of, size_bytes }),
    ...stretch(sent, sealed?.first_ms, { step: 'sent', peer, of, words }),
    ...stretch(confirmed, sent?.first_ms, { step: 'confirmed', peer, of }),
  ];
}

function inbound({ mails, reached, sets, targets }: Way): Step[] {
  const find = (entity: string, state: string) => reached.filter((l) => l.entity === entity && l.state === state);
  const steps: Step[] = [];
  if (mails) {
    const { count, size_bytes, first_ms, last_ms, peer } = mails;
    steps.push({ at_ms: first_ms, step: 'first-in' });
    steps.push({ at_ms: last_ms, from_ms: first_ms, step: 'mails', count, size_bytes, peer });
  }
  const of = mails?.count ?? 0;
  const [opened] = find('mail', 'opened');
  steps.push(...stretch(opened, mails?.first_ms, { step: 'opened', of }));
  const ready = find('inbound_set', 'ready');
  for (const { owner, first_ms: at_ms } of ready) {
    steps.push({ at_ms, step: 'complete', count: sets.find(({ id }) => id === owner)?.total ?? of });
  }
  const [admitted] = find('inbound_set', 'admitted');
  for (const done of find('delivery', 'delivered')) {
    const rows = targets.find(({ peer }) => peer === done.peer)?.rows ?? done.count;
    steps.push(...stretch(done, admitted?.first_ms, { step: 'delivered', peer: done.peer, of: rows }));
  }
  const [answered] = find('receipt', 'sent');
  steps.push(...stretch(answered, ready[0]?.first_ms, { step: 'answered' }));
  return steps;
}

/** From where the first row set out until the last one was there; nothing where none is. */
function stretch(
  line: Reached | undefined,
  from_ms: number | undefined,
  step: Omit<Step, 'at_ms' | 'from_ms'>,
): Step[] {
  if (!line) return [];
  return [{ at_ms: line.last_ms, ...(from_ms !== undefined && { from_ms }), ...step, count: line.count }];
}

function happened(step: 'event' | 'overcome' | 'trying', row: Happened): Step {
  const { entity, id, state, peer, count, attempts, code, first_ms, last_ms } = row;
  return {
    ...{ at_ms: last_ms, from_ms: first_ms, step, entity, id, state, count, code, words: row.reason },
    ...(peer !== '' && { peer }),
    ...(attempts > 0 && { attempts }),
  };
}
