import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readPart10 } from '../../src/dicom/part10.ts';
import { freePort } from './ports.ts';

// DCMTK's command-line tools as peers.

const DEADLINE_MS = 60_000;

export interface ToolRun {
  code: number | string;
  /** Standard output and error together. */
  output: string;
}

export interface PeerOptions {
  host?: string;
  port: number;
  calledAe?: string;
  callingAe?: string;
  /** Further arguments, put first: `['+tla', '-ic']` for TLS without certificates. */
  args?: readonly string[];
  timeout_ms?: number;
  /** DCMTK leaves Nagle's algorithm on, which costs 40 ms an object; tests do without unless they want it. */
  nagle?: boolean;
  /** Give back a failed run instead of throwing. */
  mayFail?: boolean;
}

/** storescu sends a file in its own transfer syntax only when told to propose it. */
const PROPOSE: Readonly<Record<string, string>> = {
  '1.2.840.10008.1.2': '-xi',
  '1.2.840.10008.1.2.1': '-xe',
  '1.2.840.10008.1.2.1.99': '-xd',
  '1.2.840.10008.1.2.2': '-xb',
  '1.2.840.10008.1.2.4.50': '-xy',
  '1.2.840.10008.1.2.4.51': '-xx',
  '1.2.840.10008.1.2.4.70': '-xs',
  '1.2.840.10008.1.2.4.80': '-xt',
  '1.2.840.10008.1.2.4.81': '-xu',
  '1.2.840.10008.1.2.4.90': '-xv',
  '1.2.840.10008.1.2.4.91': '-xw',
  '1.2.840.10008.1.2.5': '-xr',
};

/** Whether storescu can send files of this transfer syntax as they are. */
export function storescuKnows(transferSyntaxUid: string): boolean {
  return transferSyntaxUid in PROPOSE;
}

/**
 * Sends files with storescu, one association per transfer syntax. Note that DCMTK parses and writes data sets anew: what
 * travels may differ from the file (compare with what `startStorescp` receives). Files that DCMTK cannot read whole it
 * leaves out without failing, unless there are no others.
 */
export async function storescu(options: PeerOptions & { files: readonly string[] }): Promise<ToolRun> {
  const groups = new Map<string, string[]>();
  for (const file of options.files) {
    const { transferSyntaxUid } = await readPart10(file);
    const option = PROPOSE[transferSyntaxUid];
    if (option === undefined) throw new Error(`storescu cannot send ${transferSyntaxUid}: ${file}`);
    groups.set(option, [...(groups.get(option) ?? []), file]);
  }
  const runs: ToolRun[] = [];
  for (const [option, files] of groups) runs.push(await runPeer('storescu', ['-R', option], options, files));
  const failed = runs.find(({ code }) => code !== 0);
  return { code: failed?.code ?? 0, output: runs.map(({ output }) => output).join('') };
}

/** C-ECHO by echoscu. */
export function echoscu(options: PeerOptions): Promise<ToolRun> {
  return runPeer('echoscu', [], options);
}

/** A file in words. */
export async function dcmdump(path: string): Promise<string> {
  return (await runTool('dcmdump', [path])).output;
}

export interface Storescp {
  readonly port: number;
  readonly ae: string;
  readonly folder: string;
  /** Paths of what was received, in no order. */
  files(): Promise<string[]>;
  /** The received file of an instance, or undefined. */
  find(sopInstanceUid: string): Promise<string | undefined>;
  /** Forgets what was received. */
  clear(): Promise<void>;
  output(): string;
  /** Ends it; what it received stays, for another on the same folder. */
  pause(): Promise<void>;
  /** Ends it; what it received goes. */
  stop(): Promise<void>;
}

/**
 * A storescp that keeps the bytes as they come, takes every transfer syntax it knows and unknown SOP classes too.
 * @param options.args replaces `['+B', '-pm', '+xa']`
 * @param options.folder of one that was paused
 */
export async function startStorescp(
  options: { ae?: string; port?: number; args?: readonly string[]; folder?: string } = {},
): Promise<Storescp> {
  const received = options.folder ?? join(await mkdtemp(join(tmpdir(), 'storescp-')), 'received');
  await mkdir(received, { recursive: true });
  const ae = options.ae ?? 'STORESCP';
  const port = options.port ?? (await freePort());
  const args = [...(options.args ?? ['+B', '-pm', '+xa']), '-aet', ae, '-pdu', '131072', '-od', received, String(port)];
  const child = spawn('storescp', args, { env: environment(false), stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const exited = once(child, 'exit');
  const files = async () => (await readdir(received)).map((name) => join(received, name));
  const pause = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const stop = async () => {
    await pause();
    await rm(dirname(received), { recursive: true, force: true });
  };
  await listening(port, child).catch(async (error: unknown) => {
    await stop();
    throw new Error(`storescp did not start: ${output()}`, { cause: error });
  });
  return {
    port,
    ae,
    folder: received,
    files,
    find: async (uid) => (await files()).find((path) => path.endsWith(`.${uid}`)),
    clear: async () => {
      for (const path of await files()) await rm(path);
    },
    output,
    pause,
    stop,
  };
}

/** Waits until something listens on a loopback port; throws when the process ends first or the deadline passes. */
export async function listening(port: number, child: ChildProcess, timeout_ms = 20_000): Promise<void> {
  const deadline = performance.now() + timeout_ms;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the process ended');
    const socket = connect({ host: '127.0.0.1', port });
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isUp) return;
    await delay(30);
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function runPeer(
  tool: string,
  toolArgs: readonly string[],
  options: PeerOptions,
  files: readonly string[] = [],
): Promise<ToolRun> {
  const { host = '127.0.0.1', port, calledAe = 'ANY-SCP', callingAe = 'DCMTK', args = [] } = options;
  const titles = ['-aec', calledAe, '-aet', callingAe];
  const run = await runTool(tool, [...args, ...toolArgs, ...titles, host, String(port), ...files], options);
  if (run.code !== 0 && !options.mayFail) throw new Error(`${tool} ended with ${run.code}: ${run.output}`);
  return run;
}

/** Runs one of DCMTK's tools to its end. */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: { timeout_ms?: number; nagle?: boolean } = {},
): Promise<ToolRun> {
  const child = spawn(tool, args, {
    env: environment(options.nagle ?? false),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeout_ms ?? DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const output = collect(child);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  return { code, output: output() };
}

function environment(nagle: boolean): NodeJS.ProcessEnv {
  return nagle ? process.env : { ...process.env, TCP_NODELAY: '1' };
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
