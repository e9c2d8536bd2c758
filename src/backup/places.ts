import { SETTINGS_FILE } from '../config/load.ts';
import { DESK_FILE } from '../store/desk.ts';

// Where the files of a backup lie in a data folder. Nothing else is taken from an archive.

export const KEY_FILES = ['keys/own.private.asc', 'keys/own.public.asc'] as const;
export const PARTNER_KEYS = 'keys/partners';
export const WEB_FILES = ['web/own.pem', 'web/self-signed.pem'] as const;
/** In the archive only: keys and certificates that the settings name. */
export const FILES_FOLDER = 'files';

const PATTERNS = [/^keys\/partners\/[0-9A-F]{40}\.asc$/, /^files\/[0-9]{1,4}-[A-Za-z0-9._-]{1,60}$/];
const NAMES: ReadonlySet<string> = new Set([SETTINGS_FILE, DESK_FILE, ...KEY_FILES, ...WEB_FILES]);

/** Whether a backup of ours can hold a file of that name; a name from elsewhere never becomes a path. */
export function isPlace(place: string): boolean {
  return NAMES.has(place) || PATTERNS.some((pattern) => pattern.test(place));
}

/** What is under way (copies, uploads, a restore that is prepared) lies here; emptied at each start. */
export const WORK_FOLDER = 'backup';
/** What the last restore replaced. */
export const ASIDE_FOLDER = 'before-restore';
/** Where the files that the settings name come to lie, a folder for each restore. */
export const RESTORED_FOLDER = 'restored';
