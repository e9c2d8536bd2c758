import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorkers, type WorkerPool } from '../../src/workers/pool.ts';

/** The pool of the box with jobs that go wrong; this process is the box's main one, and must live. */

let pool: WorkerPool;
const never = new AbortController().signal;
const good = (n: number) => pool.run<number, number>('survey', n, never);

beforeEach(() => {
  pool = openWorkers(1, new URL('./stuck-jobs.ts', import.meta.url));
});
afterEach(() => pool.close());

describe('F27', () => {
  test('a thread runs out of memory: a code that is tried again, and the next job is done', {
    timeout: 60_000,
  }, async () => {
    await expect(pool.run('seal', {}, never)).rejects.toMatchObject({ code: 'worker-died', retry: 'later' });
    expect(await good(1)).toBe(2);
  });

  test('a thread that hangs is ended by the deadline, and the next job is done', async () => {
    const deadline = AbortSignal.timeout(500);
    await expect(pool.run('open', {}, deadline)).rejects.toThrow();
    expect(deadline.aborted).toBe(true);
    expect(await good(1)).toBe(2);
  });

  test('jobs that wait behind one that dies, or hangs, have their turn', { timeout: 30_000 }, async () => {
    const hung = pool.run('open', {}, AbortSignal.timeout(500)).catch((error) => error);
    const waiting = [good(1), good(2)];
    expect(await hung).toBeInstanceOf(Error);
    expect(await Promise.all(waiting)).toEqual([2, 3]);
    const dead = pool.run('seal', {}, never).catch((error) => error.code);
    const behind = [good(3), good(4)];
    expect(await dead).toBe('worker-died');
    expect(await Promise.all(behind)).toEqual([4, 5]);
  });

  test('what a thread throws after its answer costs it the job it has then, which is tried again, and never the process', async () => {
    expect(await pool.run('unpack', {}, never)).toBe('done');
    // A thread without a job stands still: what it throws comes with the next one.
    await expect(good(1)).rejects.toMatchObject({ code: 'worker-died', retry: 'later' });
    expect(await good(1)).toBe(2);
  });
});
