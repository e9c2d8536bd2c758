import type { Places } from './places.ts';
import { runWell } from './programs.ts';

/** What the image's own units do with what was written for them, with rights that the caretaker has not got. */
export type Apply =
  | 'network-trial'
  | 'network-keep'
  | 'hostname'
  | 'time'
  | 'ports'
  | 'update-noted'
  | 'factory-reset'
  | 'adopt';

/** @returns when it is done. @throws RohrpostError appliance-failed, timed-out */
export async function apply(places: Places, what: Apply): Promise<void> {
  await runWell(places.programs.systemctl, ['start', `rohrpost-apply@${what}.service`]);
}

/** Begins to end the system; does not wait for that, so that the answer still gets out. */
export async function endSystem(places: Places, how: 'reboot' | 'poweroff'): Promise<void> {
  await runWell(places.programs.systemctl, ['--no-block', how]);
}
