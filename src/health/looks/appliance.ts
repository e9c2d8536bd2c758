import { whyText } from '../../update/why.ts';
import type { House } from '../house.ts';
import type { Sign } from '../signs.ts';

const STORAGE = {
  tpm2: { tone: 'ok', words: 'light.storage-tpm' },
  'key-file': { tone: 'ok', words: 'light.storage-key-file' },
  none: { tone: 'warn', words: 'light.storage-none' },
} as const;

/** How the data on the disk are protected; nothing where the machine is somebody else's. */
export function lookAtStorage({ appliance }: House): Sign[] {
  const storage = appliance?.facts?.storage;
  if (!storage) return [];
  const { tone, words } = STORAGE[storage];
  const title: Sign['title'] = (say) => say('light.storage');
  return [{ id: 'storage', link: '/system/appliance', tone, title, words: (say) => say(words) }];
}

/** The firmware: whether the last update stayed, and whether one waits. */
export function lookAtFirmware(house: House): Sign[] {
  const state = house.updates?.()?.state();
  if (!state) return [];
  const { running, history, failed, installed, trouble } = state;
  const sign = { id: 'firmware', link: '/system/firmware', title: ((say) => say('light.firmware')) as Sign['title'] };
  const last = history[0];
  // Whoever allows it again, or has another version running, has seen it.
  if (last?.result === 'fell-back' && failed.some(({ version }) => version === last.version)) {
    const words: Sign['words'] = (say, language) =>
      say('light.firmware-fell-back', { version: last.version, reason: whyText(last, running, language) ?? '' });
    return [{ ...sign, tone: 'warn', calls: 'act', ...(last.code && { code: last.code }), words }];
  }
  if (trouble) {
    const words: Sign['words'] = (_, language) => whyText(trouble, running, language) ?? '';
    return [{ ...sign, tone: 'warn', code: trouble.code, words }];
  }
  const { version } = running;
  if (running.trial) return [{ ...sign, tone: 'ok', words: (say) => say('light.firmware-trial', { version }) }];
  if (installed) {
    const next = installed.version;
    return [{ ...sign, tone: 'ok', words: (say) => say('light.firmware-waits', { version, next }) }];
  }
  return [{ ...sign, tone: 'ok', words: (say) => say('light.firmware-runs', { version }) }];
}
