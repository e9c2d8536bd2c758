import { expect, test } from 'vitest';
import { repeat } from '../../src/core/repeat.ts';
import { manualClock } from '../support/clock.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a pause before each turn, or none before the first; after the stop nothing', async () => {
  const clock = manualClock();
  const done = { soon: 0, later: 0 };
  const soon = repeat(async () => void done.soon++, { clock, pause_ms: 1_000, atOnce: true });
  const later = repeat(async () => void done.later++, { clock, pause_ms: 1_000 });
  await turn();
  expect(done).toEqual({ soon: 1, later: 0 });
  for (let n = 0; n < 3; n++) {
    clock.advance(1_000);
    await turn();
  }
  expect(done).toEqual({ soon: 4, later: 3 });
  await Promise.all([soon.stop(), later.stop()]);
  clock.advance(5_000);
  await turn();
  expect(done).toEqual({ soon: 4, later: 3 });
});

test('a turn that is under way is told to come to its end, and waited for', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events: string[] = [];
  const work = (signal: AbortSignal) => {
    signal.addEventListener('abort', () => events.push('told'));
    return promise;
  };
  const repeated = repeat(work, { clock: manualClock(), pause_ms: 1_000, atOnce: true });
  const stopping = repeated.stop().then(() => events.push('stopped'));
  await turn();
  expect(events).toEqual(['told']);
  resolve();
  await stopping;
  expect(events).toEqual(['told', 'stopped']);
});
