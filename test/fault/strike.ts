import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Which threads of a box: its own, the one that libuv reads and writes files in, or those that seal and open. */
export type Thread = 'main' | 'files' | 'workers';

/** What befalls a system call: the box dies before it is done, or it fails. */
export type Blow = 'signal=SIGKILL' | 'error=EIO' | 'error=ENOSPC';

export interface Strike {
  /** Ends the watching; the process goes on, if it still lives. Tells whether the blow fell. */
  end(): Promise<boolean>;
}

/** Everything by which a box makes something last, or tells somebody that it did. */
export const CALLS = [
  ...['rename', 'unlink', 'mkdir', 'openat', 'ftruncate', 'fallocate'],
  ...['fsync', 'fdatasync', 'pwrite64', 'pwritev', 'write', 'writev', 'sendto', 'sendmsg'],
] as const;
export type Call = (typeof CALLS)[number];

const ATTACH_MS = 10_000;
const END_MS = 10_000;

/**
 * Lets a blow fall on the `nth` call that a kind of thread makes from now on (strace counts for each thread on its own; a box
 * that is to be struck has one thread for files: `UV_THREADPOOL_SIZE=1`).
 */
export async function strike(pid: number, o: { thread: Thread; call: Call; nth: number; blow: Blow }): Promise<Strike> {
  const watching = await watch(await threadsOf(pid, o.thread), [
    ...['-e', `trace=${o.call}`, '-e', `inject=${o.call}:${o.blow}:when=${o.nth}`],
  ]);
  return {
    end: async () => {
      const lines = await watching.end();
      return lines.some(({ text }) => text.includes('(INJECTED)') || text.includes('+++ killed by SIGKILL'));
    },
  };
}

/** How often each kind of thread makes each of the calls while `work` goes on. */
export async function survey(pid: number, work: () => Promise<void>): Promise<Map<Thread, Map<Call, number>>> {
  const kinds = ['main', 'files', 'workers'] as const;
  const threads = new Map<number, Thread>();
  for (const kind of kinds) for (const id of await threadsOf(pid, kind)) threads.set(id, kind);
  const watching = await watch([...threads.keys()], ['-e', `trace=${CALLS.join(',')}`]);
  await work();
  const found = new Map(kinds.map((kind) => [kind, new Map<Call, number>()]));
  const perThread = new Map<number, Map<Call, number>>();
  for (const { thread, text } of await watching.end()) {
    const call = CALLS.find((name) => text.startsWith(`${name}(`));
    if (!call) continue;
    const counts = perThread.get(thread) ?? new Map<Call, number>();
    perThread.set(thread, counts.set(call, (counts.get(call) ?? 0) + 1));
  }
  // Of several threads of a kind, the one that calls most: a blow falls on whichever comes to its number first.
  for (const [thread, counts] of perThread) {
    const most = found.get(threads.get(thread)!)!;
    for (const [call, count] of counts) most.set(call, Math.max(count, most.get(call) ?? 0));
  }
  return found;
}

async function threadsOf(pid: number, thread: Thread): Promise<number[]> {
  const ids = (await readdir(`/proc/${pid}/task`)).map(Number);
  if (thread === 'main') return [pid];
  const name = { files: 'libuv-worker', workers: 'WorkerThread' }[thread];
  const named = await Promise.all(
    ids.map(async (id) => [id, (await readFile(`/proc/${pid}/task/${id}/comm`, 'utf8')).trim()] as const),
  );
  return named.filter(([id, found]) => id !== pid && found === name).map(([id]) => id);
}

interface Line {
  thread: number;
  text: string;
}

async function watch(threads: readonly number[], args: readonly string[]): Promise<{ end(): Promise<Line[]> }> {
  if (threads.length === 0) return { end: async () => [] };
  const folder = await mkdtemp(join(tmpdir(), 'rp-strike-'));
  const calls = join(folder, 'calls');
  const attach = threads.flatMap((id) => ['-p', String(id)]);
  const child = spawn('strace', ['-o', calls, ...args, ...attach], { stdio: ['ignore', 'ignore', 'pipe'] });
  await attached(child, threads.length);
  return {
    end: async () => {
      await end(child);
      const text = await readFile(calls, 'utf8');
      await rm(folder, { recursive: true, force: true });
      return text.split('\n').map((line) => lineOf(line, threads[0]!));
    },
  };
}

/** Where strace watches several, it names whose call it was. */
function lineOf(line: string, only: number): Line {
  const [, thread, text] = /^(?:(\d+)\s+)?(.*)$/.exec(line)!;
  return { thread: thread === undefined ? only : Number(thread), text: text! };
}

async function attached(child: ChildProcess, count: number): Promise<void> {
  let said = '';
  const all = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`strace did not attach: ${said}`)), ATTACH_MS);
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if ((said.match(/ attached/g)?.length ?? 0) < count) return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', () => {
      clearTimeout(late);
      reject(new Error(`strace ended: ${said}`));
    });
  });
  await all;
}

/** SIGINT lets the traced threads go on. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit', { signal: AbortSignal.timeout(END_MS) });
  child.kill('SIGINT');
  await ended.catch(() => child.kill('SIGKILL'));
}
