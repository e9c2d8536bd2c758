import si from 'systeminformation';
import { clockWatch } from '../../box/clock-watch.ts';
import type { Settings } from '../../config/schema.ts';
import { freeBytes } from '../../core/files.ts';
import type { Store } from '../../store/store.ts';
import type { Console } from '../console.ts';
import { bytesText, momentText, numberText } from '../format.ts';
import { type Check, ok, warn } from './report.ts';

/** A box at work needs 300 MB; with less than this left, something else on the machine will end it. */
const MEMORY_LOW_BYTES = 300_000_000;
/** Small computers slow themselves down from 80 °C on. */
const HOT_C = 80;

/** Disk, memory, temperature and clock of the machine. */
export function machineChecks(c: Console, settings: Settings, store: Store): Check[] {
  return [
    { name: c.say('check.disk'), run: () => disk(c, settings) },
    { name: c.say('check.memory'), run: () => memory(c) },
    { name: c.say('check.temperature'), run: () => temperature(c) },
    { name: c.say('check.clock'), run: () => clock(c, store) },
  ];
}

async function disk(c: Console, settings: Settings) {
  const free = await freeBytes(c.folder);
  const least = settings.disk.refuse_below_bytes;
  const values = { free: bytesText(free, c.language), least: bytesText(least, c.language) };
  if (free < least) return { state: 'fail' as const, words: c.say('check.disk-full', values), code: 'disk-full' };
  const words = c.say('check.disk-free', values);
  return free < 2 * least ? warn(words) : ok(words);
}

async function memory(c: Console) {
  const { available, total } = await si.mem();
  const words = c.say('check.memory-free', {
    free: bytesText(available, c.language),
    all: bytesText(total, c.language),
  });
  return available < MEMORY_LOW_BYTES ? warn(words) : ok(words);
}

async function temperature(c: Console) {
  const { main } = await si.cpuTemperature();
  if (main === null || main <= 0) return ok(c.say('check.no-sensor'));
  const words = `${numberText(main, c.language, 0)} °C`;
  return main >= HOT_C ? warn(words) : ok(words);
}

async function clock(c: Console, store: Store) {
  const { timezoneName } = si.time();
  const words = `${momentText(c.clock.now(), c.language)} (${timezoneName})`;
  if (clockWatch(store, c.clock)()) return ok(words);
  return { state: 'fail' as const, words: `${words}: ${c.say('check.clock-wrong')}`, code: 'clock-untrusted' };
}
