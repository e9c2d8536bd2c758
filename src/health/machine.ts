import si from 'systeminformation';
import { clockWatch } from '../box/clock-watch.ts';
import { bytesText, momentText, numberText } from '../core/figures.ts';
import { freeBytes } from '../core/files.ts';
import type { Check } from './check.ts';
import { type Finding, failed, ok, warn } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './texts.ts';

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

/** The free space beside the reserve below which nothing is taken. */
export async function disk({ folder, settings, language }: Pick<Parts, 'folder' | 'settings' | 'language'>) {
  const say = healthSay(language);
  const free = await freeBytes(folder);
  const least = settings.disk.refuse_below_bytes;
  const values = { free: bytesText(free, language), least: bytesText(least, language) };
  if (free < least) return failed(say('check.disk-full', values), 'disk-full', language);
  const words = say('check.disk-free', values);
  return free < 2 * least ? warn(words) : ok(words);
}

export async function memory({ language }: Pick<Parts, 'language'>): Promise<Finding> {
  const { available, total } = await si.mem();
  const values = { free: bytesText(available, language), all: bytesText(total, language) };
  const words = healthSay(language)('check.memory-free', values);
  return available < MEMORY_LOW_BYTES ? warn(words) : ok(words);
}

export async function temperature({ language }: Pick<Parts, 'language'>): Promise<Finding> {
  const { main } = await si.cpuTemperature();
  if (main === null || main <= 0) return ok(healthSay(language)('check.no-sensor'));
  const words = `${numberText(main, language, 0)} °C`;
  return main >= HOT_C ? warn(words) : ok(words);
}

/** Whether the wall clock can be right at all. */
async function clock({ clock, store, language }: Parts): Promise<Finding> {
  const { timezoneName } = si.time();
  const words = `${momentText(clock.now(), language)} (${timezoneName})`;
  if (clockWatch(store, clock)()) return ok(words);
  return failed(`${words}: ${healthSay(language)('check.clock-wrong')}`, 'clock-untrusted', language);
}
