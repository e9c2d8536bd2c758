import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError } from '../core/errors.ts';
import { freeBytes, removeFile, writeDurably } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { repeat } from '../core/repeat.ts';

const RESERVE_FILE = 'reserve';
const LOOK_EVERY_MS = 10_000;
/** With less left than this many reserves after it, none is laid by: it would only go again. */
const ROOM_FOR_IT = 4;

interface ReserveParts {
  folder: string;
  clock: Clock;
  log: Log;
}

/**
 * Lays some room of the disk by, and gives it back when the disk is full: deleting needs room too, for the ledger and the audit
 * write down first what is deleted, and a box that starts writes before it does anything else (F04). What fills the disk is somebody
 * else: the box itself takes nothing more long before (`disk.refuse_below_bytes`). The first look is over when this returns.
 */
export async function openReserve(o: ReserveParts): Promise<{ stop(): Promise<void> }> {
  await look(o, giveBack);
  const lookAfter = async () => {
    await look(o, giveBack);
    await look(o, layBy);
  };
  return repeat(lookAfter, { clock: o.clock, pause_ms: LOOK_EVERY_MS });
}

type Act = (path: string, free_bytes: number, log: Log) => Promise<void>;

async function look({ folder, log }: ReserveParts, act: Act): Promise<void> {
  try {
    await act(join(folder, RESERVE_FILE), await freeBytes(folder), log);
  } catch (error) {
    log.warn('the reserve of the disk was not looked after', { code: asRohrpostError(error, 'disk-error').code });
  }
}

const giveBack: Act = async (path, free_bytes, log) => {
  if (free_bytes >= lineLimits.reserve_bytes || !existsSync(path)) return;
  await removeFile(path);
  log.warn('the disk is full: the reserve is given back', { free_bytes });
};

const layBy: Act = async (path, free_bytes) => {
  if (free_bytes < ROOM_FOR_IT * lineLimits.reserve_bytes || existsSync(path)) return;
  await writeDurably(path, Buffer.alloc(lineLimits.reserve_bytes));
};
