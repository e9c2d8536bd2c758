import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { RohrpostError } from '../../core/errors.ts';
import type { Places } from './places.ts';
import { run } from './programs.ts';

/**
 * Does `work` while no other instance does anything of the kind. An installation may take hours, by a line or a server that is slow,
 * and meanwhile the network must be put right and the machine switched off: RAUC's other slot is a matter of its own. The lock is the kernel's (flock(2)), on an open file that flock(1) is
 * handed and this process keeps: it ends with the process, however that ends.
 * @throws RohrpostError appliance-busy where another change takes longer than `lock_s`; what `work` throws
 */
export async function alone<T>(places: Places, kind: 'install' | 'change', work: () => Promise<T>): Promise<T> {
  mkdirSync(places.run, { recursive: true, mode: 0o700 });
  const fd = openSync(join(places.run, `${kind}.lock`), 'a', 0o600);
  try {
    const wait = ['--exclusive', '--timeout', String(limits.lock_s), '3'];
    const { status } = await run(places.programs.flock, wait, { fd });
    if (status !== 0) throw new RohrpostError('appliance-busy');
    return await work();
  } finally {
    closeSync(fd);
  }
}
