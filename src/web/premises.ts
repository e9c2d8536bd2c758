import type { Appliance } from '../appliance/appliance.ts';
import type { Box } from '../box/box.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import type { OpenLog } from '../core/log.ts';
import type { Alarms } from '../health/alarms/keeper.ts';
import type { Health } from '../health/lights.ts';
import type { Desk } from '../store/desk.ts';
import type { Updates } from '../update/updates.ts';
import type { Certificate } from './certificate.ts';

/** What the page knows of the house it stands in. */
export interface Premises {
  /** The data folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: OpenLog;
  readonly desk: Desk;
  readonly secrets: Secrets;
  /** How everything was when it was last looked at. */
  readonly health: Health;
  /** What people are called for. */
  readonly alarms: Alarms;
  /** Updates of the appliance; null where the machine is somebody else's to update. */
  readonly updates: Updates | null;
  /** The machine around the program; null where the program runs on a system that is not its own. */
  readonly appliance: Appliance | null;
  /** The box at work; null before it is set up and where it cannot start. */
  box(): Box | null;
  /** Why a box that is set up does not work. */
  trouble(): RohrpostError | null;
  /** The first settings have been made: starts the box. @throws RohrpostError why it cannot start */
  begin(): Promise<void>;
  /** Ends everything and starts it anew, once what is being answered has been answered. */
  restart(): void;
  /** The page's own door. */
  door(): { host: string; port: number; redirectPort: number | null };
  certificate(): Certificate;
  /** The certificate on disk is another one now: uses it from the next connection on. */
  renewCertificate(): Promise<void>;
}

/** The box, for whatever needs it at work. @throws RohrpostError box-not-set-up, or why it cannot start */
export function inside(premises: Premises): Box {
  const box = premises.box();
  if (box) return box;
  throw premises.trouble() ?? new RohrpostError('box-not-set-up');
}
