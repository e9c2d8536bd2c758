import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openReserve } from '../../src/box/reserve.ts';
import { freeBytes } from '../../src/core/files.ts';
import { silentLog } from '../../src/core/log.ts';
import { eventually } from '../support/boxes.ts';
import { manualClock } from '../support/clock.ts';
import { fillDisk, smallDisk } from '../support/small-disk.ts';

const MIB = 1 << 20;

test.runIf(smallDisk.isPossible)(
  'F04: laid by where there is room, given back to a full disk, at a start too',
  async () => {
    const folder = smallDisk(48);
    const clock = manualClock();
    const reserve = join(folder, 'reserve');
    const open = async () => {
      const opened = await openReserve({ folder, clock, log: silentLog });
      onTestFinished(() => opened.stop());
      return opened;
    };
    const pass = async (isThere: boolean) => {
      await eventually(
        () => {
          clock.advance(10_000);
          return existsSync(reserve) === isThere;
        },
        { within_ms: 5_000 },
      );
    };
    const first = await open();
    await pass(true);
    const makeRoom = await fillDisk(folder);
    expect(await freeBytes(folder)).toBe(0);
    await pass(false);
    expect(await freeBytes(folder)).toBe(8 * MIB);
    // A reserve that was given back stays so until the disk has room for more than it.
    clock.advance(60_000);
    expect(existsSync(reserve)).toBe(false);
    makeRoom();
    await pass(true);
    await first.stop();

    await fillDisk(folder);
    await open();
    expect(existsSync(reserve)).toBe(false);
  },
);
