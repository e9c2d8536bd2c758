import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RohrpostError } from '../core/errors.ts';

/** Facts of this boot; they stand in files that the system wrote before the program started. */
export interface BootFacts {
  slot: 'A' | 'B';
  /** Version of the running image. */
  version: string;
  variant: 'release' | 'dev';
  /** What an update must be for: `rohrpost-amd64`, `rohrpost-arm64`, `rohrpost-pi`. */
  product: string;
  /** The box's name in the network and on its screen, `rohrpost-xxxx`. */
  name: string;
  /** Maker and model. */
  hardware: string;
  storage: 'tpm2' | 'key-file' | 'none';
  /** The data partition is there but cannot be used: the box runs on an empty folder in memory. */
  data: 'good' | 'locked' | 'damaged' | 'missing';
  /** The data were made on other hardware: a moved disk, or a copy. */
  moved: boolean;
  /** An update that came back to this slot, and the code of why. */
  fellBack: { version: string; code: string } | null;
}

/**
 * Reads the facts of this boot from the files of `folder`, one line each.
 * @throws RohrpostError appliance-facts where one that must be there is missing or cannot be what it says
 */
export function readFacts(folder: string): BootFacts {
  const oneOf = <Word extends string>(file: string, words: readonly Word[]): Word => {
    const word = words.find((item) => item === factOf(folder, file));
    if (word === undefined) throw new RohrpostError('appliance-facts', { details: { file } });
    return word;
  };
  const there = (file: string): string => {
    const line = factOf(folder, file);
    if (!line) throw new RohrpostError('appliance-facts', { details: { file } });
    return line;
  };
  const [version, code] = (factOf(folder, 'fell-back') ?? '').split(' ');
  return {
    slot: oneOf('slot', ['A', 'B']),
    version: there('version'),
    variant: oneOf('variant', ['release', 'dev']),
    product: there('product'),
    name: there('name'),
    hardware: factOf(folder, 'hardware') ?? '',
    storage: oneOf('storage', ['tpm2', 'key-file', 'none']),
    data: (['locked', 'damaged', 'missing'] as const).find((file) => existsSync(join(folder, file))) ?? 'good',
    moved: existsSync(join(folder, 'moved')),
    fellBack: version ? { version, code: code || 'boot' } : null,
  };
}

/** The first line of a fact's file; null: there is none. */
function factOf(folder: string, file: string): string | null {
  try {
    return readFileSync(join(folder, file), 'utf8').split('\n', 1)[0]!.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new RohrpostError('appliance-facts', { cause: error, details: { file } });
  }
}
