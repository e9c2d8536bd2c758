import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../src/cli/program.ts';

/** The command line, in this process (quick) or as a process of its own, as people and services start it. */

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const DEADLINE_MS = 60_000;

export interface CommandRun {
  code: number | NodeJS.Signals;
  out: string;
  err: string;
}

export interface CommandOptions {
  input?: string;
  env?: Record<string, string>;
}

/** An environment in which nothing of the machine's own language or box shows. */
function environment(env: Record<string, string> = {}) {
  return { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', TZ: 'Europe/Berlin', ...env };
}

/** Does what `rohrpost ARGS` does, and gives back what came, whatever the exit code. */
export async function rohrpost(args: readonly string[], o: CommandOptions = {}): Promise<CommandRun> {
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err') => ({
    write: (text: string | Uint8Array) => {
      texts[name] += text;
      return true;
    },
  });
  const stdin = Readable.from([Buffer.from(o.input ?? '')]) as unknown as NodeJS.ReadStream;
  const code = await runCli(args, { env: environment(o.env), stdin, stdout: sink('out'), stderr: sink('err') });
  return { code, ...texts };
}

/** Runs `rohrpost ARGS` as a process to its end. */
export async function rohrpostProcess(args: readonly string[], o: CommandOptions = {}): Promise<CommandRun> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment(o.env), timeout: DEADLINE_MS });
  const texts = collect(child);
  child.stdin!.on('error', () => {});
  child.stdin!.end(o.input ?? '');
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals];
  return { code: code ?? signal, ...texts };
}

export interface RunningBox {
  readonly child: ChildProcess;
  readonly ports: { dicom: number; smtp?: number };
  /** The log so far. */
  log(): string;
  /** Sends a signal and gives back the exit code, or the signal that ended it. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** Starts `rohrpost run` and waits until its doors are open. */
export async function startRun(folder: string): Promise<RunningBox> {
  const child = spawn(process.execPath, [MAIN, 'run', '--web', '127.0.0.1:0', '--data', folder], {
    env: environment(),
  });
  const texts = collect(child);
  const closed = once(child, 'close');
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.kill(signal);
    const [code, by] = (await closed) as [number | null, NodeJS.Signals];
    clearTimeout(deadline);
    return code ?? by;
  };
  for (const until = Date.now() + DEADLINE_MS; Date.now() < until; await new Promise((wake) => setTimeout(wake, 50))) {
    const ready = texts.err.split('\n').find((line) => line.includes('"box ready"'));
    if (ready) return { child, ports: JSON.parse(ready) as RunningBox['ports'], log: () => texts.err, end };
    if (child.exitCode !== null) break;
  }
  await end('SIGKILL');
  throw new Error(`the box did not start: ${texts.err}`);
}

function collect(child: ChildProcess): { out: string; err: string } {
  const texts = { out: '', err: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    texts.out += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    texts.err += text;
  });
  return texts;
}
