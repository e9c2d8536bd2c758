import { setTimeout as delay } from 'node:timers/promises';
import { answering } from '../../src/workers/pool.ts';

/** Jobs that go wrong as no real one should; they have the names of real ones, so that the real pool runs them. */

/** Takes memory until there is none. */
export const seal = () =>
  answering(async () => {
    const kept: object[] = [];
    for (;;) kept.push(Array.from({ length: 1_000 }, (_, n) => ({ n })));
  });

/** Never ends, and never lets its thread do anything else. */
export const open = () =>
  answering(async () => {
    for (;;) Math.random();
  });

/** Answers, and throws when nobody listens any more. */
export const unpack = () =>
  answering(async () => {
    setTimeout(() => {
      throw new Error('too late');
    }, 20);
    return 'done';
  });

/** As it should be; takes long enough for what an earlier job left behind to come in between. */
export const survey = (job: number) =>
  answering(async () => {
    await delay(50);
    return job + 1;
  });
