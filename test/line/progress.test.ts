import { describe, expect, test } from 'vitest';
import { followParts } from '../../src/line/progress.ts';
import { type PartState, partMoves } from '../../src/line/states.ts';
import { confirmStation } from '../../src/outbound/confirm.ts';
import type { Store } from '../../src/store/store.ts';
import { manualClock, START_MS } from '../support/clock.ts';
import { run, settled } from '../support/line.ts';
import { addConsignment, addParts, temporaryStore } from '../support/store.ts';

const DAY_MS = 86_400_000;

/** Ways by legal moves from "planned" to every state a part can be in. */
const WAYS: Record<PartState, readonly PartState[]> = {
  planned: [],
  sealed: ['sealed'],
  sent: ['sealed', 'sent'],
  confirmed: ['sealed', 'sent', 'confirmed'],
  refused: ['sealed', 'sent', 'refused'],
  held: ['held'],
  discarded: ['discarded'],
};

function consignmentOf(states: readonly PartState[], confirmWithin_ms: number | null = DAY_MS) {
  const { store } = temporaryStore();
  const { consignment } = addConsignment(store, { items: states.length });
  const parts = addParts(store, consignment.id);
  const follow = () =>
    store.transaction(() =>
      followParts(
        { ...store, now: () => START_MS, steady: () => START_MS, confirmWithin_ms: () => confirmWithin_ms },
        consignment.id,
      ),
    );
  const move = (index: number, state: PartState) => {
    const why = ['held', 'refused'].includes(state) ? { code: 'confirm-refused', reason: `part ${index + 1}` } : {};
    store.parts.move(parts[index]!.id, { state, ...why }, START_MS);
    follow();
  };
  for (const [index, state] of states.entries()) for (const step of WAYS[state]) move(index, step);
  return { store, consignment: () => store.consignments.get(consignment.id)!, move, parts };
}

describe('a consignment’s state follows from those of its parts', () => {
  test.each<[PartState[], string]>([
    [['planned', 'planned'], 'packed'],
    [['sealed', 'planned'], 'packed'],
    [['sent', 'sealed'], 'packed'],
    [['sent', 'sent'], 'sent'],
    [['confirmed', 'sent'], 'sent'],
    [['confirmed', 'confirmed'], 'confirmed'],
    [['confirmed', 'planned'], 'packed'],
    [['held', 'planned'], 'held'],
    [['sent', 'held'], 'held'],
    [['confirmed', 'held'], 'held'],
    [['refused', 'held'], 'held'],
    [['refused', 'planned'], 'packed'],
    [['refused', 'sent'], 'sent'],
    [['refused', 'confirmed'], 'refused'],
    [['refused', 'refused'], 'refused'],
  ])('parts %o: %s', (states, expected) => {
    const { consignment } = consignmentOf(states);
    expect(consignment().state).toBe(expected);
  });

  test('whatever a part may do next, its consignment can follow: every legal move of one of two parts', () => {
    const reachable = Object.keys(WAYS).filter((state) => state !== 'discarded') as PartState[];
    for (const other of reachable) {
      for (const from of reachable) {
        for (const to of partMoves[from]) {
          if (to === 'discarded') continue;
          const { move } = consignmentOf([other, from]);
          expect(() => move(1, to), `other ${other}, ${from} to ${to}`).not.toThrow();
        }
      }
    }
  });

  test('it carries the reason of the part that holds it, and drops it when the part is free', () => {
    const { consignment, move } = consignmentOf(['sealed', 'sealed']);
    move(1, 'held');
    expect(consignment()).toMatchObject({ state: 'held', code: 'confirm-refused', reason: 'part 2' });
    move(1, 'planned');
    expect(consignment()).toMatchObject({ state: 'packed', code: null, reason: null });
  });

  test('one that was discarded follows nothing', () => {
    const { store, consignment, move } = consignmentOf(['sealed', 'sealed']);
    store.consignments.move(consignment().id, { state: 'discarded' }, START_MS);
    move(0, 'sent');
    expect(consignment().state).toBe('discarded');
  });
});

describe('F40: confirmation', () => {
  const confirm = (store: Store) => confirmStation({ consignments: store.consignments, now: () => START_MS });

  test('no receipt in the agreed time: unconfirmed, for a person to see', async () => {
    const { store, consignment } = consignmentOf(['sent', 'confirmed']);
    const clock = manualClock();
    const conveyor = run(store, clock, [confirm(store)]);
    clock.advance(DAY_MS - 1);
    await settled(store, conveyor);
    expect(consignment().state).toBe('sent');
    clock.advance(1);
    await settled(store, conveyor);
    expect(consignment()).toMatchObject({ state: 'unconfirmed', code: 'confirm-no-receipt' });
    expect(consignment().closed_ms).not.toBeNull();
  });

  test('a receipt that comes later still confirms', async () => {
    const { store, consignment, move } = consignmentOf(['sent', 'sent']);
    const clock = manualClock();
    const conveyor = run(store, clock, [confirm(store)]);
    clock.advance(2 * DAY_MS);
    await settled(store, conveyor);
    expect(consignment().state).toBe('unconfirmed');
    move(0, 'confirmed');
    expect(consignment().state, 'one of two: still not confirmed, and not "sent" again').toBe('unconfirmed');
    move(1, 'confirmed');
    expect(consignment()).toMatchObject({ state: 'confirmed', code: null });
  });

  test('a partner that is asked for no receipt: sent is the end, and no alarm comes of it', async () => {
    const { store, consignment } = consignmentOf(['sent'], null);
    const clock = manualClock();
    const conveyor = run(store, clock, [confirm(store)]);
    clock.advance(400 * DAY_MS);
    await settled(store, conveyor);
    expect(consignment()).toMatchObject({ state: 'sent', due_ms: null, closed_ms: START_MS });
  });
});
