import type { Appliance } from '../appliance/appliance.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import type { OpenLog } from '../core/log.ts';
import { moves } from '../line/states.ts';
import { migrateLedger, rehearseMigration } from '../store/migration.ts';
import { holdDoors } from './hold.ts';
import { trialOver } from './trial.ts';

/**
 * Brings the ledger of a data folder up to date before a box starts on it. While the running image is on trial that must not be:
 * the program of the other slot could not read the ledger any more. So the migration is rehearsed on a copy, the DICOM ports only
 * say that they are there, and the ledger itself is changed once the image has proved itself.
 * @param o.tell what it waits for just now, for people and for the self-test
 * @throws RohrpostError migration-…, store-corrupt, disk-…, stopped
 */
export async function bringLedgerUp(
  folder: string,
  o: {
    appliance: Pick<Appliance, 'onTrial'> | null;
    log: OpenLog;
    clock: Clock;
    signal: AbortSignal;
    tell(state: RohrpostError): void;
  },
): Promise<void> {
  const { appliance, log, clock, signal, tell } = o;
  if (appliance?.onTrial()) {
    tell(new RohrpostError('migration-rehearsing'));
    const doors = await holdDoors(folder, { log, clock });
    try {
      log.info('migration of the ledger is rehearsed');
      await rehearseMigration(folder, moves, signal);
      log.info('migration of the ledger waits for the end of the trial');
      tell(new RohrpostError('migration-waits'));
      await trialOver(appliance, { clock, signal }).catch((thrown) => {
        throw new RohrpostError('stopped', { cause: thrown });
      });
    } finally {
      await doors.close().catch((error) => log.error('door not closed', { reason: reasonOf(error) }));
    }
  }
  tell(new RohrpostError('migration-running'));
  log.info('ledger is brought up to date');
  await migrateLedger(folder, moves, signal);
  log.info('ledger is up to date');
}
