import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Act, type ActParts, discard, hold, release, retry } from '../../src/line/acts.ts';
import { moves } from '../../src/line/states.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { addConsignment, addDelivery, addItem, addMail, addReceipt, addSet, addStudy, bring } from './rows.ts';

const acts = { release, retry, hold, discard };
const ACTS = Object.keys(acts) as Act[];
const NOTE = { release: 'released', retry: 'retried', hold: 'held', discard: 'discarded' };

let folder: string;
let store: Store;
let owed: unknown[];
let o: ActParts;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rohrpost-acts-'));
  store = openStore(folder, moves);
  owed = [];
  o = {
    by: 'frau-test',
    now: () => 1_800_000_000_000,
    steady: () => 1_800_000_000_000,
    confirmWithin_ms: () => 3_600_000,
    owe: (...answer) => void owed.push(answer),
  };
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

const code = (name: string, details = {}) =>
  expect.objectContaining({ code: name, details: expect.objectContaining(details) });

type Kind = 'study' | 'received study' | 'consignment' | 'part' | 'mail' | 'inbound_set' | 'delivery' | 'receipt';

/** The state of a consignment that has one part in this state. */
const WITH_PART: Record<string, string> = { planned: 'packed', sealed: 'packed' };
/** The state of the one part of a consignment in this state; null: it has none. */
const PART_OF: Record<string, string | null> = { routed: null, packed: 'planned', unconfirmed: 'sent' };

const make: Record<Kind, (state: string) => string> = {
  study: (state) => addStudy(store, state).id,
  // An inbound study has one state; its deliveries' states are what is acted on.
  'received study': (state) => addDelivery(store, state).study,
  consignment: (state) => addConsignment(store, state, state in PART_OF ? PART_OF[state]! : state).consignment,
  part: (state) => addConsignment(store, WITH_PART[state] ?? state, state).part,
  mail: (state) => addMail(store, state),
  inbound_set: (state) => addSet(store, state).set,
  delivery: (state) => addDelivery(store, state).delivery,
  receipt: (state) => addReceipt(store, state),
};

const stateOf: Record<Kind, (id: string) => string> = {
  study: (id) => store.studies.get(id)!.state,
  'received study': (id) => store.lookup.ofStudy(id).deliveries[0]!.state,
  consignment: (id) => store.consignments.get(id)!.state,
  part: (id) => store.parts.get(id)!.state,
  mail: (id) => store.mails.get(id)!.state,
  inbound_set: (id) => store.sets.get(id)!.state,
  delivery: (id) => store.deliveries.get(id)!.state,
  receipt: (id) => store.receipts.get(id)!.state,
};

const statesOf = (kind: Kind) => {
  if (kind === 'received study') return Object.keys(moves.delivery);
  const states = Object.keys(moves[kind]);
  return kind === 'study' ? states.filter((state) => state !== 'received') : states;
};

/** From which state each act leads where. Every pair that is not here must be refused and change nothing. */
const expected: Record<Kind, Record<Act, Record<string, string>>> = {
  study: {
    release: { held: 'arriving', arriving: 'arriving' },
    retry: { held: 'arriving' },
    hold: { arriving: 'held', settled: 'held', routed: 'held' },
    discard: { arriving: 'discarded', settled: 'discarded', routed: 'discarded', held: 'discarded' },
  },
  'received study': {
    release: { held: 'due' },
    retry: { held: 'due', refused: 'due' },
    hold: { due: 'held' },
    discard: { due: 'discarded', held: 'discarded', refused: 'discarded' },
  },
  consignment: {
    release: { held: 'packed' },
    retry: { held: 'packed', refused: 'packed', unconfirmed: 'packed' },
    hold: { routed: 'held', packed: 'held' },
    discard: {
      routed: 'discarded',
      packed: 'discarded',
      held: 'discarded',
      refused: 'discarded',
      unconfirmed: 'discarded',
    },
  },
  part: {
    release: { held: 'planned' },
    retry: { held: 'planned', refused: 'planned' },
    hold: { planned: 'held', sealed: 'held' },
    discard: { planned: 'discarded', sealed: 'discarded', held: 'discarded', refused: 'discarded' },
  },
  mail: {
    release: { quarantined: 'collected' },
    retry: { quarantined: 'collected' },
    hold: {},
    discard: { quarantined: 'discarded', fragment: 'discarded' },
  },
  inbound_set: {
    release: { waiting: 'ready', held: 'ready', quarantined: 'ready' },
    retry: { held: 'ready', quarantined: 'ready' },
    hold: { ready: 'held' },
    discard: { waiting: 'discarded', held: 'discarded', quarantined: 'discarded' },
  },
  delivery: {
    release: { held: 'due', refused: 'due' },
    retry: { held: 'due', refused: 'due' },
    hold: { due: 'held' },
    discard: { due: 'discarded', held: 'discarded', refused: 'discarded' },
  },
  receipt: {
    release: { held: 'due' },
    retry: { held: 'due', sent: 'due', discarded: 'due' },
    hold: { due: 'held' },
    discard: { held: 'discarded' },
  },
};

describe.each(Object.keys(expected) as Kind[])('%s', (kind) => {
  const cases = statesOf(kind).flatMap((state) => ACTS.map((act) => ({ state, act, to: expected[kind][act][state] })));

  test.each(cases.filter(({ to }) => to))('in state $state: $act leads to $to', ({ state, act, to }) => {
    const id = make[kind](state);
    const done = acts[act](store, id, o);
    expect(stateOf[kind](id)).toBe(to);
    expect(done.row.id).toBe(id);
    expect(done.moved.length).toBeGreaterThan(0);
    for (const row of done.moved) {
      const last = store.history.of([row.id]).at(-1)!;
      expect(last).toMatchObject({ code: `operator-${NOTE[act]}`, to_state: row.to });
      expect(last.reason).toContain('frau-test');
    }
  });

  test.each(cases.filter(({ to }) => !to))('in state $state: $act is refused and changes nothing', ({ state, act }) => {
    const id = make[kind](state);
    const before = store.history.of([id]);
    expect(() => acts[act](store, id, o)).toThrow(code('store-not-in-state'));
    expect(stateOf[kind](id)).toBe(state);
    expect(store.history.of([id])).toEqual(before);
    expect(owed).toEqual([]);
  });
});

describe('ids', () => {
  test('an id that nobody has, an empty one, and one with wildcards lead nowhere', () => {
    addStudy(store, 'held');
    for (const id of ['zzzzzzzzzzzzzzzzzzzz', '', '%', '_', "' OR 1=1 --", '~']) {
      expect(() => release(store, id, o)).toThrow(code('store-no-such-row'));
    }
  });

  test('the beginning of an id is enough where only one row begins so', () => {
    const { id } = addStudy(store, 'held');
    release(store, id.slice(0, 12).toUpperCase(), o);
    expect(store.studies.get(id)!.state).toBe('arriving');
  });

  test('an ambiguous beginning is refused and says so', () => {
    const ids = Array.from({ length: 40 }, () => addStudy(store, 'held').id);
    const first = ids.map((id) => id[0]!).find((letter) => ids.filter((id) => id.startsWith(letter)).length > 1)!;
    expect(() => release(store, first, o)).toThrow(code('store-not-in-state', { state: 'ambiguous' }));
    expect(ids.every((id) => store.studies.get(id)!.state === 'held')).toBe(true);
  });
});

describe('outbound', () => {
  test('a released row is due at once, whatever the clock of the box says', () => {
    const { consignment, part } = addConsignment(store, 'held', 'held');
    release(store, consignment, o);
    expect(store.parts.get(part)).toMatchObject({ due_ms: 0, attempts: 0, code: null, owner: null });
    expect(store.parts.claim('planned', 'box', 1, [])?.id).toBe(part);
  });

  test('a consignment that its partner held back is routed anew', () => {
    const { consignment } = addConsignment(store, 'held', null);
    release(store, consignment, o);
    expect(store.consignments.get(consignment)).toMatchObject({ state: 'routed', due_ms: 0 });
  });

  test('a study held for a conflicting patient goes when a person takes responsibility, and so do its held consignments', () => {
    const study = addStudy(store, 'arriving').id;
    bring(store.studies, study, 'held', { code: 'receive-conflicting-patient' });
    const { consignment } = addConsignment(store, 'held', null, study);
    expect(release(store, study, o).moved).toHaveLength(2);
    expect(store.studies.get(study)).toMatchObject({ state: 'arriving', due_ms: 0, code: null });
    expect(store.consignments.get(consignment)!.state).toBe('routed');
  });

  test('F32: a mail that was sealed before it was held goes on with its very bytes', () => {
    const { part } = addConsignment(store, 'packed', 'sealed');
    store.parts.setSealed(part, { mailPaths: ['a', 'b'], mailHashes: [], mailBytes: 2, sealedFor: 'F' });
    store.parts.setMailsSent(store.parts.get(part)!, 1);
    hold(store, part, o);
    release(store, part, o);
    expect(store.parts.get(part)).toMatchObject({ state: 'sealed', mails_sent: 1 });
    hold(store, part, o);
    retry(store, part, o);
    // One of its two fragments has left: only the other half of the same sealed mail fits it.
    expect(store.parts.get(part)!.state).toBe('sealed');
  });

  test('retry seals anew what no server has seen', () => {
    const { part } = addConsignment(store, 'packed', 'sealed');
    store.parts.setSealed(part, { mailPaths: ['a'], mailHashes: [], mailBytes: 2, sealedFor: 'F' });
    hold(store, part, o);
    retry(store, part, o);
    expect(store.parts.get(part)!.state).toBe('planned');
  });

  test('F40: an unconfirmed consignment goes again under the same ids', () => {
    const { consignment, part } = addConsignment(store, 'unconfirmed', 'sent');
    const before = { part: store.parts.get(part)!, consignment: store.consignments.get(consignment)! };
    retry(store, consignment, o);
    expect(store.parts.get(part)).toMatchObject({ state: 'planned', message_id: before.part.message_id });
    expect(store.consignments.get(consignment)).toMatchObject({ state: 'packed', set_id: before.consignment.set_id });
  });

  test('what was discarded cannot be sent again: its files may be gone', () => {
    const { part, item } = addConsignment(store, 'refused', 'refused');
    store.items.setState(item, 'discarded', 1);
    expect(() => retry(store, part, o)).toThrow(code('act-files-gone'));
    expect(store.parts.get(part)!.state).toBe('refused');
  });

  test('a row that the box works on is not touched, and nothing else of the act happens', () => {
    const { consignment, part, study } = addConsignment(store, 'packed', 'planned');
    store.parts.claim('planned', 'box', 1, []);
    expect(() => discard(store, consignment, o)).toThrow(code('act-at-work'));
    expect(() => discard(store, study, o)).toThrow(code('act-at-work'));
    expect(() => hold(store, consignment, o)).toThrow(code('act-at-work'));
    expect(store.consignments.get(consignment)!.state).toBe('packed');
    expect(store.studies.get(study)!.state).toBe('routed');
    expect(store.parts.get(part)).toMatchObject({ state: 'planned', owner: 'box' });
    // Holding the study stops what can be stopped and says what is on its way.
    expect(hold(store, study, o)).toMatchObject({ atWork: 1 });
  });

  test('discarding a consignment lets go of its files, but not of those another partner still gets', () => {
    const { consignment, item, study } = addConsignment(store, 'held', 'held');
    const shared = addItem(store, study);
    for (const partnerId of ['west', 'ost']) {
      store.consignments.add({
        ...{ studyId: study, partnerId, itemIds: partnerId === 'west' ? [shared, item] : [shared], urgent: false },
        ...{ state: 'routed', due_ms: 1, now_ms: 1 },
      });
    }
    discard(store, consignment, o);
    expect(store.items.get(item)!.state).toBe('stored');
    const to = (partner: string) => store.consignments.ofStudy(study).find((row) => row.partner_id === partner)!.id;
    discard(store, to('west'), o);
    expect(store.items.get(item)!.state).toBe('discarded');
    expect(store.items.get(shared)!.state).toBe('stored');
    discard(store, to('ost'), o);
    expect(store.items.get(shared)!.state).toBe('discarded');
  });

  test('discarding a study gives up everything but what may still be confirmed; rows stay, files may go', () => {
    const study = addStudy(store, 'routed').id;
    const sent = addConsignment(store, 'sent', 'sent', study);
    const held = addConsignment(store, 'held', 'held', study);
    const loose = addItem(store, study, 'conflict');
    discard(store, study, o);
    expect(store.studies.get(study)!.state).toBe('discarded');
    expect(store.consignments.get(sent.consignment)!.state).toBe('sent');
    expect(store.consignments.get(held.consignment)!.state).toBe('discarded');
    expect(store.items.get(sent.item)!.state).toBe('stored');
    expect(store.items.get(held.item)!.state).toBe('discarded');
    expect(store.items.get(loose)!.state).toBe('discarded');
    expect(store.overview.paths()).toEqual(new Set([store.items.get(sent.item)!.path]));
  });

  test('a part is never given up alone: its consignment goes with it', () => {
    const { consignment, part } = addConsignment(store, 'held', 'held');
    discard(store, part, o);
    expect(store.consignments.get(consignment)!.state).toBe('discarded');
  });
});

describe('inbound', () => {
  test('releasing a mail takes responsibility, retrying it does not', () => {
    const released = addMail(store, 'quarantined');
    const retried = addMail(store, 'quarantined');
    release(store, released, o);
    retry(store, retried, o);
    expect(store.mails.get(released)).toMatchObject({ state: 'collected', released: 1, due_ms: 0 });
    expect(store.mails.get(retried)).toMatchObject({ state: 'collected', released: 0, due_ms: 0 });
  });

  test('F51: the sender of a discarded mail is told only if its signature was verified', () => {
    const forged = addMail(store, 'quarantined', { signed: false });
    const verified = addMail(store, 'quarantined');
    discard(store, forged, o);
    expect(owed).toEqual([]);
    discard(store, verified, o);
    expect(owed).toEqual([[verified, 'deleted', 'internal']]);
  });

  test('F47: an incomplete set is admitted when a person says so', () => {
    const { set } = addSet(store, 'waiting', { total: 3 });
    release(store, set, o);
    expect(store.sets.get(set)).toMatchObject({ state: 'ready', released: 1, due_ms: 0 });
  });

  test('a quarantined set that is looked at again is judged by the same rules', () => {
    const { set } = addSet(store, 'quarantined');
    retry(store, set, o);
    expect(store.sets.get(set)).toMatchObject({ state: 'ready', released: 0 });
  });

  test('discarding a set lets its files go and refuses its mails', () => {
    const { set, mail, item } = addSet(store, 'quarantined');
    discard(store, set, o);
    expect(store.items.get(item)!.state).toBe('discarded');
    expect(owed).toEqual([[mail, 'deleted', 'internal']]);
    expect(store.sets.part(set, 1)!.answered).toBe(1);
  });

  test('what a set has brought into a study already stays there when the rest is discarded', () => {
    const { set, item } = addSet(store, 'quarantined', { admitted: true });
    discard(store, set, o);
    expect(store.items.get(item)!.state).toBe('candidate');
    expect(owed).toEqual([]);
  });

  test('discarding the last open delivery answers the mail and lets the file go', () => {
    const { delivery, mail, item, set } = addDelivery(store, 'refused');
    discard(store, delivery, o);
    expect(owed).toEqual([[mail, 'displayed/warning', null]]);
    expect(store.items.get(item)!.state).toBe('discarded');
    expect(store.sets.get(set)!.state).toBe('delivered');
  });

  test('a delivery whose file is gone cannot be repeated', () => {
    const { delivery } = addDelivery(store, 'refused', 'removed');
    expect(() => retry(store, delivery, o)).toThrow(code('act-files-gone'));
  });
});
