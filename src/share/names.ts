import { RohrpostError } from '../core/errors.ts';
import { shareLimits } from '../core/limits.ts';

/** Names that are devices on Windows, with or without an extension. */
export const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
/**
 * What every file system takes and no command line reads as anything else. A dot at the end is lost on Windows; one at
 * the start hides the file and is kept for our temporary files.
 */
const SAFE = /^[A-Za-z0-9_-](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?$/;

/** @throws RohrpostError `share-name-unfit`, `share-path-too-long` */
export function assertSafe(folder: readonly string[], name: string): void {
  for (const segment of [...folder, name]) {
    if (!SAFE.test(segment) || RESERVED.test(segment)) throw new RohrpostError('share-name-unfit');
  }
  if ([...folder, name].join('/').length > shareLimits.path_characters) throw pathTooLong();
}

/** The n-th name to try for a file: `ct.dcm`, `ct-2.dcm`, `ct-3.dcm`, … */
export function numbered(name: string, n: number): string {
  if (n === 1) return name;
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? `${name}-${n}` : `${name.slice(0, dot)}-${n}${name.slice(dot)}`;
}

export function pathTooLong(): RohrpostError {
  return new RohrpostError('share-path-too-long', { details: { maximum: shareLimits.path_characters } });
}
