import { execFile } from 'node:child_process';
import { fstatSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createFile } from '../../src/core/files.ts';
import { lineLimits } from '../../src/core/limits.ts';
import { commitRound } from '../../src/outbound/commit-round.ts';
import { newItem, rawDatabase, temporaryFolder, temporaryStore } from '../support/store.ts';

function file(folder: string, name: string): number {
  const { fd } = createFile(join(folder, name));
  writeSync(fd, name);
  return fd;
}

/** A store whose outermost transactions are counted. */
function counted() {
  const { store, folder } = temporaryStore();
  let depth = 0;
  const count = { commits: 0 };
  const transaction = (work: () => void) => {
    depth++;
    try {
      store.transaction(work);
      if (depth === 1) count.commits++;
    } finally {
      depth--;
    }
  };
  return { store, folder, count, round: commitRound(transaction) };
}

const isOpen = (fd: number) => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

test('many files share one flush round and one commit, in batches of at most the limit', async () => {
  const { store, folder, count, round } = counted();
  const files = Array.from({ length: 200 }, (_, n) => ({ fd: file(folder, `f${n}`), n }));
  const ids = await Promise.all(
    files.map(({ n, fd }) => round.add(fd, () => store.items.add(newItem(null, n, { state: 'candidate' })))),
  );
  expect(new Set(ids).size).toBe(200);
  expect(count.commits).toBeGreaterThan(1);
  expect(count.commits).toBeLessThanOrEqual(2 + Math.ceil(200 / lineLimits.commit_batch));
  expect(files.some(({ fd }) => isOpen(fd))).toBe(false);
});

test('success is told only after the commit: another connection sees the row by then', async () => {
  const { store, folder, round } = counted();
  const outside = rawDatabase(folder).prepare('SELECT count(*) FROM item WHERE id = ?').pluck();
  const id = await round.add(file(folder, 'a'), () => {
    const made = store.items.add(newItem(null, 1, { state: 'candidate' }));
    expect(outside.get(made)).toBe(0);
    return made;
  });
  expect(outside.get(id)).toBe(1);
});

test('one record that fails takes nobody with it, and leaves nothing of itself', async () => {
  const { store, folder, round } = counted();
  const add = (n: number) =>
    round.add(file(folder, `f${n}`), () => {
      const id = store.items.add(newItem(null, n, { state: 'candidate' }));
      if (n === 2) throw new Error('this one not');
      return id;
    });
  const results = await Promise.allSettled([add(1), add(2), add(3)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(rawDatabase(folder).prepare('SELECT count(*) FROM item').pluck().get()).toBe(2);
});

test('a commit that fails fails all of its round, and the next round works', async () => {
  const { store, folder } = temporaryStore();
  let fail = true;
  let depth = 0;
  const round = commitRound((work) => {
    depth++;
    try {
      store.transaction(() => {
        work();
        if (depth === 1 && fail) throw new Error('database or disk is full');
      });
    } finally {
      depth--;
    }
  });
  const add = (n: number) =>
    round.add(file(folder, `f${n}`), () => store.items.add(newItem(null, n, { state: 'candidate' })));
  const results = await Promise.allSettled([add(1), add(2)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fail = false;
  await add(3);
  expect(rawDatabase(folder).prepare('SELECT count(*) FROM item').pluck().get()).toBe(1);
});

test('F06: a file that cannot be flushed is refused, never recorded and never flushed again; its fellows go on', async () => {
  const { store, folder, round } = counted();
  // fdatasync(2) of what is no file fails with EINVAL.
  const broken = openSync('/dev/null', 'w');
  let recorded = false;
  const results = await Promise.allSettled([
    round.add(broken, () => {
      recorded = true;
    }),
    round.add(file(folder, 'good'), () => store.items.add(newItem(null, 1, { state: 'candidate' }))),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(recorded).toBe(false);
});

/** Receives three files in a process of its own under strace, which can make its system calls fail. */
async function underStrace(inject: readonly string[]) {
  const folder = temporaryFolder();
  const module = (name: string) => JSON.stringify(resolve(import.meta.dirname, '../../src/outbound', name));
  const trace = join(folder, 'trace');
  const script = `
    const { writeSync } = await import('node:fs');
    const { commitRound } = await import(${module('commit-round.ts')});
    const { spareFiles } = await import(${module('spare-files.ts')});
    const recorded = [];
    const round = commitRound((work) => work());
    const spares = spareFiles(() => process.argv[1]);
    const add = async (name) => {
      const { fd } = spares.take();
      writeSync(fd, name);
      return round.add(fd, () => { recorded.push(name); writeSync(2, 'RECORD ' + name); });
    };
    const results = await Promise.allSettled(['a', 'b', 'c'].map(add));
    await spares.close();
    console.log(JSON.stringify({ results: results.map((r) => r.reason?.code ?? r.status), recorded }));`;
  const args = ['-f', '-qq', '-o', trace, '-e', 'trace=fsync,fdatasync,write', ...inject];
  // strace counts calls by thread: one thread makes "the first" the first.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
  const node = [process.execPath, '--input-type=module', '-e', script, folder];
  const { stdout } = await promisify(execFile)('strace', [...args, ...node], { env });
  return { ...JSON.parse(stdout), trace: await readFile(trace, 'utf8') } as {
    results: string[];
    recorded: string[];
    trace: string;
  };
}

test('F06: fdatasync gives EIO: that file is refused and not flushed a second time', async () => {
  const { results, recorded, trace } = await underStrace(['-e', 'inject=fdatasync:error=EIO:when=1']);
  expect(results.filter((result) => result === 'EIO')).toHaveLength(1);
  expect(recorded).toHaveLength(2);
  expect(trace.match(/fdatasync\(/g)).toHaveLength(3);
});

test('F06: fsync of the folder gives EIO: no file of that flush is handed out', async () => {
  const { results, recorded } = await underStrace(['-e', 'inject=fsync:error=EIO:when=1']);
  expect(results).toEqual(['EIO', 'fulfilled', 'fulfilled']);
  expect(recorded).toEqual(['b', 'c']);
});

test('a row is written only after its file and its folder were flushed', async () => {
  const { trace } = await underStrace([]);
  const lines = trace.split('\n');
  const firstRecord = lines.findIndex((line) => line.includes('RECORD a'));
  const before = lines.slice(0, firstRecord).join('\n');
  expect(firstRecord).toBeGreaterThan(0);
  expect(before).toMatch(/fdatasync/);
  expect(before).toMatch(/\bfsync/);
});
