import { existsSync } from 'node:fs';
import { type FileHandle, open as openFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openSecrets } from '../config/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { diskError, isOfDisk, makeFolder, readChunks, writeDurably } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { backupLimits } from '../core/limits.ts';
import { openWithPassphrase } from '../pgp/passphrase.ts';
import type { ArchiveHead } from './archive.ts';
import { type ArchiveTaker, archiveReader, damaged, foreign } from './archive-reader.ts';
import { examineStage, type Look } from './examine.ts';
import { FILES_FOLDER, isPlace, RESTORED_FOLDER, WORK_FOLDER } from './places.ts';

/** What was unpacked of a backup, beside the data it may replace. */
export interface Stage {
  readonly id: string;
  /** Laid out as a data folder; its passwords are under the master key of this box. */
  readonly folder: string;
  readonly head: ArchiveHead;
  /** Where the files that the settings name have come to lie, relative to `folder`, by the path that the settings say. */
  readonly named: ReadonlyMap<string, string>;
}

/** The folder of what was unpacked under an id. */
export const stageFolder = (folder: string, id: string) => join(folder, WORK_FOLDER, id);
/** What a look found; `commitRestore` reads it. */
export const LOOK_FILE = 'look.json';

/**
 * Unpacks a backup beside the data, touching nothing of it, and looks at everything that may be wrong.
 * @param file the backup, as it was uploaded
 * @throws RohrpostError backup-passphrase, backup-damaged, backup-foreign, backup-newer, backup-too-large, disk-…
 */
export async function lookAtBackup(
  folder: string,
  o: { file: string; passphrase: string; clock: Clock; port?: number },
): Promise<Look> {
  const id = newId();
  const root = stageFolder(folder, id);
  try {
    const stage = await unpack(folder, id, o);
    const look = await examineStage(folder, stage, o);
    await writeDurably(join(root, LOOK_FILE), JSON.stringify(look));
    return look;
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw isOfDisk(error) ? diskError(error) : error;
  }
}

async function unpack(
  folder: string,
  id: string,
  o: { file: string; passphrase: string; clock: Clock },
): Promise<Stage> {
  const staged = join(stageFolder(folder, id), 'new');
  await makeFolder(staged);
  const passwords = new Map<string, string>();
  const named = new Map<string, string>();
  const open = new Set<FileHandle>();
  let head: ArchiveHead | null = null;
  const taker: ArchiveTaker = {
    head: (found) => {
      head = found;
    },
    secret: (name, value) => {
      passwords.set(name, value);
    },
    file: async (place, settingsPath) => {
      if (!isPlace(place)) throw damaged('a file that is none of ours');
      const isNamed = place.startsWith(`${FILES_FOLDER}/`);
      const to = isNamed ? join(RESTORED_FOLDER, id, place.slice(FILES_FOLDER.length + 1)) : place;
      if (isNamed && settingsPath !== null) named.set(settingsPath, to);
      return newFile(join(staged, to), open);
    },
  };
  const reader = archiveReader(taker);
  try {
    await decrypted(o, reader.push);
    reader.finish();
  } finally {
    // The file in which a damaged archive broke off.
    for (const handle of open) await handle.close();
  }
  const secrets = await openSecrets(staged, { clock: o.clock, keyFolder: folder });
  await secrets.setAll(passwords).catch((error) => {
    throw error instanceof RohrpostError && error.code === 'secret-name' ? damaged('name of a password', error) : error;
  });
  return { id, folder: staged, head: head!, named };
}

/** The words of OpenPGP in those of a backup. */
async function decrypted(
  o: { file: string; passphrase: string },
  write: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const limits = { message_bytes: backupLimits.unpacked_bytes };
  try {
    await openWithPassphrase(readChunks(o.file), o.passphrase, { write, limits });
  } catch (error) {
    if (!(error instanceof RohrpostError) || !error.code.startsWith('pgp-')) throw error;
    if (error.code === 'pgp-passphrase-wrong') throw new RohrpostError('backup-passphrase', { cause: error });
    if (['pgp-not-encrypted', 'pgp-armor-malformed'].includes(error.code)) throw foreign(error);
    throw damaged(error.message, error);
  }
}

async function newFile(path: string, open: Set<FileHandle>) {
  // The same place twice would be one file of two.
  if (existsSync(path)) throw damaged('a file twice');
  await makeFolder(dirname(path));
  const handle = await openFile(path, 'wx', 0o600);
  open.add(handle);
  return {
    write: async (piece: Buffer) => {
      await handle.writeFile(piece).catch((error) => {
        throw diskError(error);
      });
    },
    end: async () => {
      await handle.sync();
      open.delete(handle);
      await handle.close();
    },
  };
}
