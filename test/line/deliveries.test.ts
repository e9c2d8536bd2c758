import { describe, expect, test, vi } from 'vitest';
import { type FollowParts, followItem, followSet } from '../../src/line/deliveries.ts';
import { START_MS } from '../support/clock.ts';
import { newItem, studyFacts, temporaryStore } from '../support/store.ts';

/** An admitted set whose parts hold `perPart` items each, with one delivery for every item. */
function admittedSet(parts: number, perPart: number, total = parts) {
  const { store } = temporaryStore();
  const at = { due_ms: START_MS, now_ms: START_MS };
  const study = store.studies.add({
    ...{ direction: 'in', origin: 'klinik', facts: studyFacts(), state: 'received', lane: 'klinik', now_ms: START_MS },
  });
  const set = store.sets.add({ partnerId: 'klinik', setId: 's', total, urgent: false, ...at });
  const items: string[][] = [];
  store.transaction(() => {
    for (let number = 1; number <= parts; number++) {
      const mailId = store.mails.add({
        ...{ source: 'smtp', mailboxKey: null, messageId: `<${number}@b.example>`, sha256: 'a'.repeat(64) },
        ...{ sizeBytes: 1, path: 'spool/inbox/1.eml', ...at },
      });
      const ids = Array.from({ length: perPart }, (_, n) => store.items.add(newItem(study.id, number * 10_000 + n)));
      store.sets.addPart({ setRow: set.id, number, mailId, contentSha256: `${number}`, itemIds: ids });
      store.sets.setAdmitted(set.id, number);
      for (const itemId of ids) {
        store.deliveries.add({ itemId, studyId: study.id, targetId: 'pacs', urgent: false, ...at });
      }
      items.push(ids);
    }
    store.sets.move(set.id, { state: 'ready', due_ms: START_MS }, START_MS);
    store.sets.move(set.id, { state: 'admitted' }, START_MS);
  });
  const owe = vi.fn();
  const follow: FollowParts = { ...store, owe, now: () => START_MS };
  const finish = (itemId: string, state: 'delivered' | 'refused' = 'delivered') =>
    store.transaction(() => {
      const [delivery] = store.deliveries.ofItem(itemId);
      const why = state === 'refused' ? { code: 'deliver-refused' } : {};
      store.deliveries.move(delivery!.id, { state, ...why }, START_MS);
      followItem(follow, itemId);
    });
  return { store, items, owe, follow, finish, state: () => store.sets.get(set.id)!.state, set };
}

describe('what follows from a delivery', () => {
  test('a part is answered with its last item, the set is delivered with its last part, both once', () => {
    const { items, owe, finish, state } = admittedSet(2, 2);
    finish(items[0]![0]!);
    finish(items[1]![1]!);
    expect(owe).not.toHaveBeenCalled();
    finish(items[0]![1]!);
    expect(owe.mock.calls.map(([, disposition]) => disposition)).toEqual(['displayed']);
    expect(state()).toBe('admitted');
    finish(items[1]![0]!);
    expect(owe).toHaveBeenCalledTimes(2);
    expect(state()).toBe('delivered');
  });

  test('one refused item makes the answer a warning with its code; the set is finished all the same', () => {
    const { items, owe, finish, state } = admittedSet(1, 3);
    finish(items[0]![1]!, 'refused');
    finish(items[0]![0]!);
    finish(items[0]![2]!);
    expect(owe).toHaveBeenCalledExactlyOnceWith(expect.any(String), 'displayed/warning', 'deliver-refused');
    expect(state()).toBe('delivered');
  });

  test('a set with a part that has not come is not delivered, however finished the others are', () => {
    const { items, finish, state, owe } = admittedSet(2, 1, 3);
    finish(items[0]![0]!);
    finish(items[1]![0]!);
    expect(owe).toHaveBeenCalledTimes(2);
    expect(state()).toBe('admitted');
  });

  test('an item that is in two parts finishes both', () => {
    const { store, items, owe, finish, set } = admittedSet(2, 1);
    store.sets.repoint(items[1]![0]!, items[0]![0]!);
    expect(store.sets.itemsOf(set.id, 2)[0]!.id).toBe(items[0]![0]);
    finish(items[0]![0]!);
    expect(owe).toHaveBeenCalledTimes(2);
  });

  test('followSet answers what was finished before it was admitted', () => {
    const { store, items, owe, follow, set, state } = admittedSet(1, 1);
    const [delivery] = store.deliveries.ofItem(items[0]![0]!);
    store.deliveries.move(delivery!.id, { state: 'delivered' }, START_MS);
    store.transaction(() => followSet(follow, set.id));
    expect(owe).toHaveBeenCalledOnce();
    expect(state()).toBe('delivered');
  });

  test('a part that is in the set but not admitted yet is not answered', () => {
    const { store, items, owe, follow, set, finish } = admittedSet(1, 1, 2);
    const mailId = store.sets.part(set.id, 1)!.mail_id;
    const itemIds = [store.items.add(newItem(null, 99, { state: 'candidate' }))];
    store.sets.addPart({ setRow: set.id, number: 2, mailId, contentSha256: 'x', itemIds });
    finish(items[0]![0]!);
    expect(owe).toHaveBeenCalledOnce();
    store.transaction(() => followSet(follow, set.id));
    expect(owe).toHaveBeenCalledOnce();
  });

  test('an item is due at a target once, for ever', () => {
    const { store, items } = admittedSet(1, 1);
    const [itemId] = items[0]!;
    const { study_id: studyId } = store.items.get(itemId!)!;
    const at = { due_ms: START_MS, now_ms: START_MS };
    store.deliveries.add({ itemId: itemId!, studyId: studyId!, targetId: 'pacs', urgent: false, ...at });
    expect(store.deliveries.ofItem(itemId!)).toHaveLength(1);
  });

  test('a delivery asks about its own part alone, however many parts the set has', () => {
    const { store, items, follow } = admittedSet(200, 1);
    const asked = vi.fn(store.deliveries.isPartOpen);
    const counting = { ...follow, deliveries: { ...store.deliveries, isPartOpen: asked } };
    for (const [item] of items.slice(0, 50)) {
      const [delivery] = store.deliveries.ofItem(item!);
      store.deliveries.move(delivery!.id, { state: 'delivered' }, START_MS);
      followItem(counting, item!);
    }
    expect(asked).toHaveBeenCalledTimes(50);
  });
});
