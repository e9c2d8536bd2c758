import { spawn } from 'node:child_process';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { RohrpostError, reasonOf } from '../../core/errors.ts';

export interface Ended {
  /** Null: ended by a signal. */
  status: number | null;
  out: string;
  err: string;
}

export interface RunOptions {
  within_ms?: number;
  input?: string;
  /** Each line of standard output as it comes. */
  onLine?(line: string): void;
  /** Aborted, the program is ended. */
  signal?: AbortSignal | undefined;
  /** An open file that the program gets as its descriptor 3. */
  fd?: number;
}

/** Nothing of ours is handed on: what a program is told stands in its arguments. */
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

/**
 * Runs a program by its full path, without a shell, and gives back how it ended, whatever that was.
 * @throws RohrpostError appliance-failed: it cannot be started, or says too much; timed-out; stopped
 */
export function run(program: string, args: readonly string[], o: RunOptions = {}): Promise<Ended> {
  const within_ms = o.within_ms ?? limits.program_ms;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: ENVIRONMENT,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'pipe', ...(o.fd === undefined ? [] : [o.fd])],
    });
    let failure: RohrpostError | null = null;
    const end = (error: RohrpostError) => {
      failure ??= error;
      child.kill('SIGKILL');
      // A grandchild may hold the pipes open; nobody waits for it.
      for (const stream of [child.stdout, child.stderr]) stream!.destroy();
    };
    const what = `${program.slice(program.lastIndexOf('/') + 1)} ${args[0] ?? ''}`.trim();
    const timer = setTimeout(() => {
      end(new RohrpostError('timed-out', { details: { timeout_ms: within_ms, what } }));
    }, within_ms);
    const onAbort = () => end(new RohrpostError('stopped'));
    if (o.signal?.aborted) onAbort();
    o.signal?.addEventListener('abort', onAbort, { once: true });
    const tooMuch = () => end(failed(`${what} says too much`));
    const out = collect(child.stdout!, tooMuch, o.onLine);
    const err = collect(child.stderr!, tooMuch);
    child.stdin!.on('error', () => {}); // It need not read what it is told.
    child.stdin!.end(o.input ?? '');
    child.once('error', (error) => end(failed(`${what}: ${reasonOf(error)}`)));
    child.once('close', (status) => {
      clearTimeout(timer);
      o.signal?.removeEventListener('abort', onAbort);
      if (failure) reject(failure);
      else resolve({ status, out: out(), err: err() });
    });
  });
}

/**
 * The same for a program that must succeed.
 * @throws RohrpostError as `run`, and appliance-failed with the program's own words
 */
export async function runWell(program: string, args: readonly string[], o: RunOptions = {}): Promise<string> {
  const { status, out, err } = await run(program, args, o);
  if (status === 0) return out;
  throw failed(lastWords(err) || lastWords(out) || `${program} ${args[0] ?? ''}: ${status ?? 'ended by a signal'}`);
}

/** The last line that says something. */
export function lastWords(text: string): string {
  return reasonOf(text.trim().split('\n').at(-1) ?? '');
}

export const failed = (reason: string) => new RohrpostError('appliance-failed', { details: { reason } });

function collect(stream: NodeJS.ReadableStream, tooMuch: () => void, onLine?: (line: string) => void): () => string {
  let text = '';
  let told = 0;
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > limits.output_bytes) tooMuch();
    for (let at = text.indexOf('\n', told); onLine && at >= 0; at = text.indexOf('\n', told)) {
      onLine(text.slice(told, at));
      told = at + 1;
    }
  });
  return () => text;
}
