import type { Settings } from '../../config/schema.ts';
import { RohrpostError } from '../../core/errors.ts';

/** The settings as they are now, for whoever is going to change them. */
export interface Current {
  settings: Settings;
  revision: string;
}

/** One setting that is another one since a revision: by whom and when, where the page knows. */
export interface Changed {
  path: string;
  before: unknown;
  after: unknown;
  by: string | null;
  at_ms: number | null;
}

/** What the answer to a stale change tells: what others changed since (null: not known any more), and how things are now. */
export interface StaleDetails extends Current {
  changed: Changed[] | null;
}

/** `config-stale` with what others changed since the revision that the change was made from. */
export class StaleError extends RohrpostError {
  readonly now: StaleDetails;

  constructor(now: StaleDetails) {
    super('config-stale');
    this.now = now;
  }
}
