import si from 'systeminformation';
import type { Language } from '../../core/errors.ts';
import { spanText } from '../../core/figures.ts';
import { freeBytes } from '../../core/files.ts';
import { healthLimits } from '../../core/limits.ts';
import type { Finding } from '../finding.ts';
import type { House } from '../house.ts';
import { diskFinding, memoryFinding, temperatureFinding } from '../machine.ts';
import type { Sign } from '../signs.ts';

/** Where the box is not set up, it has no reserve of its own yet; below this it could not be. */
const LEAST_BYTES = 1_000_000_000;

export async function lookAtDisk(house: House): Promise<Sign[]> {
  const title: Sign['title'] = (say) => say('light.disk');
  const failed_ms = house.box()?.sightings.last_ms('disk-error') ?? null;
  if (failed_ms !== null && house.clock.now() - failed_ms < healthLimits.sighting_ms) {
    const ago_ms = Math.max(0, house.clock.now() - failed_ms);
    const words: Sign['words'] = (say, language) => say('light.disk-failed', { time: spanText(ago_ms, language) });
    return [{ id: 'disk', tone: 'fail', code: 'disk-error', link: '/system', title, words, calls: 'now' }];
  }
  const free_bytes = await freeBytes(house.folder);
  const least_bytes = house.box()?.settings.current().disk.refuse_below_bytes ?? LEAST_BYTES;
  const sign = found('disk', title, (language) => diskFinding(free_bytes, least_bytes, language));
  // While there is room left, only people can make more; once there is none, every minute counts.
  if (sign.tone === 'ok') return [sign];
  return [{ ...sign, calls: sign.tone === 'fail' ? 'now' : 'act' }];
}

export async function lookAtMemory(): Promise<Sign[]> {
  const { available, total } = await si.mem();
  return [
    found(
      'memory',
      (say) => say('light.memory'),
      (language) => memoryFinding({ available, total }, language),
    ),
  ];
}

/** Nothing where there is no sensor. */
export async function lookAtTemperature(): Promise<Sign[]> {
  const { main } = await si.cpuTemperature();
  if (main === null || main <= 0) return [];
  return [
    found(
      'temperature',
      (say) => say('light.temperature'),
      (language) => temperatureFinding(main, language),
    ),
  ];
}

/** A finding about something measured is worded when somebody reads it. */
function found(id: string, title: Sign['title'], finding: (language: Language) => Finding): Sign {
  const { state, code } = finding('en');
  return {
    id,
    tone: state,
    ...(code && { code }),
    link: '/system',
    title,
    words: (_, language) => finding(language).words,
  };
}
