/** A data set on its way from the network to the disk: bounded in memory, hashed as it passes, gone if it fails. */
import { createHash } from 'node:crypto';
import { close, writev, writevSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { RohrpostError } from '../core/errors.ts';
import { diskError, freeBytes, type NewFile, removeFile } from '../core/files.ts';
import type { DicomLimits } from '../core/limits.ts';

const closeFile = promisify(close);
const writePieces = promisify(writev);

export interface FinishedFile {
  readonly sizeBytes: number;
  /** Lower-case hex, of the bytes given to `write`: the data set without the file's own head. */
  readonly sha256: string;
}

export class IncomingFile {
  readonly path: string;
  readonly fd: number;
  /** The first bytes of the data set, up to `header_bytes`. */
  readonly prefix: Buffer[] = [];
  private prefixBytes = 0;
  private sizeBytes: number;
  /** What stands in front of the data set, until it is written with the first batch. */
  private head: Buffer[];
  private queue: Buffer[] = [];
  private queuedBytes = 0;
  private writingBytes = 0;
  private writing: Promise<void> | null = null;
  private failure: unknown = null;
  private readonly hash = createHash('sha256');
  private readonly limits: DicomLimits;
  private readonly onRoom: () => void;

  /**
   * @param file new and empty; from now on ours to close and, if it comes to nothing, to remove
   * @param head what stands in front of the data set
   * @param onRoom called when `isFull` may have ended
   */
  constructor(file: NewFile, head: Buffer, limits: DicomLimits, onRoom: () => void) {
    this.fd = file.fd;
    this.path = file.path;
    this.limits = limits;
    this.onRoom = onRoom;
    this.head = [head];
    this.sizeBytes = head.length;
  }

  /** Whether the disk is behind so far that no more should be read from the network. */
  get isFull(): boolean {
    return this.queuedBytes + this.writingBytes >= this.limits.in_flight_bytes;
  }

  /** Takes a piece of the data set. After a failed write it drops it; `finish` tells. */
  write(bytes: Buffer): void {
    if (this.failure !== null) return;
    this.sizeBytes += bytes.length;
    if (this.prefixBytes < this.limits.header_bytes) {
      this.prefix.push(bytes);
      this.prefixBytes += bytes.length;
    }
    this.queue.push(bytes);
    this.queuedBytes += bytes.length;
    if (this.writing === null && this.hasBatch(this.limits.write_bytes)) {
      this.writing = this.writeBatches(this.limits.write_bytes);
    }
  }

  /**
   * Everything is written (not synced) once this resolves; the file then belongs to the caller.
   * @throws disk-full, disk-error; the file is gone then
   */
  async finish(): Promise<FinishedFile> {
    await this.writing;
    await this.writeBatches(this.limits.sync_write_bytes);
    try {
      if (this.failure !== null) throw this.failure;
      const rest = this.takeQueue();
      for (const piece of rest) this.hash.update(piece);
      writeAllSync(this.fd, this.withHead(rest));
    } catch (error) {
      const cause = await diskFailure(error, this.path);
      await this.discard();
      throw cause;
    }
    return { sizeBytes: this.sizeBytes, sha256: this.hash.digest('hex') };
  }

  /** Closes and removes the file, whatever state it is in. @throws what close(2) and unlink(2) give */
  async discard(): Promise<void> {
    this.failure ??= new Error('discarded');
    this.queue = [];
    await this.writing;
    await closeFile(this.fd);
    await removeFile(this.path);
  }

  private hasBatch(leastBytes: number): boolean {
    if (this.failure !== null) return false;
    return this.queuedBytes >= leastBytes || this.queue.length >= this.limits.write_pieces;
  }

  /** Writes what is queued in the thread pool while there is enough of it, and hashes each batch meanwhile. */
  private async writeBatches(leastBytes: number): Promise<void> {
    try {
      while (this.hasBatch(leastBytes)) {
        this.writingBytes = this.queuedBytes;
        const batch = this.takeQueue();
        const written = writeAll(this.fd, this.withHead(batch));
        for (const piece of batch) this.hash.update(piece);
        await written;
        this.writingBytes = 0;
        this.onRoom();
      }
    } catch (error) {
      this.failure ??= error;
      this.takeQueue();
      this.writingBytes = 0;
      this.onRoom();
    } finally {
      this.writing = null;
    }
  }

  private takeQueue(): Buffer[] {
    const queue = this.queue;
    this.queue = [];
    this.queuedBytes = 0;
    return queue;
  }

  private withHead(pieces: Buffer[]): Buffer[] {
    if (this.head.length === 0) return pieces;
    const all = [...this.head, ...pieces];
    this.head = [];
    return all;
  }
}

async function writeAll(fd: number, pieces: readonly Buffer[]): Promise<void> {
  for (let left = pieces; left.length > 0; ) {
    const { bytesWritten } = await writePieces(fd, left);
    left = piecesAfter(left, bytesWritten);
  }
}

function writeAllSync(fd: number, pieces: readonly Buffer[]): void {
  for (let left = pieces; left.length > 0; ) left = piecesAfter(left, writevSync(fd, left));
}

/** What of `pieces` is left to write after `written` bytes: a disk that fills up takes a part first and errs then. */
function piecesAfter(pieces: readonly Buffer[], written: number): readonly Buffer[] {
  let skipped = 0;
  let index = 0;
  while (index < pieces.length && skipped + pieces[index]!.length <= written) skipped += pieces[index++]!.length;
  if (index === pieces.length) return [];
  if (written === 0) throw new Error('the disk takes no bytes');
  return [pieces[index]!.subarray(written - skipped), ...pieces.slice(index + 1)];
}

/** Gives a failed file operation our code: full, or broken. */
export async function diskFailure(error: unknown, path: string): Promise<RohrpostError> {
  const failure = diskError(error);
  if (failure.code !== 'disk-full') return failure;
  const free_bytes = await freeBytes(dirname(path)).catch(() => undefined);
  return new RohrpostError('disk-full', { cause: error, details: { free_bytes } });
}
