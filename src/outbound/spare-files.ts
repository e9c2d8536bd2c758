import { closeSync, open, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createFile, type NewFile, syncFolder, syncFolderNow } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { lineLimits } from '../core/limits.ts';

const openFile = promisify(open);

/**
 * Empty files that are made ahead of the instances that will fill them. To make a file, and to flush the folder that names
 * it, waits for the file system's journal, a millisecond or two in which a modality would wait too; a few dozen are made
 * for one such wait while nobody does.
 *
 * INVARIANT: the directory entry of every file handed out is durable.
 */
export interface SpareFiles {
  /** @throws what open(2) and fsync(2) give, when there is no spare left and none can be made */
  take(): NewFile;
  /** Removes the spares that nobody took. */
  close(): Promise<void>;
}

/** @param folder the folder for new files, which exists when it returns; asked again for each batch */
export function spareFiles(folder: () => string): SpareFiles {
  const spares: NewFile[] = [];
  let filling: Promise<void> | null = null;
  let closed = false;

  const fill = async () => {
    const made: NewFile[] = [];
    try {
      const into = folder();
      while (made.length < lineLimits.spare_files) {
        const path = join(into, `${newId()}.dcm`);
        made.push({ path, fd: await openFile(path, 'wx', 0o600) });
      }
      await syncFolder(into);
      spares.push(...made.splice(0));
    } catch {
      // The disk is full or broken: the next `take` meets the same, and tells it to those whom it concerns.
    } finally {
      discard(made);
      filling = null;
    }
  };

  return {
    take: () => {
      const spare = spares.pop();
      if (!closed && spares.length < lineLimits.spare_files / 2) filling ??= fill();
      return spare ?? makeNow(folder());
    },
    close: async () => {
      closed = true;
      await filling;
      discard(spares.splice(0));
    },
  };
}

function makeNow(folder: string): NewFile {
  const file = createFile(join(folder, `${newId()}.dcm`));
  try {
    syncFolderNow(folder);
    return file;
  } catch (error) {
    discard([file]);
    throw error;
  }
}

function discard(files: readonly NewFile[]): void {
  for (const { fd, path } of files) {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}
