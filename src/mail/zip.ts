import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { mailLimits } from '../core/limits.ts';
import type { ContentFile } from './content.ts';

/**
 * Writes each file of an archive to a file that `create` makes, one after the other; names in the archive count for nothing.
 * The files are closed when they come out.
 *
 * @throws mail-zip-broken when damaged or encrypted, mail-zip-too-large past the limits of entries, bytes and ratio
 */
export async function* expandZip(path: string, create: () => Promise<ContentFile>): AsyncGenerator<ContentFile> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { autoClose: false, decodeStrings: false });
    if (zip.entryCount > mailLimits.zip_entries) throw tooLarge('entries', mailLimits.zip_entries);
    let room_bytes = Math.min(mailLimits.zip_bytes, mailLimits.zip_free_bytes + zip.fileSize * mailLimits.zip_ratio);
    for await (const entry of zip.eachEntry()) {
      if (isFolder(entry)) continue;
      const file = await create();
      try {
        room_bytes -= await expandEntry(zip, entry, file, room_bytes);
      } finally {
        await file.close();
      }
      yield file;
    }
  } catch (error) {
    // What has a system call behind it is our disk's fault, all else the archive's.
    if (error instanceof Error && 'syscall' in error) throw error;
    throw asRohrpostError(error, 'mail-zip-broken');
  } finally {
    zip?.close();
  }
}

function isFolder(entry: Entry): boolean {
  return entry.fileNameRaw.at(-1) === '/'.charCodeAt(0);
}

/** Gives back the bytes written. */
async function expandEntry(zip: ZipFile, entry: Entry, file: ContentFile, room_bytes: number): Promise<number> {
  let size = 0;
  let checksum = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    size += chunk.length;
    if (size > room_bytes) throw tooLarge('bytes', room_bytes);
    checksum = crc32(chunk, checksum);
    await file.write(chunk);
  }
  if (checksum !== entry.crc32) throw new Error('the checksum of an entry is wrong');
  return size;
}

function tooLarge(what: string, limit: number): RohrpostError {
  return new RohrpostError('mail-zip-too-large', { details: { what, limit } });
}
