import { Worker } from 'node:worker_threads';
import type { StateCount } from './overview.ts';

const DEADLINE_MS = 30_000;

/**
 * How many rows of each table are in which state, read in a thread of its own: over millions of rows that takes seconds, in
 * which the box must go on.
 * @throws what SQLite throws, and an error after 30 seconds
 */
export async function countRows(folder: string): Promise<StateCount[]> {
  const worker = new Worker(new URL('./counting-thread.ts', import.meta.url), { workerData: folder });
  try {
    return await new Promise<StateCount[]>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('counting took too long')), DEADLINE_MS);
      worker.once('message', resolve).once('error', reject);
      worker.once('exit', () => {
        clearTimeout(late);
        reject(new Error('counting ended early'));
      });
    });
  } finally {
    await worker.terminate();
  }
}
