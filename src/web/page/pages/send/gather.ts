/** Which files a person dropped or chose, with the folders they stood in. */

export interface Picked {
  readonly file: File;
  /** Where it stood in what was dropped or chosen: `CD/DICOM`. */
  readonly folder: string;
}

/** What a file looks like from its first bytes: the box looks again, this only saves the way. */
export type Look = 'sendable' | 'unknown' | 'iso' | 'empty';

/** Nobody sends so many; a whole disk that was dropped by mistake ends here. */
const MOST_FILES = 20_000;
/** Folders in folders: a CD has four or five. */
const MOST_DEPTH = 20;

/** Whether this browser can choose a whole folder; telephones often cannot. */
export const choosesFolders = 'webkitdirectory' in HTMLInputElement.prototype;

/** Call it in the drop itself: what was dropped is gone in the next moment. */
export async function fromDrop(transfer: DataTransfer): Promise<Picked[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ file, folder: '' }));
  const found: Picked[] = [];
  for (const entry of entries) await walk(entry, '', 0, found);
  return found;
}

export function fromInput(files: FileList): Picked[] {
  return [...files].slice(0, MOST_FILES).map((file) => {
    const path = file.webkitRelativePath;
    return { file, folder: path.slice(0, Math.max(0, path.lastIndexOf('/'))) };
  });
}

async function walk(entry: FileSystemEntry, folder: string, depth: number, found: Picked[]): Promise<void> {
  if (found.length >= MOST_FILES || depth > MOST_DEPTH) return;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, folder });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside = folder === '' ? entry.name : `${folder}/${entry.name}`;
  for (;;) {
    // A hundred at a time, until there are no more.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await walk(one, inside, depth + 1, found);
  }
}

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** CDs bring a viewer with hundreds of files that nobody sends: those are not even uploaded. */
export async function lookOf(file: File): Promise<Look> {
  if (file.size === 0) return 'empty';
  const head = new Uint8Array(await file.slice(0, 132).arrayBuffer());
  const start = text(head.subarray(0, 8));
  if (text(head.subarray(128, 132)) === 'DICM') return 'sendable';
  if (['%PDF-', 'PK\x03\x04', 'PK\x05\x06', '\xff\xd8\xff', '\x89PNG'].some((mark) => start.startsWith(mark))) {
    return 'sendable';
  }
  // A data set without a file head: the box says what is to be done about it.
  if (start.startsWith('\x08\0') || start.startsWith('\x02\0')) return 'sendable';
  const mark = new Uint8Array(await file.slice(0x8001, 0x8006).arrayBuffer());
  return text(mark) === 'CD001' ? 'iso' : 'unknown';
}
