import { closeSync, fdatasync } from 'node:fs';
import { promisify } from 'node:util';
import { lineLimits } from '../core/limits.ts';

const sync = promisify(fdatasync);

interface Waiting {
  fd: number;
  record: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/**
 * Makes files durable and records them, many in one round: all files that wait are flushed side by side, then one
 * transaction records them all, then everybody hears "success". Their directory entries are durable before (spare-files.ts).
 *
 * INVARIANT: `record` runs only after the file's bytes were flushed without error, and the promise resolves only after the transaction that held `record` was committed. A failed flush is never tried again: after EIO the
 * kernel may have dropped the pages (F06).
 */
export interface CommitRound {
  /**
   * Flushes and closes `fd`, then runs `record` inside the round's transaction.
   * @throws whatever the flush or `record` threw; the file is then the caller's to remove
   */
  add<T>(fd: number, record: () => T): Promise<T>;
}

export function commitRound(transaction: (work: () => void) => void): CommitRound {
  const queue: Waiting[] = [];
  let busy = false;

  const run = async () => {
    busy = true;
    while (queue.length > 0) {
      const round = queue.splice(0, lineLimits.commit_batch);
      const flushed = await Promise.allSettled(
        round.map(async ({ fd }) => {
          try {
            await sync(fd);
          } finally {
            closeSync(fd);
          }
        }),
      );
      record(round, flushed, transaction);
    }
    busy = false;
  };

  return {
    add: (fd, work) =>
      new Promise((resolve, reject) => {
        queue.push({ fd, record: work, resolve, reject });
        if (!busy) void run();
      }),
  };
}

function record(
  round: readonly Waiting[],
  flushed: readonly PromiseSettledResult<void>[],
  transaction: (work: () => void) => void,
): void {
  const answers: (() => void)[] = [];
  const recordOne = (file: Waiting, result: PromiseSettledResult<void>) => {
    if (result.status === 'rejected') {
      answers.push(() => file.reject(result.reason));
      return;
    }
    try {
      transaction(() => {
        const value = file.record() as never;
        answers.push(() => file.resolve(value));
      });
    } catch (error) {
      answers.push(() => file.reject(error));
    }
  };
  try {
    transaction(() => {
      for (const [index, file] of round.entries()) recordOne(file, flushed[index]!);
    });
  } catch (error) {
    for (const file of round) file.reject(error);
    return;
  }
  for (const answer of answers) answer();
}
