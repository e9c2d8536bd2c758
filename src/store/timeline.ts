import type { HistoryRow } from './history.ts';
import type { StudyRows } from './lookup.ts';
import type { Store } from './store.ts';
import type { StudyRow } from './studies.ts';

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
  | 'trying';

/** One step: when it was reached, by how many of how many, and what was said then. */
export interface Step {
  at_ms: number;
  step: StepName;
  /** Partner or target. */
  peer?: string;
  count?: number;
  of?: number;
  size_bytes?: number;
  /** Of what happened to one row: which, and where it went. */
  entity?: string;
  id?: string;
  state?: string;
  attempts?: number;
  code?: string | null;
  /** Our sentence with the peer's words, or the server's answer. */
  words?: string | null;
}

export function timelineOf(store: Store, study: StudyRow): Step[] {
  const rows = store.lookup.ofStudy(study.id);
  const { items: _, ...travelling } = rows;
  const ids = Object.values(travelling).flatMap((list: readonly { id: string }[]) => list.map(({ id }) => id));
  const history = store.history.of([study.id, ...ids]);
  const steps = [
    ...arrival(study, rows),
    ...(study.direction === 'out' ? outbound(rows, history) : inbound(rows, history)),
    ...events(history),
    ...trying(rows),
  ];
  return steps.sort((a, b) => a.at_ms - b.at_ms);
}

function arrival(study: StudyRow, { items }: StudyRows): Step[] {
  const size_bytes = items.reduce((sum, item) => sum + item.size_bytes, 0);
  const first: Step = { at_ms: study.first_ms, step: 'first-in' };
  if (study.direction === 'in') return [];
  return [first, { at_ms: study.last_ms, step: 'last-in', count: items.length, size_bytes }];
}

function outbound({ consignments, parts }: StudyRows, history: readonly HistoryRow[]): Step[] {
  const steps: Step[] = movesTo(history, 'study', 'settled').map(({ at_ms }) => ({ at_ms, step: 'settled' }));
  for (const consignment of consignments) {
    const peer = consignment.partner_id;
    const own = parts.filter((part) => part.consignment_id === consignment.id);
    const ids = new Set(own.map((part) => part.id));
    const ownHistory = history.filter((line) => ids.has(line.row_id));
    steps.push({ at_ms: consignment.created_ms, step: 'consigned', peer, count: consignment.sequence });
    const packed = movesTo(history, 'consignment', 'packed').find((line) => line.row_id === consignment.id);
    if (packed) steps.push({ at_ms: packed.at_ms, step: 'packed', peer, count: own.length });
    const size_bytes = own.reduce((sum, part) => sum + part.mail_bytes, 0);
    const words = own.findLast((part) => part.response !== null)?.response;
    steps.push(...reached(ownHistory, 'part', 'sealed', own.length, { step: 'sealed', peer, size_bytes }));
    steps.push(...reached(ownHistory, 'part', 'sent', own.length, { step: 'sent', peer, words }));
    steps.push(...reached(ownHistory, 'part', 'confirmed', own.length, { step: 'confirmed', peer }));
  }
  return steps;
}

function inbound({ mails, sets, deliveries, receipts }: StudyRows, history: readonly HistoryRow[]): Step[] {
  const steps: Step[] = [];
  const first = mails[0];
  const last = mails.at(-1);
  if (first && last) {
    const size_bytes = mails.reduce((sum, mail) => sum + mail.size_bytes, 0);
    steps.push({ at_ms: first.received_ms, step: 'first-in' });
    steps.push({
      at_ms: last.received_ms,
      step: 'mails',
      count: mails.length,
      size_bytes,
      peer: last.partner_id ?? '',
    });
  }
  steps.push(...reached(history, 'mail', 'opened', mails.length, { step: 'opened' }));
  for (const set of sets) {
    const ready = movesTo(history, 'inbound_set', 'ready').find((line) => line.row_id === set.id);
    if (ready) steps.push({ at_ms: ready.at_ms, step: 'complete', count: set.total });
  }
  for (const target of new Set(deliveries.map((delivery) => delivery.target_id))) {
    const own = deliveries.filter((delivery) => delivery.target_id === target);
    const done = own.flatMap(({ delivered_ms }) => delivered_ms ?? []);
    if (done.length > 0) {
      const at_ms = Math.max(...done);
      steps.push({ at_ms, step: 'delivered', peer: target, count: done.length, of: own.length });
    }
  }
  steps.push(...reached(history, 'receipt', 'sent', receipts.length, { step: 'answered' }));
  return steps;
}

function movesTo(history: readonly HistoryRow[], entity: string, state: string): HistoryRow[] {
  return history.filter((line) => line.entity === entity && line.to_state === state && line.from_state !== state);
}

/** When the last of several rows came to a state; nothing where none did. */
function reached(
  history: readonly HistoryRow[],
  entity: string,
  state: string,
  of: number,
  step: Omit<Step, 'at_ms'>,
): Step[] {
  const lines = movesTo(history, entity, state);
  if (lines.length === 0) return [];
  const count = new Set(lines.map((line) => line.row_id)).size;
  return [{ at_ms: lines.at(-1)!.at_ms, ...step, count, of }];
}

/** Whatever happened for a reason: held, refused, sent back, an operator's act. */
function events(history: readonly HistoryRow[]): Step[] {
  return history
    .filter((line) => line.code !== null)
    .map((line) => ({
      at_ms: line.at_ms,
      step: 'event',
      entity: line.entity,
      id: line.row_id,
      state: line.to_state,
      code: line.code,
      words: line.reason,
    }));
}

/** What is tried again and again just now. */
function trying(rows: StudyRows): Step[] {
  const travelling = [
    ...rows.consignments.map((row) => ({ entity: 'consignment', row })),
    ...rows.parts.map((row) => ({ entity: 'part', row })),
    ...rows.mails.map((row) => ({ entity: 'mail', row })),
    ...rows.deliveries.map((row) => ({ entity: 'delivery', row })),
    ...rows.receipts.map((row) => ({ entity: 'receipt', row })),
  ];
  return travelling
    .filter(({ row }) => row.attempts > 0)
    .map(({ entity, row }) => ({
      at_ms: row.moved_ms,
      step: 'trying',
      entity,
      id: row.id,
      state: row.state,
      attempts: row.attempts,
      code: row.code,
      words: row.reason,
    }));
}
