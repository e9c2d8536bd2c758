import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import type { Console } from './console.ts';
import { UsageError } from './exits.ts';

/** Files that are too large for a piece of memory, opened with the rights of whoever gave the command. */

export interface Output {
  /** Writes everything and makes it durable; gives back the number of bytes. */
  write(source: AsyncIterable<Buffer>): Promise<number>;
  /** What was not written whole is emptied: half of it must not be taken for the thing. */
  close(): Promise<void>;
}

/** A new file, readable for its owner only; `-` is standard output. @throws UsageError where it exists */
export async function openOutput(c: Console, file: string): Promise<Output> {
  if (file === '-') return { write: (source) => writeAll(source, async (chunk) => void c.stdout.write(chunk)), close };
  const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new UsageError(c.say('backup.exists', { file })) : error;
  });
  let isWhole = false;
  return {
    write: async (source) => {
      const size_bytes = await writeAll(source, (chunk) => handle.writeFile(chunk));
      await handle.sync();
      isWhole = true;
      return size_bytes;
    },
    close: async () => {
      if (!isWhole) await handle.truncate(0).catch(() => {});
      await handle.close();
    },
  };
}

const close = async () => {};

async function writeAll(source: AsyncIterable<Buffer>, write: (chunk: Buffer) => Promise<void>): Promise<number> {
  let size_bytes = 0;
  for await (const chunk of source) {
    await write(chunk);
    size_bytes += chunk.length;
  }
  return size_bytes;
}

/** A file to be read once, or destroyed; `-` is standard input. @throws RohrpostError input-file */
export async function openInput(c: Console, file: string): Promise<Readable> {
  if (file === '-') return c.stdin;
  const handle: FileHandle = await open(file, 'r').catch((error) => {
    throw new RohrpostError('input-file', { cause: error, details: { file, reason: reasonOf(error) } });
  });
  return handle.createReadStream();
}
