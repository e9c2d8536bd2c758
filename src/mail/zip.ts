import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { mailLimits } from '../core/limits.ts';
import type { ContentFile } from './content.ts';

/** What archives may still hold, all together: it goes down as they are expanded. */
export interface ZipRoom {
  entries: number;
  bytes: number;
}

/** The room for the archives of a mail, or for an uploaded archive, of so many bytes. */
export function zipRoom(packedBytes: number): ZipRoom {
  const bytes = Math.min(mailLimits.zip_bytes, mailLimits.zip_free_bytes + packedBytes * mailLimits.zip_ratio);
  return { entries: mailLimits.zip_entries, bytes };
}

/** A file of an archive, and what the archive calls it: words for people, of which no path is ever made. */
export interface Expanded {
  file: ContentFile;
  name: string;
}

/**
 * Writes each file of an archive to a file that `create` makes, one after the other; names in the archive count for nothing.
 * The files are closed when they come out.
 *
 * @throws mail-zip-broken when damaged or encrypted, mail-zip-too-large when there is no room
 */
export async function* expandZip(
  path: string,
  room: ZipRoom,
  create: () => Promise<ContentFile>,
): AsyncGenerator<Expanded> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { autoClose: false, decodeStrings: false });
    room.entries -= zip.entryCount;
    if (room.entries < 0) throw tooLarge('entries', mailLimits.zip_entries);
    const limit_bytes = room.bytes;
    for await (const entry of zip.eachEntry()) {
      if (isFolder(entry)) continue;
      const file = await create();
      try {
        await expandEntry(zip, entry, file, room, limit_bytes);
      } finally {
        await file.close();
      }
      yield { file, name: nameOf(entry) };
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

function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

async function expandEntry(
  zip: ZipFile,
  entry: Entry,
  file: ContentFile,
  room: ZipRoom,
  limit_bytes: number,
): Promise<void> {
  let checksum = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    room.bytes -= chunk.length;
    if (room.bytes < 0) throw tooLarge('bytes', limit_bytes);
    checksum = crc32(chunk, checksum);
    await file.write(chunk);
  }
  if (checksum !== entry.crc32) throw new Error('the checksum of an entry is wrong');
}

function tooLarge(what: string, limit: number): RohrpostError {
  return new RohrpostError('mail-zip-too-large', { details: { what, limit } });
}
