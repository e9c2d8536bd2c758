import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile } from '../core/files.ts';
import { uploadLimits } from '../core/upload-limits.ts';

/** What is remembered of an upload beside its bytes. */
export interface Card {
  /** Whose it is. */
  readonly by: string;
  /** What its sender calls it and where it stood there: for people only. */
  readonly name: string;
  readonly folder: string;
  readonly length_bytes: number;
}

/** An upload of an earlier process, and how long nobody has touched it. */
export interface FoundCard extends Card {
  id: string;
  offset_bytes: number;
  age_ms: number;
}

/**
 * The files of an upload, all named after its random id: `ID` its bytes, `ID.json` its card, `ID.d` what was inside where it
 * is an archive. None is flushed here: an upload that a power cut takes away is uploaded again.
 */
export const uploadPath = (root: string, id: string) => join(root, id);
export const insidePath = (root: string, id: string) => join(root, `${id}.d`);
const cardPath = (root: string, id: string) => join(root, `${id}.json`);

export async function writeCard(root: string, id: string, card: Card): Promise<void> {
  const { by, name, folder, length_bytes } = card;
  await writeFile(uploadPath(root, id), '', { flag: 'wx', mode: 0o600 });
  await writeFile(cardPath(root, id), JSON.stringify({ by, name, folder, length_bytes }), { mode: 0o600 });
}

/** The card goes first: a file without one is nobody's, and the next start takes it away. */
export async function removeCard(root: string, id: string): Promise<void> {
  await removeFile(cardPath(root, id));
  await removeFile(uploadPath(root, id));
  await rm(insidePath(root, id), { recursive: true, force: true });
}

/** Reads what is there, and takes away what is nobody's or too old. What was inside archives is expanded anew when asked for. */
export async function readCards(root: string, now_ms: number): Promise<FoundCard[]> {
  const found = new Map<string, FoundCard>();
  const names = new Set(await readdir(root));
  for (const id of names) {
    const card = names.has(`${id}.json`) ? await readCard(root, id, now_ms) : null;
    if (card && card.age_ms < uploadLimits.age_ms) found.set(id, card);
  }
  for (const name of names) {
    if (!found.has(name.replace(/\.json$/, ''))) await rm(join(root, name), { recursive: true, force: true });
  }
  return [...found.values()];
}

async function readCard(root: string, id: string, now_ms: number): Promise<FoundCard | null> {
  try {
    const { by, name, folder, length_bytes } = JSON.parse(await readFile(cardPath(root, id), 'utf8')) as Card;
    const { size, mtimeMs } = await stat(uploadPath(root, id));
    const isWhole = typeof by === 'string' && size <= length_bytes;
    const age_ms = Math.max(0, now_ms - mtimeMs);
    return isWhole ? { id, by, name, folder, length_bytes, offset_bytes: size, age_ms } : null;
  } catch {
    // Half a card: the power went as the upload began.
    return null;
  }
}
