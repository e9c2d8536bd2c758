import { spawn } from 'node:child_process';

/** Debian's Python, which has pydicom and the standard email package; not whatever PATH finds first. */
const PYTHON = '/usr/bin/python3';

export interface PythonOptions {
  args?: readonly string[];
  /** Given on standard input. */
  input?: string | Uint8Array;
  timeout_ms?: number;
}

/** Runs a Python script and gives back its standard output; throws with its standard error when it fails. */
export async function python(script: string, options: PythonOptions = {}): Promise<Buffer> {
  const child = spawn(PYTHON, ['-I', '-c', script, ...(options.args ?? [])], { timeout: options.timeout_ms ?? 30_000 });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  if (status !== 0) throw new Error(`Python ended with ${status}: ${Buffer.concat(err)}`);
  return Buffer.concat(out);
}

/** As `python`, for a script that prints JSON. */
export async function pythonJson<T>(script: string, options: PythonOptions = {}): Promise<T> {
  return JSON.parse((await python(script, options)).toString()) as T;
}
