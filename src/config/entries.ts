import { RohrpostError } from '../core/errors.ts';

/** Finds an entry of a list of the settings by its id. @throws RohrpostError id-unknown */
export function entryOf<Entry extends { id: string }>(entries: readonly Entry[], id: string): Entry {
  const entry = entries.find((candidate) => candidate.id === id);
  if (entry) return entry;
  const allowed = entries.map((candidate) => candidate.id).join(', ') || '-';
  throw new RohrpostError('id-unknown', { details: { id: id.slice(0, 40), allowed } });
}
