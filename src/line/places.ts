import { join } from 'node:path';

/**
 * The folder of the spool for instances that come now, absolute. One folder a day keeps folders small enough to list, and old ones
 * quick to clear. Modalities' lie in it, what came otherwise in a folder of its own therein: should the ledger be lost, the place
 * says how a file came (box/doubt.ts).
 */
export function instancesFolder(dataFolder: string, now_ms: number, cameBy?: string): string {
  return join(dataFolder, 'spool', 'instances', new Date(now_ms).toISOString().slice(0, 10), cameBy ?? '');
}

/** For what people upload. */
export const UPLOADED = 'by-hand';
/** For what came from a partner. */
export const fromPartner = (id: string) => `from-${id}`;
