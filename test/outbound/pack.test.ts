import { describe, expect, test } from 'vitest';
import type { Partner } from '../../src/config/schema.ts';
import { lineLimits } from '../../src/core/limits.ts';
import { packStation, planParts } from '../../src/outbound/pack.ts';
import type { ItemRow } from '../../src/store/items.ts';
import { manualClock } from '../support/clock.ts';
import { run, settled } from '../support/line.ts';
import { seeded } from '../support/random.ts';
import { testPartner } from '../support/settings.ts';
import { addConsignment, newItem, temporaryStore } from '../support/store.ts';

const item = (number: number, size_bytes: number): ItemRow => ({
  ...newItem('study', number, { size_bytes }),
  ...{ id: `item-${number}`, consigned: 0, moved_ms: 0 },
});

/** A frame of 1,000 bytes around each mail, and 1.86 bytes for each byte within: as base64 within armor is. */
const sealedBytes = (items: readonly ItemRow[]) =>
  1_000 + Math.ceil(items.reduce((sum, { size_bytes }) => sum + 200 + size_bytes * 1.86, 0));

const plan = (sizes: readonly number[], o: Partial<Parameters<typeof planParts>[1]> = {}) =>
  planParts(
    sizes.map((size, index) => item(index, size)),
    { batch: true, limit_bytes: 100_000, mayCut: false, sealedBytes, ...o },
  ).map((part) => part.map(({ size_bytes }) => size_bytes));

describe('planParts', () => {
  test('classic: one object in each mail, in order', () => {
    expect(plan([10, 20, 30], { batch: false })).toEqual([[10], [20], [30]]);
  });

  test('batch: as many as fit', () => {
    expect(plan([20_000, 20_000, 20_000, 20_000])).toEqual([
      [20_000, 20_000],
      [20_000, 20_000],
    ]);
  });

  test('nothing to send: no parts', () => {
    expect(plan([])).toEqual([]);
  });

  test('batch: never larger than our own bound, even where the partner takes more', () => {
    const parts = plan(
      Array.from({ length: 10 }, () => 10_000_000),
      { limit_bytes: 1e12 },
    );
    for (const part of parts) {
      expect(sealedBytes(part.map((size, n) => item(n, size)))).toBeLessThanOrEqual(lineLimits.batch_bytes);
    }
  });

  test('batch: never more objects than our own bound', () => {
    const parts = plan(
      Array.from({ length: 4_500 }, () => 1),
      { limit_bytes: 1e12 },
    );
    expect(parts.map(({ length }) => length)).toEqual([2_000, 2_000, 500]);
  });

  test('an object above our batch bound but within the partner’s limit goes alone', () => {
    expect(plan([10, 60_000_000, 20], { limit_bytes: 1e9 })).toEqual([[10], [60_000_000], [20]]);
  });

  test('F29: one object larger than the limit: held with both figures', () => {
    expect(() => plan([10, 60_000])).toThrow(
      expect.objectContaining({ code: 'pack-item-too-large', details: { item_bytes: 112_800, limit_bytes: 100_000 } }),
    );
  });

  test('F29: where mails may be cut, it goes, alone', () => {
    expect(plan([10, 60_000, 20], { mayCut: true })).toEqual([[10], [60_000], [20]]);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'any sizes (seed %i): every item exactly once, in order, no part empty or above the limit',
    (seed) => {
      const random = seeded(seed);
      const sizes = Array.from({ length: random.below(300) }, () => Math.floor(10 ** (random.next() * 4.7)));
      const batch = random.next() < 0.8;
      const limit_bytes = 100_000 + random.below(400_000);
      const parts = plan(sizes, { batch, limit_bytes });
      expect(parts.flat()).toEqual(sizes);
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0);
        if (!batch) expect(part.length).toBe(1);
        expect(sealedBytes(part.map((size, n) => item(n, size)))).toBeLessThanOrEqual(limit_bytes);
      }
    },
  );
});

describe('the station', () => {
  async function pack(o: { partner?: Partner | undefined; accepts?: string[]; items?: number; limit?: number } = {}) {
    const { store } = temporaryStore();
    const { consignment } = addConsignment(store, { items: o.items ?? 3 });
    const clock = manualClock();
    const encodings: string[] = [];
    const station = packStation({
      ...store,
      partner: () => ('partner' in o ? o.partner : testPartner()),
      accepts: () => new Set(o.accepts ?? []),
      limitBytes: async () => o.limit ?? 1_000_000,
      sealedBytes: (items, encoding) => {
        encodings.push(encoding);
        return sealedBytes(items);
      },
      messageId: (id) => `<${id}@a.example>`,
      now: () => clock.now(),
      steady: () => clock.steady(),
    });
    await settled(store, run(store, clock, [station]));
    return {
      row: store.consignments.get(consignment.id)!,
      parts: store.parts.ofConsignment(consignment.id),
      store,
      encodings,
    };
  }

  test.each([
    [{}, [], 3, 'base64'],
    [{}, ['batch'], 1, 'base64'],
    [{}, ['batch', 'binary'], 1, 'binary'],
    [{ form: 'batch', inner: 'binary' }, [], 1, 'binary'],
    [{ form: 'classic', inner: 'base64' }, ['batch', 'binary'], 3, 'base64'],
  ] as const)('profile %o, announced %o: %i parts, %s', async (profile, accepts, count, encoding) => {
    const { row, parts, encodings } = await pack({ partner: testPartner(profile), accepts: [...accepts] });
    expect(row.state).toBe('packed');
    expect(parts).toHaveLength(count);
    expect(new Set(encodings)).toEqual(new Set([encoding]));
    for (const [index, part] of parts.entries()) {
      expect(part).toMatchObject({ number: index + 1, total: count, inner_encoding: encoding, state: 'planned' });
      expect(part).toMatchObject({ message_id: `<${part.id}@a.example>`, partner_id: 'klinik', lane: 'klinik' });
    }
  });

  test('every item of the consignment is in exactly one part', async () => {
    const { parts, store, row } = await pack({ items: 25, accepts: ['batch'], limit: 100_000 });
    const packed = parts.flatMap(({ id }) => store.items.ofPart(id).map((one) => one.id));
    expect(packed).toEqual(store.items.ofConsignment(row.id).map(({ id }) => id));
  });

  test('the partner was removed: held, no parts', async () => {
    const { row, parts } = await pack({ partner: undefined });
    expect(row).toMatchObject({ state: 'held', code: 'partner-gone' });
    expect(parts).toEqual([]);
  });

  test('F29: too large: held with the reason, no parts', async () => {
    const { row, parts } = await pack({ limit: 2_000 });
    expect(row).toMatchObject({ state: 'held', code: 'pack-item-too-large' });
    expect(parts).toEqual([]);
  });
});
