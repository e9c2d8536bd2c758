import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Something the demo cannot go on without, in words that say what to do about it. */
export class DemoError extends Error {}

/** A process that the demo started, with its own log file. */
export interface Servant {
  name: string;
  logPath: string;
  process: ChildProcess;
}

/** DCMTK leaves Nagle's algorithm on, which costs 40 ms an image on loopback; this turns it off. */
const DCMTK_ENV = { ...process.env, TCP_NODELAY: '1' };
const STOP_MS = 10_000;

/**
 * The temporary folder of a demo and every process it starts: ended together, and nothing else.
 *
 * The processes stand outside the terminal's process group: Ctrl-C reaches the demo alone, which then ends them in order.
 */
export class Household {
  readonly folder: string;
  readonly signal: AbortSignal;
  private readonly servants: Servant[] = [];
  private readonly errands = new Set<ChildProcess>();

  private constructor(folder: string, signal: AbortSignal) {
    this.folder = folder;
    this.signal = signal;
  }

  static async open(signal: AbortSignal): Promise<Household> {
    return new Household(await mkdtemp(join(tmpdir(), 'rohrpost-demo-')), signal);
  }

  /** Starts a process that stays until the end. */
  start(name: string, command: string, args: readonly string[]): Servant {
    const logPath = join(this.folder, `${name}.log`);
    const log = openSync(logPath, 'a');
    const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true, env: DCMTK_ENV });
    closeSync(log);
    child.once('error', () => {}); // seen by `checkAlive`
    const servant = { name, logPath, process: child };
    this.servants.push(servant);
    return servant;
  }

  /** Runs a command to its end. @throws DemoError with the last lines of its output when it fails or takes too long */
  async run(command: string, args: readonly string[], within_ms: number): Promise<void> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: DCMTK_ENV, detached: true });
    this.errands.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-4_000);
      });
    }
    const end = (reason: string) => () => {
      output += `\n(${reason})`;
      child.kill('SIGKILL');
    };
    const late = setTimeout(end(`ended after ${within_ms / 1000} s`), within_ms);
    const interrupted = end('interrupted');
    this.signal.addEventListener('abort', interrupted);
    const code = await new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', resolve);
    });
    clearTimeout(late);
    this.errands.delete(child);
    this.signal.removeEventListener('abort', interrupted);
    this.signal.throwIfAborted();
    if (code !== 0) throw new DemoError(`${command} failed (${code}):\n${output.trim()}`);
  }

  /** Waits until something takes connections at this loopback port. */
  async answers(servant: Servant, port: number, within_ms = 20_000): Promise<void> {
    for (const deadline = performance.now() + within_ms; !(await takesConnections(port)); ) {
      this.checkAlive();
      if (performance.now() > deadline) throw new DemoError(`${servant.name} does not answer:\n${lastLines(servant)}`);
      await delay(50, undefined, { signal: this.signal });
    }
  }

  /** @throws DemoError when a process that should run has ended */
  checkAlive(): void {
    for (const servant of this.servants) {
      const { pid, exitCode, signalCode } = servant.process;
      if (pid !== undefined && exitCode === null && signalCode === null) continue;
      throw new DemoError(`${servant.name} ended by itself (${exitCode ?? signalCode}):\n${lastLines(servant)}`);
    }
  }

  /** Ends all processes and removes the folder. */
  async end(): Promise<void> {
    for (const child of this.errands) child.kill('SIGKILL');
    await Promise.all(this.servants.splice(0).map(endOf));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Leaves everything running; gives back the command that ends it. */
  leave(): string {
    const stopPath = join(this.folder, 'stop');
    const pids = this.servants.flatMap(({ process: child }) => child.pid ?? []).join(' ');
    // A process id may belong to somebody else by then: only one whose command line names our folder is ended.
    writeFileSync(
      stopPath,
      `cd /
for pid in ${pids}; do
  grep -qsF '${this.folder}' "/proc/$pid/cmdline" && kill "$pid"
done
sleep 2
rm -rf '${this.folder}'
`,
    );
    for (const { process: child } of this.servants) child.unref();
    return `sh ${stopPath}`;
  }
}

/** Whether a program is on the PATH. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function endOf({ process: child }: Servant): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(late);
}

/** The end of a servant's log, warnings and errors first of all. */
export function lastLines({ logPath }: Servant): string {
  const lines = readFileSync(logPath, 'utf8').trimEnd().split('\n');
  const notable = lines.filter((line) => !line.includes('"level":"info"'));
  return (notable.length > 0 ? notable : lines).slice(-20).join('\n');
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
