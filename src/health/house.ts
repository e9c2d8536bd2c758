import type { Appliance } from '../appliance/appliance.ts';
import type { Keyring } from '../box/keyring.ts';
import type { MailboxSight } from '../box/mailbox-sight.ts';
import type { Sightings } from '../box/sightings.ts';
import type { Secrets } from '../config/secrets.ts';
import type { OpenSettings } from '../config/settings.ts';
import type { Clock } from '../core/clock.ts';
import type { RohrpostError } from '../core/errors.ts';
import type { Store } from '../store/store.ts';
import type { Updates } from '../update/updates.ts';

/** The house as the lights see it, whether the box works or not. */
export interface House {
  readonly folder: string;
  readonly clock: Clock;
  readonly secrets: Pick<Secrets, 'get'>;
  box(): WorkingBox | null;
  /** Why a box that is set up does not work. */
  trouble(): RohrpostError | null;
  /** The machine around the program, where it is an appliance. */
  readonly appliance?: (Pick<Appliance, 'clockIsSynchronised'> & Partial<Pick<Appliance, 'facts'>>) | null;
  /** What updates it. */
  updates?(): Pick<Updates, 'state'> | null;
  /** Of the page. */
  certificate(): { readonly expires_ms: number };
}

/** A box at work, as far as its health goes. */
export interface WorkingBox {
  readonly store: Store;
  readonly settings: OpenSettings;
  readonly keyring: Keyring;
  shutDoors(): ReadonlyMap<string, RohrpostError>;
  mailbox(): MailboxSight | null;
  readonly sightings: Sightings;
}
