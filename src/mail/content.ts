import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** Enough of a file to know it by: preamble and meta header of a DICOM file, the magic bytes of others. */
const HEAD_BYTES = 1024;

/** A file that content is written to as it comes. */
export interface ContentFile {
  path: string;
  write(chunk: Buffer): Promise<void>;
  /** Closes it; can be called again. */
  close(): Promise<void>;
  /** Once closed. */
  written(): { path: string; sizeBytes: number; sha256: string };
  /** Its first bytes. */
  head(): Buffer;
}

/** Makes a new file that only we may read; one of that name must not be there. */
export async function createContentFile(path: string): Promise<ContentFile> {
  const file = await open(path, 'wx', 0o600);
  return contentFile(path, file, createHash('sha256'));
}

function contentFile(path: string, file: FileHandle, hash: Hash): ContentFile {
  let head: Buffer = Buffer.alloc(0);
  let sizeBytes = 0;
  let sha256: string | undefined;
  return {
    path,
    async write(chunk) {
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
      hash.update(chunk);
      sizeBytes += chunk.length;
      await file.writeFile(chunk);
    },
    async close() {
      if (sha256 !== undefined) return;
      sha256 = hash.digest('hex');
      await file.close();
    },
    written() {
      if (sha256 === undefined) throw new Error('not closed');
      return { path, sizeBytes, sha256 };
    },
    head: () => head,
  };
}
