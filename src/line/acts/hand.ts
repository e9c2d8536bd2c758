import { type ErrorCode, errorText, RohrpostError } from '../../core/errors.ts';
import type { Found } from '../../store/lookup.ts';
import type { Store } from '../../store/store.ts';
import type { Move, WorkRow, WorkTable } from '../../store/work.ts';
import { moves } from '../states.ts';

export type Act = 'release' | 'retry' | 'hold' | 'discard';

export interface ActParts {
  /** The operator's name, for the history. */
  by: string;
  /** Why it is discarded, in the operator's words. */
  why?: string;
  now(): number;
  steady(): number;
  /** How long a partner has to confirm; null when no receipt was asked. */
  confirmWithin_ms(partnerId: string): number | null;
  /** Owes the sender of a mail its answer, if it asked for one and its profile lets us. */
  owe(mailId: string, disposition: 'displayed' | 'displayed/warning' | 'deleted', errorCode: string | null): void;
}

/** One row that an act moved. */
export interface Moved {
  entity: Found['entity'];
  id: string;
  from: string;
  to: string;
}

/** One act under way: what it may use and what it has done. */
export interface Hand {
  readonly act: Act;
  readonly store: Store;
  readonly o: ActParts;
  readonly moved: Moved[];
  /** Rows that the act passed over because the box is working on them. */
  atWork: number;
}

/**
 * Due at once. The box that will do the work is another process with a steady clock of its own, which may lie behind ours
 * by years (a dead battery): this moment is past on every clock.
 */
export const AT_ONCE_MS = 0;

const NOTES: Readonly<Record<Act, ErrorCode>> = {
  release: 'operator-released',
  retry: 'operator-retried',
  hold: 'operator-held',
  discard: 'operator-discarded',
};

/**
 * Moves a row, with a line in its history that names the operator.
 * @throws RohrpostError store-not-in-state where the move is not legal, act-at-work where the box has the row in hand
 */
export function put<Row extends WorkRow>(hand: Hand, table: WorkTable<Row>, row: Row, to: Move): void {
  const entity = table.name as Found['entity'];
  const legal: readonly string[] = (moves[entity] as Record<string, readonly string[]>)[row.state] ?? [];
  if (!legal.includes(to.state)) throw notInState(row.id, row.state);
  refuseAtWork(row);
  table.move(row.id, to, hand.o.now());
  note(hand, entity, row, to.state);
}

/** @throws RohrpostError act-at-work */
export function refuseAtWork(row: WorkRow): void {
  if (row.owner !== null) throw new RohrpostError('act-at-work', { details: { id: row.id } });
}

/** As `put`, for a row that need not be moved if the box has it in hand: it is counted instead. */
export function putIfFree<Row extends WorkRow>(hand: Hand, table: WorkTable<Row>, row: Row, to: Move): void {
  if (row.owner === null) put(hand, table, row, to);
  else hand.atWork++;
}

/** Records that a row went along with the act, where something else has moved it. */
export function note(hand: Hand, entity: Found['entity'], row: { id: string; state: string }, state: string): void {
  const why = words(hand, hand.act === 'discard' && hand.o.why ? 'operator-discarded-because' : NOTES[hand.act]);
  hand.store.history.note({ entity, rowId: row.id, state, ...why, now_ms: hand.o.now() });
  hand.moved.push({ entity, id: row.id, from: row.state, to: state });
}

/** Where a row goes that an operator holds: "held" always has a code. */
export function heldBy(hand: Hand): Move {
  return { state: 'held', ...words(hand, 'operator-held') };
}

function words(hand: Hand, code: ErrorCode): { code: ErrorCode; reason: string } {
  return { code, reason: errorText(code, 'en', { by: hand.o.by, why: hand.o.why }) };
}

export function notInState(id: string, state: string): RohrpostError {
  return new RohrpostError('store-not-in-state', { details: { id, state } });
}
