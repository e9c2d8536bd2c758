import si from 'systeminformation';
import { clockWatch } from '../box/clock-watch.ts';
import type { Language } from '../core/errors.ts';
import { bytesText, momentText, numberText } from '../core/figures.ts';
import { freeBytes } from '../core/files.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok, warn } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';

/** A box at work needs 300 MB; with less than this left, something else on the machine will end it. */
const MEMORY_LOW_BYTES = 300_000_000;
/** Small computers slow themselves down from 80 °C on. */
const HOT_C = 80;

type Parts = Pick<HealthParts, 'folder' | 'settings' | 'store' | 'clock' | 'language'>;

/** Disk, memory, temperature and clock of the machine. */
export function machineChecks(parts: Parts): Check[] {
  const say = healthSay(parts.language);
  return [
    { name: say('check.disk'), run: () => disk(parts) },
    { name: say('check.memory'), run: () => memory(parts) },
    { name: say('check.temperature'), run: () => temperature(parts) },
    { name: say('check.clock'), run: () => clock(parts) },
  ];
}

async function disk({ folder, settings, language }: Parts): Promise<Finding> {
  return diskFinding(await freeBytes(folder), settings.disk.refuse_below_bytes, language);
}

/** The free space beside the reserve below which nothing is taken. */
export function diskFinding(free_bytes: number, least_bytes: number, language: Language): Finding {
  const say = healthSay(language);
  const values = { free: bytesText(free_bytes, language), least: bytesText(least_bytes, language) };
  if (free_bytes < least_bytes) return failed(say('check.disk-full', values), 'disk-full', language);
  const words = say('check.disk-free', values);
  return free_bytes < 2 * least_bytes ? warn(words) : ok(words);
}

async function memory({ language }: Parts): Promise<Finding> {
  return memoryFinding(await si.mem(), language);
}

export function memoryFinding({ available, total }: { available: number; total: number }, language: Language): Finding {
  const values = { free: bytesText(available, language), all: bytesText(total, language) };
  const words = healthSay(language)('check.memory-free', values);
  return available < MEMORY_LOW_BYTES ? warn(words) : ok(words);
}

async function temperature({ language }: Parts): Promise<Finding> {
  return temperatureFinding((await si.cpuTemperature()).main, language);
}

/** `null` or nothing above zero: there is no sensor. */
export function temperatureFinding(degrees: number | null, language: Language): Finding {
  if (degrees === null || degrees <= 0) return ok(healthSay(language)('check.no-sensor'));
  const words = `${numberText(degrees, language, 0)} °C`;
  return degrees >= HOT_C ? warn(words) : ok(words);
}

/** Whether the wall clock can be right at all. */
async function clock({ clock, store, language }: Parts): Promise<Finding> {
  const { timezoneName } = si.time();
  const words = `${momentText(clock.now(), language)} (${timezoneName})`;
  if (clockWatch(store, clock)()) return ok(words);
  return failed(`${words}: ${healthSay(language)('check.clock-wrong')}`, 'clock-untrusted', language);
}
