import { onTestFinished, vi } from 'vitest';
import { newId } from '../../src/core/ids.ts';
import { type Log, type LogFields, silentLog } from '../../src/core/log.ts';
import { type Conveyor, type Station, startConveyor, type Trip } from '../../src/line/conveyor.ts';
import type { Store } from '../../src/store/store.ts';
import type { WorkRow } from '../../src/store/work.ts';
import type { ManualClock } from './clock.ts';

/** A conveyor that tells whether one of its stations is at work. */
export type TestConveyor = Conveyor & { busy(): boolean };

/** A running conveyor over these stations, stopped when the test ends. */
export function run(
  store: Store,
  clock: ManualClock,
  // biome-ignore lint/suspicious/noExplicitAny: stations differ in their rows
  stations: readonly Station<any>[],
  o: { log?: Log; owner?: string } = {},
): TestConveyor {
  let atWork = 0;
  const counted = stations.map((station) => ({
    ...station,
    run: async (...args: Parameters<typeof station.run>) => {
      atWork++;
      try {
        return await station.run(...args);
      } finally {
        atWork--;
      }
    },
  }));
  const conveyor = startConveyor(counted, {
    clock,
    log: o.log ?? silentLog,
    owner: o.owner ?? newId(),
    transaction: (work) => store.transaction(work),
  });
  onTestFinished(() => conveyor.stop());
  return { ...conveyor, busy: () => atWork > 0 };
}

/** Lets the conveyor work until no station is busy and nothing changes any more: every due row has had its turn. */
export async function settled(store: Store, conveyor: TestConveyor): Promise<void> {
  let before = '';
  for (let same = 0; same < 2; ) {
    conveyor.wake();
    await new Promise((resolve) => setTimeout(resolve, 2));
    const now = JSON.stringify(store.overview.counts());
    same = now === before && !conveyor.busy() ? same + 1 : 0;
    before = now;
  }
}

/** Waits until `check` holds; fails with its last error after `timeout_ms`. */
export function eventually<T>(check: () => T | Promise<T>, timeout_ms = 5_000): Promise<T> {
  return vi.waitFor(check, { timeout: timeout_ms, interval: 5 });
}

/** What a station says of one row, without a conveyor. */
export function once<Row extends WorkRow>(station: Station<Row>, row: Row, trip: Partial<Trip> = {}) {
  return station.run([row], { signal: new AbortController().signal, report: () => {}, ...trip });
}

/** A log that a test can read. */
export function openTestLog(): Log & { lines: { level: string; message: string; fields: LogFields }[] } {
  const lines: { level: string; message: string; fields: LogFields }[] = [];
  const make = (base: LogFields): Log => {
    const at = (level: string) => (message: string, fields?: LogFields) => {
      lines.push({ level, message, fields: { ...base, ...fields } });
    };
    return {
      ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
      with: (fields) => make({ ...base, ...fields }),
    };
  };
  return { ...make({}), lines };
}
