import { createHash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RohrpostError } from '../core/errors.ts';
import { diskError, freeBytes, makeFolder, removeFile } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { type UpdateLimits, updateLimits } from '../core/update-limits.ts';
import { UPDATE_FOLDER } from './state.ts';
import type { UploadedBundle } from './updates.ts';

const NAME = /^upload-[0-9a-z]{20}\.raucb$/;

/** Bundles that people upload; at most one lies there, and none outlives a start. */
export interface Uploads {
  /** @throws RohrpostError update-busy, update-too-large, update-upload-broken, disk-full, disk-error */
  take(bytes: AsyncIterable<Uint8Array>, size_bytes: number | null): Promise<UploadedBundle>;
  /** One that lies there. @throws RohrpostError not-found */
  find(file: string): UploadedBundle & { path: string };
  sweep(): Promise<void>;
}

/** @param limits for tests */
export function openUploads(folder: string, limits: UpdateLimits = updateLimits): Uploads {
  const at = (file: string) => join(folder, UPDATE_FOLDER, file);
  let isTaking = false;
  let taken: UploadedBundle | null = null;

  const sweep = async () => {
    taken = null;
    const found = await readdir(join(folder, UPDATE_FOLDER)).catch(() => []);
    await Promise.all(found.filter((name) => NAME.test(name)).map((name) => removeFile(at(name))));
  };
  const receive = async (bytes: AsyncIterable<Uint8Array>, size_bytes: number | null) => {
    await sweep();
    await makeFolder(join(folder, UPDATE_FOLDER));
    const room_bytes = (await freeBytes(join(folder, UPDATE_FOLDER))) - limits.upload_reserve_bytes;
    if (room_bytes < (size_bytes ?? 0)) throw full(room_bytes);
    const file = `upload-${newId()}.raucb`;
    try {
      const written = await write(at(file), bytes, { room_bytes, limits });
      if (size_bytes !== null && written.size_bytes !== size_bytes) throw new RohrpostError('update-upload-broken');
      taken = { file, ...written };
      return taken;
    } catch (error) {
      await removeFile(at(file));
      throw error;
    }
  };
  return {
    sweep,
    take: async (bytes, size_bytes) => {
      if (isTaking) throw new RohrpostError('update-busy');
      if ((size_bytes ?? 0) > limits.upload_bytes) throw tooLarge(limits);
      isTaking = true;
      try {
        return await receive(bytes, size_bytes);
      } finally {
        isTaking = false;
      }
    },
    find: (file) => {
      if (taken?.file !== file) throw new RohrpostError('not-found');
      return { ...taken, path: at(file) };
    },
  };
}

/** Writes what comes, hashed on the way, within the room there is; durable once it returns. */
async function write(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  { room_bytes, limits }: { room_bytes: number; limits: UpdateLimits },
): Promise<{ size_bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let size_bytes = 0;
  const handle = await open(path, 'wx', 0o600).catch((error) => {
    throw diskError(error);
  });
  try {
    for await (const chunk of patiently(bytes, limits.upload_idle_ms)) {
      size_bytes += chunk.length;
      if (size_bytes > limits.upload_bytes) throw tooLarge(limits);
      if (size_bytes > room_bytes) throw full(room_bytes);
      hash.update(chunk);
      await handle.writeFile(chunk).catch((error) => {
        throw diskError(error);
      });
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { size_bytes, sha256: hash.digest('hex') };
}

/** Who brings nothing for a while, or goes away, has broken off. @throws RohrpostError update-upload-broken */
async function* patiently(bytes: AsyncIterable<Uint8Array>, idle_ms: number): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  const broken = (cause?: unknown) => new RohrpostError('update-upload-broken', { cause });
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(broken()), idle_ms);
      });
      const piece = await Promise.race([pieces.next(), late]).finally(() => clearTimeout(timer));
      if (piece.done) return;
      yield piece.value;
    }
  } catch (error) {
    throw error instanceof RohrpostError ? error : broken(error);
  } finally {
    // Not waited for: a source that stands still would not answer this either.
    void pieces.return?.()?.catch(() => {});
  }
}

function tooLarge({ upload_bytes }: UpdateLimits): RohrpostError {
  return new RohrpostError('update-too-large', { details: { limit_bytes: upload_bytes } });
}

function full(room_bytes: number): RohrpostError {
  return new RohrpostError('disk-full', { details: { free_bytes: Math.max(0, room_bytes) } });
}
