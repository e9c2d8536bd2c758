import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asRohrpostError, RohrpostError } from './errors.ts';
import { newId } from './ids.ts';

/** Makes the bytes of a file durable (fsync(2)); its name is the folder's to keep. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the directory entries of a folder durable (fsync(2) on the directory itself). */
export const syncFolder: (folder: string) => Promise<void> = syncFile;

/** The same at once, for the few who cannot wait. */
export function syncFolderNow(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes a folder, its parents, and the entry in its parent durable. */
export async function makeFolder(folder: string, mode = 0o700): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** The same at once, for a folder that is nearly always there already. */
export function makeFolderSync(folder: string, mode = 0o700): void {
  const first = mkdirSync(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolderNow(dirname(made));
}

/** A file that was just made, open for writing; who holds it closes it. */
export interface NewFile {
  readonly path: string;
  readonly fd: number;
}

/** Makes a file, which must not exist, readable for us alone. @throws what open(2) gives */
export function createFile(path: string): NewFile {
  return { path, fd: openSync(path, 'wx', 0o600) };
}

/**
 * Writes a file so that after a crash it is there whole or not at all: temporary name in the same folder, write, fsync,
 * rename, fsync of the folder. A file of that name is replaced.
 */
export async function writeDurably(
  path: string,
  content: string | Uint8Array | ((file: FileHandle) => Promise<void>),
  mode = 0o600,
): Promise<void> {
  const temporary = `${path}.${newId()}.tmp`;
  const handle = await open(temporary, 'wx', mode);
  try {
    if (typeof content === 'function') await content(handle);
    else await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    await rename(temporary, path);
  } catch (error) {
    await handle.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Removes a file; one that is not there is fine. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Removes the files of a folder whose names begin so: what a thread left that was ended in the middle of its writing (F27). */
export async function removeBeginningWith(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.startsWith(prefix)) await removeFile(join(folder, name));
}

/** Lower-case hex SHA-256 of a file's bytes from `start` (0 by default) to its end, streamed. */
export async function hashFile(path: string, start = 0): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** Bytes of the file system that holds `path` which an ordinary process may still write. */
export async function freeBytes(path: string): Promise<number> {
  const stat = await statfs(path);
  return stat.bavail * stat.bsize;
}

/** A file's bytes as one-megabyte buffers, for pipelines that must not hold it in memory. */
export function readChunks(path: string, start = 0): AsyncIterable<Buffer> {
  return createReadStream(path, { start, highWaterMark: 1 << 20 });
}

const FULL = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'];

/** A failed operation on a file, or of a database on its file, under our codes: the disk is full, which passes, or it is broken. */
export function diskError(thrown: unknown): RohrpostError {
  const { code } = thrown as NodeJS.ErrnoException;
  if (!FULL.includes(code ?? '')) return asRohrpostError(thrown, 'disk-error');
  return new RohrpostError('disk-full', { cause: thrown, details: { free_bytes: 0 } });
}

/** Whether an error of ours is the disk's: it says nothing of what lies there. */
export function isDiskError(error: unknown): boolean {
  return error instanceof RohrpostError && (error.code === 'disk-error' || error.code === 'disk-full');
}

/** What reading gives; null where there is no such file or folder. A file that cannot be read is another matter. */
export function ifThere<T>(reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

/** Whether it is the disk that failed, not what was asked of it. */
export function isOfDisk(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return 'syscall' in thrown || /^SQLITE_(FULL|IOERR)/.test(String((thrown as NodeJS.ErrnoException).code));
}
