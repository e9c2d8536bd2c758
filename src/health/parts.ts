import type { Keyring } from '../box/keyring.ts';
import type { Settings } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../core/clock.ts';
import type { Language } from '../core/errors.ts';
import type { Store } from '../store/store.ts';

/** What the checks look at. Each takes only what it needs of this. */
export interface HealthParts {
  /** The data folder. */
  readonly folder: string;
  /** Whose language the findings speak. */
  readonly language: Language;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly secrets: Pick<Secrets, 'get'>;
  readonly keyring: Keyring;
  readonly store: Store;
}
