import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { diskError, makeFolder } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import { uploadLimits } from '../core/upload-limits.ts';
import { type Card, insidePath, readCards, removeCard, uploadPath, writeCard } from './upload-cards.ts';
import { type Pace, pacedBy } from './upload-pace.ts';

/** A file on its way from a person's computer. */
export interface Upload extends Card {
  readonly id: string;
  /** So much of it is here, flushed. */
  offset_bytes: number;
  /** Steady: when it was last touched. */
  touched_ms: number;
}

export interface ShelfParts {
  /** The data folder; uploads lie in `spool/uploads/`. */
  folder: string;
  /** Bytes that may still be written before the disk's reserve begins. */
  roomLeft(): number;
  clock: Clock;
  log: Log;
}

/**
 * Files that are being uploaded. They outlive the process: an upload goes on where it broke off, until a day has passed in
 * which nobody touched it.
 *
 * INVARIANTS
 * - One writer for each upload: whoever asks for it or goes on with it ends the one before, which may be a dead line.
 * - `offset_bytes` is the length of the file, and flushed. Bytes are only ever added at the end, and file systems lengthen a
 *   file after they wrote its bytes, so that even after a power cut the length says how much of it is good.
 */
export interface Shelf {
  /** @throws RohrpostError upload-too-large, upload-too-many, disk-full, disk-error */
  begin(card: Card): Promise<Upload>;
  /** How far it is; ends whoever writes it. @throws RohrpostError upload-unknown */
  find(id: string, by: string): Promise<Upload>;
  /**
   * Adds bytes at `offset_bytes`, and flushes them, however the source ends. The source is not destroyed by what is wrong
   * with it, so that its sender can be told.
   * @throws RohrpostError upload-unknown, upload-offset-stale, upload-too-long, upload-too-busy, upload-broken-off, disk-full
   */
  append(id: string, by: string, o: { offset_bytes: number; source: Readable }): Promise<Upload>;
  /** @throws RohrpostError upload-unknown */
  remove(id: string, by: string): Promise<void>;
  /** Uploads that are whole. @throws RohrpostError upload-unknown, upload-incomplete */
  whole(ids: readonly string[], by: string): Upload[];
  path(id: string): string;
  /** Where what is inside an archive goes. */
  insideFolder(id: string): string;
  /** Takes away uploads that are done with; resolves when their files are gone. */
  clear(uploads: readonly Upload[]): Promise<void>;
  /** Forgets what nobody touched for a day. */
  sweep(): Promise<void>;
  /** Ends all writers. */
  close(): Promise<void>;
}

interface Shelved extends Upload {
  writer: { source: Readable; ended: Promise<unknown> } | null;
}

/** Opens the shelf of a data folder: what an earlier process left there is there again. */
export async function openShelf(o: ShelfParts): Promise<Shelf> {
  const root = join(o.folder, 'spool', 'uploads');
  await makeFolder(root);
  const uploads = new Map<string, Shelved>();
  const owners = new Map<string, number>();
  /** What was promised to uploads and has not come yet. */
  let owed_bytes = 0;
  const put = (upload: Shelved) => {
    uploads.set(upload.id, upload);
    owners.set(upload.by, (owners.get(upload.by) ?? 0) + 1);
    owed_bytes += upload.length_bytes - upload.offset_bytes;
  };
  for (const { age_ms, ...found } of await readCards(root, o.clock.now())) {
    put({ ...found, touched_ms: o.clock.steady() - age_ms, writer: null });
  }
  const pace = pacedBy(uploadLimits);

  const known = (id: string, by: string): Shelved => {
    const upload = uploads.get(id);
    if (!upload || upload.by !== by) throw new RohrpostError('upload-unknown');
    return upload;
  };
  /** The upload, with nobody writing to it. */
  const takeOver = async (id: string, by: string): Promise<Shelved> => {
    for (;;) {
      const upload = known(id, by);
      if (!upload.writer) return upload;
      await endWriter(upload);
    }
  };
  const drop = async (dropped: readonly Shelved[]) => {
    const gone = dropped.filter(({ id }) => uploads.delete(id));
    for (const { by } of gone) owners.set(by, owners.get(by)! - 1);
    for (const upload of gone) {
      await endWriter(upload);
      owed_bytes -= upload.length_bytes - upload.offset_bytes;
      await removeCard(root, upload.id);
    }
  };

  return {
    path: (id) => uploadPath(root, id),
    insideFolder: (id) => insidePath(root, id),
    begin: async (card) => {
      const free_bytes = Math.max(0, o.roomLeft() - owed_bytes);
      refuseTooMuch(card.length_bytes, { all: uploads.size, own: owners.get(card.by) ?? 0, free_bytes });
      const upload: Shelved = {
        ...{ ...card, id: newId(), offset_bytes: 0, touched_ms: o.clock.steady(), writer: null },
      };
      put(upload);
      try {
        await writeCard(root, upload.id, card);
        return upload;
      } catch (error) {
        await drop([upload]);
        throw diskError(error);
      }
    },
    find: async (id, by) => {
      const upload = await takeOver(id, by);
      upload.touched_ms = o.clock.steady();
      return upload;
    },
    append: async (id, by, { offset_bytes, source }) => {
      const upload = await takeOver(id, by);
      if (offset_bytes !== upload.offset_bytes) {
        throw new RohrpostError('upload-offset-stale', { details: { offset: upload.offset_bytes } });
      }
      // Nothing waits from here to the entry of the writer, so no second one can come in between.
      const done = pace.enter(by);
      const before_bytes = upload.offset_bytes;
      const ended = write(o, uploadPath(root, id), upload, source, pace).finally(() => {
        done();
        owed_bytes -= upload.offset_bytes - before_bytes;
        upload.writer = null;
        upload.touched_ms = o.clock.steady();
      });
      upload.writer = { source, ended };
      await ended;
      return upload;
    },
    remove: (id, by) => drop([known(id, by)]),
    whole: (ids, by) => {
      const found = [...new Set(ids)].map((id) => known(id, by));
      const count = found.filter(({ length_bytes, offset_bytes }) => offset_bytes < length_bytes).length;
      if (count > 0) throw new RohrpostError('upload-incomplete', { details: { count } });
      for (const upload of found) upload.touched_ms = o.clock.steady();
      return found;
    },
    clear: (done) => drop(done.flatMap(({ id }) => uploads.get(id) ?? [])),
    sweep: async () => {
      const before_ms = o.clock.steady() - uploadLimits.age_ms;
      const old = [...uploads.values()].filter(({ touched_ms, writer }) => !writer && touched_ms < before_ms);
      await drop(old);
      if (old.length > 0) o.log.info('uploads that nobody sent are gone', { files: old.length });
    },
    close: async () => {
      for (const upload of uploads.values()) await endWriter(upload);
    },
  };
}

/** Ends whoever writes; what it brought is flushed then. */
async function endWriter({ writer }: Shelved): Promise<void> {
  writer?.source.destroy();
  await writer?.ended.catch(() => {});
}

/** Before the first byte: there must be room for all of it beside what others were promised. */
function refuseTooMuch(length_bytes: number, there: { all: number; own: number; free_bytes: number }): void {
  const { file_bytes, files, files_in_all } = uploadLimits;
  if (length_bytes > file_bytes) throw new RohrpostError('upload-too-large', { details: { maximum: file_bytes } });
  const maximum = there.own >= files ? files : there.all >= files_in_all ? files_in_all : undefined;
  if (maximum !== undefined) throw new RohrpostError('upload-too-many', { details: { maximum } });
  const { free_bytes } = there;
  if (free_bytes <= length_bytes) throw new RohrpostError('disk-full', { details: { free_bytes } });
}

/** Streams what comes to the end of the file and flushes it, whether it ended well or broke off. */
async function write(o: ShelfParts, path: string, upload: Upload, source: Readable, pace: Pace): Promise<void> {
  const file = await open(path, 'r+').catch((error) => {
    throw diskError(error);
  });
  const watch = pace.watch(source);
  let at = upload.offset_bytes;
  let failure: unknown = null;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      watch.alive();
      if (at + chunk.length > upload.length_bytes) {
        throw new RohrpostError('upload-too-long', { details: { length: upload.length_bytes } });
      }
      if (o.roomLeft() <= 0) throw new RohrpostError('disk-full', { details: { free_bytes: 0 } });
      // A disk that fills up takes a part first and errs then.
      for (let written = 0; written < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, written, chunk.length - written, at);
        written += bytesWritten;
        at += bytesWritten;
      }
    }
  } catch (error) {
    failure = error;
  }
  watch.end();
  try {
    await file.datasync();
    upload.offset_bytes = at;
  } catch (error) {
    // After a failed flush nobody knows what the file holds: what counts is what was flushed before (F06).
    await file.truncate(upload.offset_bytes).catch(() => {});
    failure = error;
  } finally {
    await file.close();
  }
  if (failure !== null) throw explained(failure, upload);
}

function explained(failure: unknown, upload: Upload): RohrpostError {
  if (failure instanceof RohrpostError) return failure;
  const { syscall } = failure as NodeJS.ErrnoException;
  if (syscall === 'write' || syscall === 'fdatasync') return diskError(failure);
  return new RohrpostError('upload-broken-off', { cause: failure, details: { offset: upload.offset_bytes } });
}
