import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { shareLimits } from '../core/limits.ts';
import { type Engine, placeOf, type SmbShare } from './engine.ts';
import { refusal } from './status.ts';

/**
 * SMB 3 by Samba's `smbclient`, one run per operation.
 *
 * INVARIANTS
 * - Its command line holds nothing but checked names (`names.ts`) and names that we made; the local file is reached
 *   through a link of ours in a folder of ours.
 * - The password is in a file of mode 0600 that lives as long as the run, never in an argument or the environment.
 * - Every run ends: by itself, by the caller's signal, or by the deadline that the signal carries; then by SIGKILL.
 */

type Mode = 'encrypt' | 'sign';

interface Run {
  /** What it said, line by line. */
  readonly lines: readonly string[];
  /** SHA-256 and length of what it wrote to standard output: a file that was fetched. */
  readonly sha256: string;
  readonly size_bytes: number;
}

/** Is there an smbclient to run, and which? Null where there is none. */
export async function smbclientVersion(): Promise<string | null> {
  const child = spawn('smbclient', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 });
  const words = collect(child.stdout);
  try {
    const [code] = await once(child, 'close');
    return code === 0 ? words().trim().replace('Version ', '') : null;
  } catch {
    return null;
  }
}

/**
 * Logs on and finds out how the line can be protected.
 * @throws `share-away`, `share-logon-refused`, `share-missing`, `share-encryption-unavailable`, `share-password-unfit`, …
 */
export async function openSmbclient(target: SmbShare, signal: AbortSignal): Promise<Engine> {
  const where = placeOf(target);
  if (/[\x00-\x1f\x7f]|^\s|\s$/.test(target.password)) {
    throw new RohrpostError('share-password-unfit', { details: { where } });
  }
  const mode = await chooseMode(target, signal);
  const run = (commands: readonly string[], during: AbortSignal, source?: string) =>
    runOnce(target, mode, commands, during, source);

  return {
    name: 'smbclient',
    protection: mode === 'encrypt' ? 'encrypted' : 'signed',
    where,
    upload: async (source, folder, temporary, during) => {
      const folders = folder.map((_, index) => `mkdir ${quoted(folder.slice(0, index + 1))}`);
      const path = quoted([...folder, temporary]);
      const { lines } = await run([...folders, `put source ${path}`, `ls ${path}`], during, source);
      // A folder that is there already is refused in several ways; only the file tells whether that mattered.
      const ofFile = lines.filter((line) => !line.includes('making remote directory'));
      const size_bytes = sizeIn(lines, temporary);
      if (size_bytes !== null && statusError(ofFile, where) === null) return size_bytes;
      throwStatus(
        lines.filter((line) => ofFile.includes(line) || !line.includes(COLLISION)),
        where,
      );
      return -1;
    },
    rename: async (folder, from, to, during) => {
      const path = quoted([...folder, to]);
      // smbclient is silent when a rename succeeds; the listing is the word that it did.
      const { lines } = await run([`rename ${quoted([...folder, from])} ${path}`, `ls ${path}`], during);
      if (lines.some((line) => line.includes(COLLISION))) return false;
      throwStatus(lines, where);
      if (sizeIn(lines, to) === null) throw failed(where, 'no word after the rename');
      return true;
    },
    sizeOf: async (folder, name, during) => {
      const { lines } = await run([`ls ${quoted([...folder, name])}`], during);
      if (lines.some((line) => NOT_THERE.test(line))) return null;
      throwStatus(lines, where);
      return sizeIn(lines, name);
    },
    hash: async (folder, name, size_bytes, during) => {
      const got = await run([`get ${quoted([...folder, name])} -`], during);
      throwStatus(got.lines, where);
      if (got.size_bytes !== size_bytes) throw failed(where, `${got.size_bytes} of ${size_bytes} bytes read`);
      return got.sha256;
    },
    remove: async (folder, name, during) => {
      const { lines } = await run([`del ${quoted([...folder, name])}`], during);
      if (!lines.some((line) => NOT_THERE.test(line))) throwStatus(lines, where);
    },
  };
}

async function chooseMode(target: SmbShare, signal: AbortSignal): Promise<Mode> {
  const where = placeOf(target);
  const logOn = async (mode: Mode) => (await runOnce(target, mode, ['showconnect'], signal)).lines;
  if (target.encrypt !== 'off') {
    const lines = await logOn('encrypt');
    const words = lines.find((line) => line.includes(NO_ENCRYPTION));
    if (words === undefined) {
      throwStatus(lines, where);
      return 'encrypt';
    }
    if (target.encrypt === 'required') {
      throw new RohrpostError('share-encryption-unavailable', { details: { where, reason: reasonOf(words) } });
    }
  }
  throwStatus(await logOn('sign'), where);
  return 'sign';
}

async function runOnce(
  target: SmbShare,
  mode: Mode,
  commands: readonly string[],
  signal: AbortSignal,
  source?: string,
): Promise<Run> {
  signal.throwIfAborted();
  const work = await mkdtemp(join(tmpdir(), 'rohrpost-smb-'));
  try {
    await writeFile(join(work, 'logon'), logonFile(target), { mode: 0o600 });
    if (source !== undefined) await symlink(resolve(source), join(work, 'source'));
    return await execute(target, mode, commands, work, signal);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function logonFile({ user, password, domain }: SmbShare): string {
  return `username = ${user}\npassword = ${password}\n${domain === undefined ? '' : `domain = ${domain}\n`}`;
}

async function execute(target: SmbShare, mode: Mode, commands: readonly string[], work: string, signal: AbortSignal) {
  // The machine's own smb.conf must not weaken or break ours; names are looked up by DNS alone (no broadcasts).
  const settings = [
    '--configfile=/dev/null',
    '--name-resolve=host',
    '--use-kerberos=off',
    `--client-protection=${mode}`,
  ];
  const logon = [
    '--authentication-file=logon',
    `--port=${target.port}`,
    `--timeout=${shareLimits.operation_ms / 1000}`,
  ];
  const child = spawn('smbclient', ['--stderr', ...settings, ...logon, placeOf(target), '-c', commands.join(';')], {
    cwd: work,
    env: { PATH: process.env.PATH, HOME: work, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  const words = collect(child.stderr);
  const hash = createHash('sha256');
  let size_bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    size_bytes += chunk.length;
  });
  const ended = once(child, 'close');
  try {
    const [code, killed] = await ended;
    const lines = words().split('\n');
    // SIGPIPE: the server went away while we were writing.
    if (killed !== null) throw refusal('CONNECTION', placeOf(target), `smbclient ended by ${killed}`);
    const said = (word: string) => lines.some((line) => line.includes(word));
    if (code !== 0 && !said('NT_STATUS_') && !said(NO_ENCRYPTION)) throw failed(placeOf(target), lines.join(' '));
    return { lines, sha256: hash.digest('hex'), size_bytes };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new RohrpostError('share-engine-missing');
    throw error;
  }
}

/** The text of a stream; of a long one, its end. */
function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-shareLimits.words_bytes);
  });
  return () => text;
}

/** Checked segments as one argument of smbclient's own command language. */
function quoted(path: readonly string[]): string {
  return `"${path.join('\\')}"`;
}

/** Finds the size in smbclient's listing: `  name   A   12345  Sun Nov 22 09:13:34 2026`. */
function sizeIn(lines: readonly string[], name: string): number | null {
  for (const line of lines) {
    const found = /^ {2}(\S+)\s+([A-Za-z]*)\s+(\d+) {2}\w{3} \w{3}/.exec(line);
    if (found?.[1]?.toLowerCase() !== name.toLowerCase()) continue;
    return found[2]!.includes('D') ? -1 : Number(found[3]);
  }
  return null;
}

const NO_ENCRYPTION = 'Encryption required and';
const COLLISION = 'NT_STATUS_OBJECT_NAME_COLLISION';
const NOT_THERE = /NT_STATUS_(?:NO_SUCH_FILE|OBJECT_NAME_NOT_FOUND|OBJECT_PATH_NOT_FOUND)/;

function throwStatus(lines: readonly string[], where: string): void {
  const error = statusError(lines, where);
  if (error) throw error;
}

/** The first complaint among smbclient's words, as one of our errors. */
function statusError(lines: readonly string[], where: string): RohrpostError | null {
  for (const line of lines) {
    const status = /NT_STATUS_(\w+)/.exec(line)?.[1];
    if (status === undefined) continue;
    return refusal(status, where, line);
  }
  return null;
}

function failed(where: string, reason: string): RohrpostError {
  return new RohrpostError('share-failed', { details: { where, reason: reasonOf(reason) } });
}
