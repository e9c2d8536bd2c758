import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { lineLimits } from '../../src/core/limits.ts';
import { serviceLimits } from '../../src/core/program-limits.ts';
import type { Station } from '../../src/line/conveyor.ts';
import { done, failed, stop, wait } from '../../src/line/outcome.ts';
import type { PartRow } from '../../src/store/parts.ts';
import type { Store } from '../../src/store/store.ts';
import { manualClock, START_MS } from '../support/clock.ts';
import { eventually, openTestLog, run, settled } from '../support/line.ts';
import { addConsignment, addParts, rawDatabase, temporaryStore } from '../support/store.ts';

const HOUR_MS = 3_600_000;

function station(store: Store, more: Partial<Station<PartRow>> & Pick<Station<PartRow>, 'run'>): Station<PartRow> {
  return {
    ...{ name: 'probe', table: store.parts, from: 'planned', concurrency: 4, perLane: 4 },
    ...{ deadline_ms: 60_000, heldState: 'held', ...more },
  };
}

/** Parts of a new consignment to this partner. */
function parts(store: Store, partnerId: string, items: number, o: { urgent?: boolean; due_ms?: number } = {}) {
  const { consignment } = addConsignment(store, { partnerId, items, studyUid: `1.2.3.${partnerId.length}.${items}` });
  return addParts(store, consignment.id, o);
}

const later = (code: 'transport-connect-failed' | 'transport-host-unknown' = 'transport-connect-failed') =>
  new RohrpostError(code, { details: { host: 'mail.example', reason: 'no' } });

describe('order and lanes', () => {
  test('urgent first, then the longest due, then in order of birth', async () => {
    const { store } = temporaryStore();
    const clock = manualClock();
    const old = parts(store, 'klinik', 5, { due_ms: START_MS - 2_000 });
    const older = parts(store, 'praxis', 1, { due_ms: START_MS - 3_000 });
    const urgent = parts(store, 'stroke', 1, { urgent: true, due_ms: START_MS - 1_000 });
    const seen: string[] = [];
    const probe = station(store, {
      concurrency: 1,
      run: ([part]) => {
        seen.push(part!.id);
        return done('sealed');
      },
    });
    await settled(store, run(store, clock, [probe]));
    expect(seen).toEqual([urgent[0]!.id, older[0]!.id, ...old.map(({ id }) => id)]);
  });

  test('F41: 10,000 parts wait for one partner: an urgent one that comes last is the next to go, and hands stay few', async () => {
    const { store } = temporaryStore();
    store.transaction(() => parts(store, 'klinik', 10_000, { due_ms: START_MS - HOUR_MS }));
    const begun: { id: string; end(): void }[] = [];
    const probe = station(store, {
      run: ([part]) => new Promise((resolve) => begun.push({ id: part!.id, end: () => resolve(done('sealed')) })),
    });
    const conveyor = run(store, manualClock(), [probe]);
    await eventually(() => expect(begun).toHaveLength(4));
    const [urgent] = parts(store, 'klinik', 1, { urgent: true });
    conveyor.wake();
    begun[0]!.end();
    await eventually(() => expect(begun).toHaveLength(5));
    expect(begun[4]!.id).toBe(urgent!.id);
    for (const { end } of begun) end();
    await eventually(() => expect(begun).toHaveLength(9));
    for (const { end } of begun) end();
    await conveyor.stop();
  });

  test('a partner that is stuck never holds up another', async () => {
    const { store } = temporaryStore();
    parts(store, 'stuck', 6, { due_ms: START_MS - 5_000 });
    parts(store, 'other', 3);
    let atOnce = 0;
    const probe = station(store, {
      perLane: 2,
      run: async ([part], { signal }) => {
        if (part!.lane === 'other') return done('sealed');
        atOnce++;
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    const conveyor = run(store, manualClock(), [probe]);
    await eventually(() => {
      const other = store.overview.counts().find(({ entity, state }) => entity === 'part' && state === 'sealed');
      expect(other?.count).toBe(3);
    });
    expect(atOnce).toBe(2);
    await conveyor.stop();
  });

  test('never more at once than the station has hands, and every row once', async () => {
    const { store } = temporaryStore();
    const rows = parts(store, 'klinik', 20);
    let now = 0;
    let most = 0;
    const seen: string[] = [];
    const probe = station(store, {
      concurrency: 3,
      run: async ([part]) => {
        most = Math.max(most, ++now);
        seen.push(part!.id);
        await new Promise((resolve) => setTimeout(resolve, 1));
        now--;
        return done('sealed');
      },
    });
    const conveyor = run(store, manualClock(), [probe]);
    await eventually(() => expect(seen).toHaveLength(20));
    await settled(store, conveyor);
    expect(most).toBe(3);
    expect(new Set(seen)).toEqual(new Set(rows.map(({ id }) => id)));
    expect(seen).toHaveLength(20);
  });

  test('what is due later is not touched before', async () => {
    const { store } = temporaryStore();
    const clock = manualClock();
    parts(store, 'klinik', 1, { due_ms: START_MS + 60_000 });
    const work = vi.fn(() => done('sealed'));
    const conveyor = run(store, clock, [station(store, { run: work })]);
    await settled(store, conveyor);
    clock.advance(59_999);
    await settled(store, conveyor);
    expect(work).not.toHaveBeenCalled();
    clock.advance(1);
    await settled(store, conveyor);
    expect(work).toHaveBeenCalledOnce();
  });
});

describe('outcomes', () => {
  test('done: move and commit are one transaction, "after" comes behind it', async () => {
    const { store, folder } = temporaryStore();
    const [part] = parts(store, 'klinik', 1);
    const order: string[] = [];
    const outside = rawDatabase(folder);
    const seenOutside = () =>
      (outside.prepare('SELECT state FROM part WHERE id = ?').get(part!.id) as { state: string }).state;
    const probe = station(store, {
      run: () =>
        done('sealed', {
          due_ms: START_MS + 5,
          commit: () => order.push(`commit ${store.parts.get(part!.id)!.state}, outside ${seenOutside()}`),
          after: () => order.push(`after ${seenOutside()}`),
        }),
    });
    await settled(store, run(store, manualClock(), [probe]));
    expect(order).toEqual(['commit sealed, outside planned', 'after sealed']);
    expect(store.parts.get(part!.id)).toMatchObject({
      state: 'sealed',
      due_ms: START_MS + 5,
      owner: null,
      attempts: 0,
    });
  });

  test('wait: same state, the attempts stay, the reason is shown', async () => {
    const { store } = temporaryStore();
    const [part] = parts(store, 'klinik', 1);
    store.parts.move(part!.id, { state: 'planned', due_ms: START_MS, attempts: 3 }, START_MS);
    const until_ms = START_MS + 90_000;
    const probe = station(store, { run: () => wait(until_ms, new RohrpostError('send-account-waits')) });
    await settled(store, run(store, manualClock(), [probe]));
    expect(store.parts.get(part!.id)).toMatchObject({
      ...{ state: 'planned', due_ms: until_ms, attempts: 3, code: 'send-account-waits', owner: null },
    });
  });

  test('stop: leaves the line with the reason, the commit in the same transaction', async () => {
    const { store } = temporaryStore();
    const [part] = parts(store, 'klinik', 1);
    const commit = vi.fn();
    const error = new RohrpostError('pack-item-too-large', { details: { item_bytes: 2, limit_bytes: 1 } });
    await settled(store, run(store, manualClock(), [station(store, { run: () => stop('held', error, commit) })]));
    expect(store.parts.get(part!.id)).toMatchObject({ state: 'held', code: 'pack-item-too-large', due_ms: null });
    expect(commit).toHaveBeenCalledOnce();
  });

  test.each(['partner-gone', 'transport-content-refused'] as const)(
    '%s: a person must look; held, onHeld in the same transaction, not tried again',
    async (code) => {
      const { store } = temporaryStore();
      const clock = manualClock();
      const [part] = parts(store, 'klinik', 1);
      const onHeld = vi.fn(() => expect(store.parts.get(part!.id)!.state).toBe('held'));
      const work = vi.fn(() => failed(new RohrpostError(code)));
      const conveyor = run(store, clock, [station(store, { run: work, onHeld })]);
      await settled(store, conveyor);
      clock.advance(48 * HOUR_MS);
      await settled(store, conveyor);
      expect(store.parts.get(part!.id)).toMatchObject({ state: 'held', code, due_ms: null, owner: null });
      expect(work).toHaveBeenCalledOnce();
      expect(onHeld).toHaveBeenCalledOnce();
    },
  );

  test('a failure that may pass: doubling pauses within ±20 %, never above the cap, urgent ones sooner', async () => {
    const { store } = temporaryStore();
    const clock = manualClock();
    const [slow] = parts(store, 'klinik', 1);
    const [urgent] = parts(store, 'stroke', 1, { urgent: true });
    const conveyor = run(store, clock, [station(store, { run: () => failed(later()) })]);
    for (const [part, cap_ms] of [
      [slow!, lineLimits.backoff_cap_ms],
      [urgent!, lineLimits.backoff_urgent_cap_ms],
    ] as const) {
      for (let attempt = 1; attempt <= 15; attempt++) {
        store.parts.move(part.id, { state: 'planned', due_ms: clock.steady(), attempts: attempt - 1 }, clock.now());
        conveyor.wake();
        await eventually(() => expect(store.parts.get(part.id)).toMatchObject({ attempts: attempt, owner: null }));
        const row = store.parts.get(part.id)!;
        const plain = Math.min(cap_ms, lineLimits.backoff_first_ms * 2 ** (attempt - 1));
        const pause = row.due_ms! - clock.steady();
        expect(pause).toBeGreaterThanOrEqual(Math.floor(plain * 0.8));
        expect(pause).toBeLessThanOrEqual(Math.ceil(plain * 1.2));
        expect(row).toMatchObject({ state: 'planned', code: 'transport-connect-failed' });
      }
    }
  });

  test('a disk that is full is waited for; one that is broken needs a person', async () => {
    const { store } = temporaryStore();
    const [full, broken] = parts(store, 'klinik', 2);
    const systemError = (code: string) => Object.assign(new Error(code), { code, syscall: 'write' });
    const probe = station(store, {
      run: ([part]) => {
        throw systemError(part!.id === full!.id ? 'ENOSPC' : 'EIO');
      },
    });
    await settled(store, run(store, manualClock(), [probe]));
    expect(store.parts.get(full!.id)).toMatchObject({ state: 'planned', code: 'disk-full', attempts: 1 });
    expect(store.parts.get(broken!.id)).toMatchObject({ state: 'held', code: 'disk-error' });
  });

  test('past its deadline the work is told to stop, counts as timed-out, and is tried again', async () => {
    const { store } = temporaryStore();
    const clock = manualClock();
    const [part] = parts(store, 'klinik', 1);
    let tries = 0;
    const probe = station(store, {
      deadline_ms: 30,
      run: (_, { signal }) =>
        ++tries > 1
          ? done('sealed')
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    const conveyor = run(store, clock, [probe]);
    await eventually(() => expect(store.parts.get(part!.id)).toMatchObject({ code: 'timed-out', state: 'planned' }));
    clock.advance(10_000);
    await settled(store, conveyor);
    expect(store.parts.get(part!.id)!.state).toBe('sealed');
  });
});

describe('faults of a station itself', () => {
  test('one that throws holds its row as internal, and the others go on', async () => {
    const { store } = temporaryStore();
    const rows = parts(store, 'klinik', 4);
    const log = openTestLog();
    const probe = station(store, {
      run: ([part]) => {
        if (part!.number === 2) throw new TypeError('a bug');
        return done('sealed');
      },
    });
    await settled(store, run(store, manualClock(), [probe], { log }));
    const states = rows.map(({ id }) => store.parts.get(id)!.state);
    expect(states).toEqual(['sealed', 'held', 'sealed', 'sealed']);
    expect(store.parts.get(rows[1]!.id)!.code).toBe('internal');
    expect(log.lines.some(({ level, message }) => level === 'error' && message === 'station threw')).toBe(true);
    expect(JSON.stringify(log.lines), 'its words may quote what it read').not.toContain('a bug');
  });

  test('an outcome that cannot be written (illegal move, failing commit) holds the row; nothing of it stays', async () => {
    const { store } = temporaryStore();
    const rows = parts(store, 'klinik', 3);
    const probe = station(store, {
      run: ([part]) => {
        if (part!.number === 1) return done('confirmed');
        if (part!.number === 3) return done('sealed');
        const commit = () => {
          store.parts.setMailsSent(part!, 7);
          throw new Error('a bug in the commit');
        };
        return done('sealed', { commit });
      },
    });
    await settled(store, run(store, manualClock(), [probe]));
    const [illegal, failing, good] = rows.map(({ id }) => store.parts.get(id)!);
    expect(illegal).toMatchObject({ state: 'held', code: 'internal' });
    expect(failing).toMatchObject({ state: 'held', code: 'internal', mails_sent: 0 });
    expect(good!.state).toBe('sealed');
  });

  test('a row that somebody else moved meanwhile is theirs: the outcome is dropped', async () => {
    const { store } = temporaryStore();
    const [part] = parts(store, 'klinik', 1);
    const commit = vi.fn();
    let let_go = () => {};
    const probe = station(store, {
      from: 'sealed',
      run: async () => {
        await new Promise<void>((resolve) => {
          let_go = resolve;
        });
        return done('sent', { commit });
      },
    });
    store.parts.move(part!.id, { state: 'sealed', due_ms: START_MS }, START_MS);
    const conveyor = run(store, manualClock(), [probe]);
    await eventually(() => expect(store.parts.get(part!.id)!.owner).not.toBeNull());
    store.parts.move(part!.id, { state: 'confirmed' }, START_MS);
    let_go();
    await settled(store, conveyor);
    expect(store.parts.get(part!.id)).toMatchObject({ state: 'confirmed', owner: null });
    expect(commit).not.toHaveBeenCalled();
  });

  test('a row that was deleted meanwhile ends nothing', async () => {
    const { store } = temporaryStore();
    const [part] = parts(store, 'klinik', 1);
    const probe = station(store, {
      run: async ([row]) => {
        store.parts.removeUnsent(row!.consignment_id);
        return done('sealed');
      },
    });
    await settled(store, run(store, manualClock(), [probe]));
    expect(store.parts.get(part!.id)).toBeUndefined();
  });

  test('a database that refuses for a moment is asked again', async () => {
    const { store } = temporaryStore();
    const [part] = parts(store, 'klinik', 1);
    let refusals = 2;
    const table = {
      ...store.parts,
      claim: (...args: Parameters<typeof store.parts.claim>) => {
        if (refusals-- > 0) throw new Error('database is locked');
        return store.parts.claim(...args);
      },
    };
    const log = openTestLog();
    const conveyor = run(store, manualClock(), [station(store, { table, run: () => done('sealed') })], { log });
    await settled(store, conveyor);
    expect(store.parts.get(part!.id)!.state).toBe('sealed');
    expect(log.lines.filter(({ message }) => message === 'station cannot claim')).toHaveLength(2);
  });

  test('F04: a disk that is full while a trip is being put together leaves none of its rows claimed', async () => {
    const { store } = temporaryStore();
    const ids = parts(store, 'klinik', 3).map(({ id }) => id);
    let refusals = 1;
    const probe = station(store, {
      concurrency: 1,
      gather: (first, owner) => {
        const next = store.parts.claim('planned', owner, Number.MAX_SAFE_INTEGER, []);
        if (refusals-- > 0) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
        return next && next.lane === first.lane ? [next] : [];
      },
      run: () => done('sealed'),
    });
    await settled(store, run(store, manualClock(), [probe]));
    expect(ids.map((id) => store.parts.get(id)!.state)).toEqual(['sealed', 'sealed', 'sealed']);
  });

  test.for(['returned', 'reported'])(
    'F04: an outcome (%s) that a full disk does not take is written once it does, and the work is done once',
    async (how) => {
      const { store } = temporaryStore();
      const clock = manualClock();
      const [part] = parts(store, 'klinik', 1);
      let refusals = 3;
      let works = 0;
      const table = {
        ...store.parts,
        finish: (...args: Parameters<typeof store.parts.finish>) => {
          if (refusals-- > 0) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
          return store.parts.finish(...args);
        },
      };
      const probe = station(store, {
        table,
        run: (_, { report }) => {
          works++;
          if (how === 'reported') report(part!.id, done('sealed'));
          return how === 'reported' ? failed(later()) : done('sealed');
        },
      });
      run(store, clock, [probe]);
      await eventually(() => {
        clock.advance(60_000);
        expect(store.parts.get(part!.id)).toMatchObject({ state: 'sealed', code: null });
      });
      expect([works, refusals]).toEqual([1, -1]);
    },
  );
});

describe('trips of several rows', () => {
  function trip(store: Store, more: Partial<Station<PartRow>> & Pick<Station<PartRow>, 'run'>) {
    const gather = (first: PartRow, owner: string) => {
      const rows: PartRow[] = [];
      for (;;) {
        const row = store.parts.claim('planned', owner, START_MS, []);
        if (!row) return rows;
        expect(row.consignment_id).toBe(first.consignment_id);
        rows.push(row);
      }
    };
    return station(store, { gather, ...more });
  }

  test('gather takes the fellows along; report writes each at once, the rest share what run returns', async () => {
    const { store } = temporaryStore();
    const rows = parts(store, 'klinik', 4);
    const trips: number[] = [];
    const probe = trip(store, {
      run: async (load, { report }) => {
        trips.push(load.length);
        report(load[1]!.id, done('sealed'));
        expect(store.parts.get(load[1]!.id)!.state).toBe('sealed');
        expect(() => report(load[1]!.id, done('sealed'))).toThrow('twice');
        expect(() => report('stranger', done('sealed'))).toThrow('not its own');
        return failed(later());
      },
    });
    await settled(store, run(store, manualClock(), [probe]));
    expect(trips).toEqual([4]);
    const all = rows.map(({ id }) => store.parts.get(id)!);
    expect(all.filter(({ state }) => state === 'sealed')).toHaveLength(1);
    const waiting = all.filter(({ state }) => state === 'planned');
    expect(waiting).toHaveLength(3);
    expect(new Set(waiting.map(({ due_ms }) => due_ms)).size, 'they come back together').toBe(1);
  });

  test('a trip that throws in its middle: what was reported stays, the rest is tried again', async () => {
    const { store } = temporaryStore();
    const rows = parts(store, 'klinik', 3);
    const probe = trip(store, {
      run: async (load, { report }) => {
        report(load[0]!.id, done('sealed'));
        throw later();
      },
    });
    await settled(store, run(store, manualClock(), [probe]));
    const states = rows.map(({ id }) => store.parts.get(id)!).map(({ state, attempts }) => `${state} ${attempts}`);
    expect(states.sort()).toEqual(['planned 1', 'planned 1', 'sealed 0']);
  });
});

describe('stop and start', () => {
  test('stop frees rows without counting it as a failure, also where the kit made an error of its own of it', async () => {
    const { store } = temporaryStore();
    const rows = parts(store, 'klinik', 2);
    const probe = station(store, {
      run: ([part], { signal }) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () =>
            part!.number === 1 ? reject(signal.reason) : resolve(failed(later())),
          );
        }),
    });
    const conveyor = run(store, manualClock(), [probe]);
    await eventually(() => expect(store.parts.get(rows[1]!.id)!.owner).not.toBeNull());
    await conveyor.stop();
    for (const { id } of rows) {
      expect(store.parts.get(id)).toMatchObject({ state: 'planned', owner: null, attempts: 0, due_ms: START_MS });
    }
  });

  test('after stop nothing is begun', async () => {
    const { store } = temporaryStore();
    const work = vi.fn(() => done('sealed'));
    const conveyor = run(store, manualClock(), [station(store, { run: work })]);
    await conveyor.stop();
    parts(store, 'klinik', 1);
    conveyor.wake();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(work).not.toHaveBeenCalled();
  });

  test('rows that an earlier boot owned (kill -9) are freed', async () => {
    const { store } = temporaryStore();
    const [mine, dead] = parts(store, 'klinik', 2);
    expect(store.parts.claim('planned', 'boot-1', START_MS, [])?.id).toBeDefined();
    const owned = [mine!, dead!].find(({ id }) => store.parts.get(id)!.owner === 'boot-1')!;
    const work = vi.fn((rows: readonly PartRow[]) => done('sealed', { commit: () => void rows }));
    await settled(store, run(store, manualClock(), [station(store, { run: work })], { owner: 'boot-2' }));
    expect(work).toHaveBeenCalledTimes(2);
    expect(store.parts.get(owned.id)!.state).toBe('sealed');
  });
});

describe('F67: clocks that jump', () => {
  test.each([
    ['an hour ahead', START_MS + HOUR_MS],
    ['an hour back', START_MS - HOUR_MS],
    ['to 1970', 0],
    ['to 2038', Date.UTC(2038, 0, 19, 3, 14, 8)],
  ])('the wall clock jumps %s: nothing falls due sooner or later', async (_, wall_ms) => {
    const { store } = temporaryStore();
    const clock = manualClock();
    const [part] = parts(store, 'klinik', 1, { due_ms: START_MS + 60_000 });
    const work = vi.fn(() => done('sealed'));
    const conveyor = run(store, clock, [station(store, { run: work })]);
    clock.setWall(wall_ms);
    await settled(store, conveyor);
    clock.advance(59_000);
    await settled(store, conveyor);
    expect(work).not.toHaveBeenCalled();
    clock.advance(1_000);
    await settled(store, conveyor);
    expect(work).toHaveBeenCalledOnce();
    expect(store.parts.get(part!.id)!.moved_ms).toBe(wall_ms + 60_000);
  });

  test('at boot, due times from a clock that was years ahead are due at once; honest ones stay', async () => {
    const { store } = temporaryStore();
    const clock = manualClock();
    const [future] = parts(store, 'klinik', 1, { due_ms: Date.UTC(2038, 0, 1) });
    const [honest] = parts(store, 'praxis', 1, { due_ms: START_MS + 15 * 60_000 });
    await settled(store, run(store, clock, [station(store, { run: () => done('sealed') })]));
    expect(store.parts.get(future!.id)!.state).toBe('sealed');
    expect(store.parts.get(honest!.id)).toMatchObject({ state: 'planned', due_ms: START_MS + 15 * 60_000 });
  });

  test('a station whose rows may wait long says so', async () => {
    const { store } = temporaryStore();
    const [part] = parts(store, 'klinik', 1, { due_ms: START_MS + 300 * 24 * HOUR_MS });
    const probe = station(store, { longestWait_ms: lineLimits.longest_confirm_ms, run: () => done('sealed') });
    await settled(store, run(store, manualClock(), [probe]));
    expect(store.parts.get(part!.id)!.state).toBe('planned');
  });
});

describe('signs of life', () => {
  /** Time passes, so much more than it really does. */
  function leap(ms: number): void {
    vi.restoreAllMocks();
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + ms);
    onTestFinished(() => void vi.restoreAllMocks());
  }

  test('a station that does not look for work any more hangs; one that looks again does not', async () => {
    const { store } = temporaryStore();
    const conveyor = run(store, manualClock(), [station(store, { run: () => done('sealed') })]);
    onTestFinished(() => conveyor.stop());
    expect(conveyor.hanging()).toBeNull();
    leap(serviceLimits.idle_station_ms + 1_000);
    expect(conveyor.hanging()).toBe('probe');
    await expect.poll(conveyor.hanging).toBeNull();
  });

  test('work that does not end when it is told to hangs; long work within its time does not', async () => {
    const { store } = temporaryStore();
    parts(store, 'klinik', 1);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const work = vi.fn(() => released.then(() => done('sealed')));
    const conveyor = run(store, manualClock(), [station(store, { deadline_ms: 60_000, run: work })]);
    onTestFinished(async () => {
      release();
      await conveyor.stop();
    });
    await expect.poll(() => work.mock.calls.length).toBe(1);
    leap(serviceLimits.overrun_ms);
    await expect.poll(conveyor.hanging).toBeNull();
    leap(serviceLimits.overrun_ms + 61_000);
    // It goes on looking for other work all the while.
    await new Promise((wake) => setTimeout(wake, lineLimits.look_again_ms + 500));
    expect(conveyor.hanging()).toBe('probe');
    release();
    await expect.poll(conveyor.hanging).toBeNull();
  });
});
