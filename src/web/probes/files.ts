import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RohrpostError, reasonOf } from '../../core/errors.ts';
import { healthLimits } from '../../core/limits.ts';

/**
 * Files that a draft names are read whole, by the process that also receives studies: only small, ordinary ones.
 * @throws RohrpostError input-file
 */
export async function expectSmallFiles(folder: string, draft: object): Promise<void> {
  for (const file of filesOf(draft)) {
    const found = await stat(resolve(folder, file)).catch((error) => {
      throw new RohrpostError('input-file', { details: { file, reason: reasonOf(error) } });
    });
    if (found.isFile() && found.size <= healthLimits.file_bytes) continue;
    throw new RohrpostError('input-file', { details: { file, reason: 'no certificate or key' } });
  }
}

/** As settings name files: `ca_file`, `tls.key_file`, … */
function filesOf(draft: object): string[] {
  return Object.entries(draft).flatMap(([key, value]) => {
    if (key.endsWith('_file') && typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? filesOf(value) : [];
  });
}
