import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RohrpostError } from '../core/errors.ts';
import { hashFile } from '../core/files.ts';
import { sha256 } from '../core/ids.ts';
import { shareLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { type Engine, type FolderShare, type Protection, placeOf, type SmbShare } from './engine.ts';
import { openFolder } from './folder.ts';
import { assertSafe, numbered } from './names.ts';
import { openSmb2 } from './smb2.ts';
import { openSmbclient, smbclientVersion } from './smbclient.ts';

/** A file to be put on a share. Folder and name must be safe (`layout`). */
export interface ShareFile {
  /** Path of the local file. */
  readonly source: string;
  readonly folder: readonly string[];
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface Put {
  /** `identical`: the very file was there already; `renamed`: another file had the name, both are there now (F66). */
  readonly outcome: 'written' | 'identical' | 'renamed';
  readonly name: string;
}

/**
 * A place for files: a folder or an SMB share.
 *
 * INVARIANTS
 * - A file has its final name only when it is there whole; what a broken transfer leaves has a name of ours
 *   (`.rohrpost-….part`) and is replaced by the next try.
 * - A file that someone else put there is never overwritten.
 */
export interface Share {
  readonly engine: string;
  /** How the way to it is protected; shown to users. */
  readonly protection: Protection;
  /**
   * @throws `share-away`, `share-full`, `share-denied`, `share-not-verified`, … and `share-source-changed` when the local
   * file is no longer what was taken in; the signal's reason when it aborts
   */
  put(file: ShareFile, signal?: AbortSignal): Promise<Put>;
  /** Writes a small text under a name of its own, replacing an earlier one: "this study is complete". */
  putMarker(folder: readonly string[], name: string, text: string, signal?: AbortSignal): Promise<void>;
  /** Writes a probe, reads it back and removes it; the words are for people. */
  test(signal?: AbortSignal): Promise<{ words: string }>;
  /** Ends the use of the share. No connection is kept between two calls, so nothing can fail here. */
  close(): Promise<void>;
}

export interface ShareOptions {
  readonly log: Log;
  /** How long the first log-on may take. */
  readonly connect_ms?: number;
}

/** Whether SMB 3 can be spoken on this machine. */
export async function smbclientAvailable(): Promise<boolean> {
  return (await smbclientVersion()) !== null;
}

/**
 * Opens a share: chooses the engine and logs on once.
 * @throws `share-engine-missing`, `share-encryption-unavailable`, and what the engines throw when they log on
 */
export async function openShare(target: FolderShare | SmbShare, options: ShareOptions): Promise<Share> {
  const engine =
    target.kind === 'folder' ? openFolder(target) : await openSmb(target, options.connect_ms ?? shareLimits.connect_ms);
  options.log.debug('share opened', { engine: engine.name, protection: engine.protection });
  return {
    engine: engine.name,
    protection: engine.protection,
    put: (file, signal) =>
      bounded(engine.where, timeFor(file.sizeBytes), signal, (during) => put(engine, file, during)),
    putMarker: (folder, name, text, signal) =>
      bounded(engine.where, timeFor(text.length), signal, (during) => putMarker(engine, folder, name, text, during)),
    test: (signal) => bounded(engine.where, timeFor(0), signal, (during) => probe(engine, during)),
    close: async () => {},
  };
}

async function openSmb(target: SmbShare, connect_ms: number): Promise<Engine> {
  const where = placeOf(target);
  const available = await smbclientAvailable();
  if (target.engine === 'smbclient' && !available) throw new RohrpostError('share-engine-missing');
  const open = available && target.engine !== 'node-smb2' ? openSmbclient : openSmb2;
  if (open === openSmbclient || target.encrypt !== 'required') {
    return bounded(where, connect_ms, undefined, (during) => open(target, during));
  }
  const details = { where, reason: 'node-smb2: SMB 2.1' };
  throw new RohrpostError('share-encryption-unavailable', { details });
}

async function put(engine: Engine, file: ShareFile, signal: AbortSignal): Promise<Put> {
  const { folder, name } = file;
  assertSafe(folder, name);
  if ((await hashFile(file.source)) !== file.sha256) throw new RohrpostError('share-source-changed');
  // The same content for the same name gets the same temporary name: a further try replaces what an earlier one left.
  const temporary = `.rohrpost-${sha256(`${file.sha256} ${name}`).slice(0, 24)}.part`;
  try {
    await uploadVerified(engine, file, temporary, signal);
    for (let n = 1; n <= shareLimits.names; n++) {
      const candidate = numbered(name, n);
      if (await engine.rename(folder, temporary, candidate, signal)) {
        return { outcome: n === 1 ? 'written' : 'renamed', name: candidate };
      }
      if (!(await holds(engine, candidate, file, signal))) continue;
      await engine.remove(folder, temporary, signal);
      return { outcome: 'identical', name: candidate };
    }
    throw new RohrpostError('share-names-exhausted', { details: { where: engine.where, count: shareLimits.names } });
  } catch (error) {
    await tidyUp(engine, folder, temporary, error);
    throw error;
  }
}

async function uploadVerified(engine: Engine, file: ShareFile, temporary: string, signal: AbortSignal): Promise<void> {
  const { source, folder, sizeBytes } = file;
  const found_bytes = await engine.upload(source, folder, temporary, signal);
  // Where nothing vouches for the bytes on their way, they are read back.
  const whole =
    found_bytes === sizeBytes &&
    (engine.protection !== 'none' || (await engine.hash(folder, temporary, sizeBytes, signal)) === file.sha256);
  if (whole) return;
  const details = { where: engine.where, expected_bytes: sizeBytes, found_bytes };
  throw new RohrpostError('share-not-verified', { details });
}

/** Is the file of that name the very one we bring? */
async function holds(engine: Engine, name: string, file: ShareFile, signal: AbortSignal): Promise<boolean> {
  if ((await engine.sizeOf(file.folder, name, signal)) !== file.sizeBytes) return false;
  return (await engine.hash(file.folder, name, file.sizeBytes, signal)) === file.sha256;
}

/** Removes a temporary file after a failure, where the share can still be reached at all. */
async function tidyUp(engine: Engine, folder: readonly string[], temporary: string, error: unknown): Promise<void> {
  if (error instanceof RohrpostError && error.code === 'share-away') return;
  await engine.remove(folder, temporary, AbortSignal.timeout(shareLimits.connect_ms)).catch(() => {});
}

async function putMarker(
  engine: Engine,
  folder: readonly string[],
  name: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  assertSafe(folder, name);
  const temporary = `.rohrpost-${sha256(name).slice(0, 24)}.part`;
  await withLocalFile(Buffer.from(text), async (file) => {
    await uploadVerified(engine, { ...file, folder, name }, temporary, signal);
    if (await engine.rename(folder, temporary, name, signal)) return;
    await engine.remove(folder, name, signal);
    if (!(await engine.rename(folder, temporary, name, signal))) {
      throw new RohrpostError('share-failed', {
        details: { where: engine.where, reason: `${name} cannot be replaced` },
      });
    }
  });
}

async function probe(engine: Engine, signal: AbortSignal): Promise<{ words: string }> {
  const name = `.rohrpost-${randomBytes(6).toString('hex')}.probe`;
  return withLocalFile(randomBytes(4096), async (file) => {
    await uploadVerified(engine, { ...file, folder: [], name }, name, signal);
    const hash = await engine.hash([], name, file.sizeBytes, signal);
    await engine.remove([], name, signal);
    if (hash !== file.sha256) {
      const details = { where: engine.where, expected_bytes: file.sizeBytes, found_bytes: file.sizeBytes };
      throw new RohrpostError('share-not-verified', { details });
    }
    const version = engine.name === 'smbclient' ? ` ${await smbclientVersion()}` : '';
    return { words: `${engine.where}: written, read back, removed (${engine.name}${version}, ${engine.protection})` };
  });
}

type LocalFile = Pick<ShareFile, 'source' | 'sizeBytes' | 'sha256'>;

async function withLocalFile<T>(bytes: Buffer, work: (file: LocalFile) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'rohrpost-share-'));
  try {
    const source = join(folder, 'source');
    await writeFile(source, bytes, { mode: 0o600 });
    return await work({ source, sizeBytes: bytes.length, sha256: sha256(bytes) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What an operation may take at the slowest rate that we put up with. */
function timeFor(size_bytes: number): number {
  return Math.ceil(shareLimits.operation_ms + (size_bytes / shareLimits.min_rate_bytes_per_s) * 1000);
}

/**
 * Gives `work` a signal that aborts with the caller's or when the time is over. Whatever an engine throws because of it,
 * the caller sees the reason itself.
 */
async function bounded<T>(
  where: string,
  timeout_ms: number,
  signal: AbortSignal | undefined,
  work: (during: AbortSignal) => Promise<T>,
): Promise<T> {
  const clock = AbortSignal.timeout(timeout_ms);
  try {
    return await work(AbortSignal.any([clock, ...(signal ? [signal] : [])]));
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (clock.aborted) throw new RohrpostError('timed-out', { cause: error, details: { timeout_ms, what: where } });
    throw error;
  }
}
