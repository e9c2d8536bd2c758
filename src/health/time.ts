import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { healthLimits } from '../core/limits.ts';

/** What the time service of the system says of itself. */
export interface TimeService {
  readonly name: 'systemd-timesyncd' | 'chrony';
  readonly isSynchronised: boolean;
  /** How far the clock is from that of the service; null where it does not tell. */
  readonly offset_ms: number | null;
}

/** A command of the system that gives its output, or null when it is not there, fails, or takes too long. */
export type SystemCommand = (command: string, args: readonly string[]) => Promise<string | null>;

/** Asks chrony, then systemd; null where neither is there. */
export async function timeService(run: SystemCommand = runSystem): Promise<TimeService | null> {
  const tracking = await run('chronyc', ['-c', '-n', 'tracking']);
  return (tracking === null ? null : chrony(tracking)) ?? timesyncd(run);
}

/** chronyc(1): reference, address, stratum, time, offset in seconds, …, leap status. */
function chrony(text: string): TimeService | null {
  const fields = text.trim().split(',');
  const offset_s = Number(fields[4]);
  if (fields.length < 14 || !Number.isFinite(offset_s)) return null;
  const isSynchronised = fields.at(-1) !== 'Not synchronised';
  return { name: 'chrony', isSynchronised, offset_ms: isSynchronised ? offset_s * 1000 : null };
}

async function timesyncd(run: SystemCommand): Promise<TimeService | null> {
  const shown = await run('timedatectl', ['show', '--property=NTPSynchronized']);
  const synchronised = /^NTPSynchronized=(yes|no)$/m.exec(shown ?? '')?.[1];
  if (synchronised === undefined) return null;
  const status = (await run('timedatectl', ['timesync-status'])) ?? '';
  const [, value, unit] = /^\s*Offset:\s*([+-]?[\d.]+)(us|ms|s|min)\s*$/m.exec(status) ?? [];
  const offset_ms = value === undefined ? null : Number(value) * UNITS[unit as keyof typeof UNITS];
  return { name: 'systemd-timesyncd', isSynchronised: synchronised === 'yes', offset_ms };
}

const UNITS = { us: 0.001, ms: 1, s: 1_000, min: 60_000 } as const;

const execute = promisify(execFile);

export const runSystem: SystemCommand = async (command, args) => {
  try {
    const { stdout } = await execute(command, [...args], {
      timeout: healthLimits.system_ms,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024,
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' },
    });
    return stdout;
  } catch {
    return null;
  }
};
