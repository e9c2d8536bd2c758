import { createWriteStream, existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RohrpostError } from '../core/errors.ts';
import { diskError, isOfDisk, makeFolder } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { backupLimits } from '../core/limits.ts';
import { WORK_FOLDER } from './places.ts';

const nameOf = (id: string) => `upload-${id}`;

/**
 * Takes a backup in, before anybody looks into it; the one before is forgotten.
 * @throws RohrpostError backup-too-large, disk-full, disk-error; what the source throws
 */
export async function takeUpload(
  folder: string,
  source: AsyncIterable<Buffer>,
): Promise<{ id: string; size_bytes: number }> {
  await clearUploads(folder);
  const id = newId();
  const path = join(folder, WORK_FOLDER, nameOf(id));
  await makeFolder(join(folder, WORK_FOLDER));
  let size_bytes = 0;
  const bounded = new Transform({
    transform: (chunk: Buffer, _, done) => {
      size_bytes += chunk.length;
      const limit_bytes = backupLimits.file_bytes;
      if (size_bytes <= limit_bytes) done(null, chunk);
      else done(new RohrpostError('backup-too-large', { details: { limit_bytes } }));
    },
  });
  try {
    await pipeline(source, bounded, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    return { id, size_bytes };
  } catch (error) {
    await rm(path, { force: true });
    throw isOfDisk(error) ? diskError(error) : error;
  }
}

/** The file of an upload. @throws RohrpostError backup-gone */
export function uploadPath(folder: string, id: string): string {
  const path = join(folder, WORK_FOLDER, nameOf(id));
  if (!/^[0-9a-z]{20}$/.test(id) || !existsSync(path)) throw new RohrpostError('backup-gone');
  return path;
}

/** Forgets uploads and what was unpacked of them. */
export async function clearUploads(folder: string): Promise<void> {
  const work = join(folder, WORK_FOLDER);
  for (const name of await readdir(work).catch(() => [])) {
    if (/^(?:upload-)?[0-9a-z]{20}$/.test(name)) await rm(join(work, name), { recursive: true, force: true });
  }
}
