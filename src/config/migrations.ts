import { type Document, isMap } from 'yaml';
import { SETTINGS_VERSION } from './schema.ts';

/** Brings a file from format `from` to `from + 1`, in place, so that comments stay. */
export interface Migration {
  readonly from: number;
  readonly up: (document: Document) => void;
}

/** Every step since the first format, in order. Steps are never changed once released. */
export const migrations: readonly Migration[] = [];

/**
 * Applies the steps that an older file needs and gives back the format it had; null when nothing had to be done.
 * A file whose format no step knows is left as it is: the schema then says what is wrong with its version.
 */
export function migrate(document: Document, steps: readonly Migration[]): number | null {
  if (!isMap(document.contents)) return null;
  const first = document.get('version');
  if (typeof first !== 'number') return null;
  let version = first;
  while (version < SETTINGS_VERSION) {
    const step = steps.find((candidate) => candidate.from === version);
    if (step === undefined) break;
    step.up(document);
    version += 1;
    document.set('version', version);
  }
  return version === first ? null : first;
}
