import { openSettings } from '../config/settings.ts';
import type { Clock } from '../core/clock.ts';
import { configLimits } from '../core/limits.ts';
import type { OpenLog } from '../core/log.ts';
import { isKnownCalledAe } from '../line/rules.ts';
import { isAllowed } from './allow.ts';
import { dicomDoors } from './dicom-door.ts';
import { doorman } from './doors.ts';

/** Refused: out of resources (PS3.4 Table B.2-1). A modality keeps the image and sends it again. */
const OUT_OF_RESOURCES = 0xa700;

/**
 * Opens the DICOM ports of a box that must not take anything yet: they answer C-ECHO, and refuse every C-STORE. Whom they know,
 * the settings say as always.
 * @throws RohrpostError config-…, dicom-listen-failed
 */
export async function holdDoors(
  folder: string,
  o: { log: OpenLog; clock: Clock },
): Promise<{ close(): Promise<void> }> {
  const { log, clock } = o;
  const settings = await openSettings(folder, { log, clock, watch_ms: configLimits.watch_ms });
  const receive = {
    admit: ({ calledAe, callingAe, address }: { calledAe: string; callingAe: string; address: string }) => {
      if (!isKnownCalledAe(settings.current(), calledAe))
        return { accept: false, reason: 'called-ae-unknown' } as const;
      const isKnown = isAllowed(settings.current().dicom.allow, { callingAe, address });
      return isKnown ? ({ accept: true } as const) : ({ accept: false, reason: 'calling-ae-unknown' } as const);
    },
    canStore: () => ({ status: OUT_OF_RESOURCES, comment: 'an update is on trial; send again later' }),
    newFile: () => {
      throw new Error('nothing is taken');
    },
    onInstance: () => {
      throw new Error('nothing is taken');
    },
  };
  try {
    const doors = await doorman(dicomDoors({ folder, clock, log, receive }), settings.current, { clock, log });
    return {
      close: async () => {
        await doors.close();
        await settings.close();
      },
    };
  } catch (error) {
    await settings.close();
    throw error;
  }
}
