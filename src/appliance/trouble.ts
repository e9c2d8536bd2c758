import { RohrpostError } from '../core/errors.ts';
import type { BootFacts } from './appliance.ts';

const STORAGE = { locked: 'storage-locked', damaged: 'storage-damaged', missing: 'storage-missing' } as const;

/** Why a box without its data must not work: what is in its folder is empty and in memory only. Null: the data are there. */
export function storageTrouble({ data }: Pick<BootFacts, 'data'>): RohrpostError | null {
  return data === 'good' ? null : new RohrpostError(STORAGE[data]);
}

/** Why the box must be reachable but must not send, collect or take anything; null: nothing of the machine holds it back. */
export function machineTrouble(facts: Pick<BootFacts, 'data' | 'moved'>): RohrpostError | null {
  return storageTrouble(facts) ?? (facts.moved ? new RohrpostError('box-moved') : null);
}
