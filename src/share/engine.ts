/**
 * What an engine can do; everything else (names, collisions, checks, markers) is the same for all engines and lies in
 * `share.ts`. Paths are segments below the root of the share and have been checked. Each call stands alone: it opens
 * and closes what it needs, so that there is no connection to keep or to lose between two calls.
 */
export interface Engine {
  readonly name: string;
  readonly protection: Protection;
  /** Shown in errors: `//server/share` or a folder. */
  readonly where: string;
  /**
   * Makes the folders and writes a local file into them under a temporary name, replacing a left-over of that name;
   * gives back how many bytes are there afterwards, as the other side says.
   */
  upload(source: string, folder: readonly string[], temporary: string, signal: AbortSignal): Promise<number>;
  /** Gives a file its final name; false, with nothing changed, where that name is taken. */
  rename(folder: readonly string[], from: string, to: string, signal: AbortSignal): Promise<boolean>;
  /** Size in bytes of a file; null where there is none, -1 where there is something else of that name. */
  sizeOf(folder: readonly string[], name: string, signal: AbortSignal): Promise<number | null>;
  /** Lower-case hex SHA-256 of a file's bytes. */
  hash(folder: readonly string[], name: string, size_bytes: number, signal: AbortSignal): Promise<string>;
  /** Removes a file; one that is not there is fine. */
  remove(folder: readonly string[], name: string, signal: AbortSignal): Promise<void>;
}

/** How what travels is protected: `local` does not travel. */
export type Protection = 'encrypted' | 'signed' | 'none' | 'local';

export interface SmbShare {
  readonly kind: 'smb';
  readonly host: string;
  readonly port: number;
  readonly share: string;
  readonly user: string;
  /** The password itself; whoever opens the share has looked it up. */
  readonly password: string;
  readonly domain?: string | undefined;
  readonly engine: 'auto' | 'smbclient' | 'node-smb2';
  /** `required` or not at all; `if_possible`; `off`: signed only. */
  readonly encrypt: 'required' | 'if_possible' | 'off';
}

export interface FolderShare {
  readonly kind: 'folder';
  readonly path: string;
}

export function placeOf(target: SmbShare): string {
  return `//${target.host}/${target.share}`;
}
