import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { BootFacts } from '../facts.ts';
import type { Slot } from '../words.ts';
import type { Places } from './places.ts';
import { runWell } from './programs.ts';

/** One slot as `rauc status` tells of it: a root file system, or the kernel beside it. */
export interface RaucSlot {
  class: string;
  device: string;
  /** `booted`, `active` (belongs to what is booted), or `inactive`. */
  state: string;
  bootname: string | null;
  boot_status: 'good' | 'bad' | null;
  slot_status?: {
    status?: string;
    bundle?: { version?: string; hash?: string };
    installed?: { timestamp?: string };
  };
}

export interface RaucStatus {
  booted: string;
  /** The slot that the next start is from, such as `rootfs.1`. */
  primary: string | null;
  slots: (RaucSlot & { name: string })[];
}

/** @throws RohrpostError appliance-failed, also while RAUC installs: it answers nothing else then; timed-out */
export async function raucStatus(places: Places): Promise<RaucStatus> {
  const text = await runWell(places.programs.rauc, ['status', '--detailed', '--output-format=json']);
  const status = JSON.parse(text) as {
    booted: string;
    boot_primary: string | null;
    slots: Record<string, RaucSlot>[];
  };
  const slots = status.slots.flatMap((one) => Object.entries(one).map(([name, slot]) => ({ name, ...slot })));
  return { booted: status.booted, primary: status.boot_primary, slots };
}

/** Both slots for people. While RAUC does not tell, only what runs is known. */
export function slotsOf(status: RaucStatus | null, facts: BootFacts, onTrial: boolean): Slot[] {
  return (['A', 'B'] as const).map((name): Slot => {
    const slot = status?.slots.find(({ bootname }) => bootname === name);
    const booted = facts.slot === name;
    const { status: state, bundle, installed } = slot?.slot_status ?? {};
    const installed_ms = Date.parse(installed?.timestamp ?? '');
    return {
      name,
      booted,
      // What runs counts as bad for RAUC until it is confirmed after each start (its tries are being counted).
      good: slot?.boot_status === 'good' || (booted && !onTrial),
      version: booted ? facts.version : state === 'ok' ? (bundle?.version ?? null) : null,
      installed_ms: state === 'ok' && Number.isFinite(installed_ms) ? installed_ms : null,
    };
  });
}

/** Bytes that fit in a slot's device; null: nobody knows. */
export function roomOf(device: string): number | null {
  try {
    const real = realpathSync(device);
    const stat = statSync(real);
    if (stat.isFile()) return stat.size;
    // In sectors of 512 bytes, whatever the disk's own are (sysfs, Documentation/ABI/stable/sysfs-block).
    return Number(readFileSync(`/sys/class/block/${basename(real)}/size`, 'utf8')) * 512;
  } catch {
    return null;
  }
}
