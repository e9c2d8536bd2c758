import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ErrorCode, RohrpostError, reasonOf } from '../core/errors.ts';
import { hashFile, removeFile, syncFolder } from '../core/files.ts';
import type { Engine, FolderShare } from './engine.ts';

/** A folder of this machine, which may be a mounted share. The folder itself is never made: it may be a mount that is away. */
export function openFolder(target: FolderShare): Engine {
  const root = target.path;
  const at = (folder: readonly string[], name: string) => join(root, ...folder, name);
  const tried = <T>(work: () => Promise<T>) =>
    work().catch((error) => {
      throw folderError(error, root);
    });

  return {
    name: 'folder',
    protection: 'local',
    where: root,
    upload: (source, folder, temporary, signal) =>
      tried(async () => {
        await stat(root);
        if (folder.length > 0) await mkdir(join(root, ...folder), { recursive: true });
        const path = at(folder, temporary);
        await pipeline(createReadStream(source, { highWaterMark: 1 << 20 }), createWriteStream(path), { signal });
        await sync(path);
        return (await stat(path)).size;
      }),
    rename: (folder, from, to) =>
      tried(async () => {
        const done = await renameToFree(at(folder, from), at(folder, to));
        if (done) await syncFolder(join(root, ...folder));
        return done;
      }),
    sizeOf: (folder, name) =>
      tried(async () => {
        const found = await stat(at(folder, name)).catch((error) => {
          if (error.code === 'ENOENT') return null;
          throw error;
        });
        if (found === null) return null;
        return found.isFile() ? found.size : -1;
      }),
    hash: (folder, name) => tried(() => hashFile(at(folder, name))),
    remove: (folder, name) => tried(() => removeFile(at(folder, name))),
  };
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** rename(2) replaces silently; link(2) does not. Where the file system has no links (FAT, some mounts) we look first. */
async function renameToFree(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    await unlink(from);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
  }
  const taken = await stat(to).then(
    () => true,
    () => false,
  );
  if (!taken) await rename(from, to);
  return !taken;
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'share-full',
  EDQUOT: 'share-full',
  // Larger than the file system takes (FAT: 4 GiB) or than the account may write.
  EFBIG: 'share-full',
  EROFS: 'share-denied',
  EACCES: 'share-denied',
  EPERM: 'share-denied',
  ENOENT: 'share-missing',
  ENOTDIR: 'share-missing',
  ENOTCONN: 'share-away',
  EHOSTDOWN: 'share-away',
  EHOSTUNREACH: 'share-away',
  ETIMEDOUT: 'share-away',
  ESTALE: 'share-away',
  ENODEV: 'share-away',
};

/** A file system's error as one of ours. */
export function folderError(error: unknown, where: string): unknown {
  if (error instanceof RohrpostError || (error as Error).name === 'AbortError') return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // The message would repeat the path of the file; the code says enough.
  const reason = code === undefined ? reasonOf(error) : `${code} (${syscall})`;
  return new RohrpostError(CODES[code ?? ''] ?? 'share-failed', { cause: error, details: { where, reason } });
}
