import { type Keyring, openKeyring } from '../../box/keyring.ts';
import type { Settings } from '../../config/schema.ts';
import { type OpenSettings, openSettings } from '../../config/settings.ts';
import { RohrpostError } from '../../core/errors.ts';
import type { Premises } from '../premises.ts';

/**
 * Runs `work` with the settings, also those of a box that cannot start: the page is where they are mended.
 * @throws RohrpostError box-not-set-up, config-…
 */
export async function withSettings<T>(
  premises: Premises,
  work: (settings: OpenSettings) => Promise<T> | T,
): Promise<T> {
  const box = premises.box();
  if (box) return work(box.settings);
  const { log, clock } = premises;
  const settings = await openSettings(premises.folder, { log, clock }).catch((error) => {
    const isNew = error instanceof RohrpostError && error.code === 'config-missing';
    throw isNew ? new RohrpostError('box-not-set-up', { cause: error }) : error;
  });
  try {
    return await work(settings);
  } finally {
    await settings.close();
  }
}

/** The settings as they are now, also of a box that cannot start. @throws RohrpostError box-not-set-up, config-… */
export function settingsOf(premises: Premises): Promise<Settings> {
  return withSettings(premises, (open) => open.current());
}

/** The keys of the box, at work or not. */
export function keyringOf(premises: Premises): Keyring {
  return premises.box()?.keyring ?? openKeyring(premises.folder, premises.secrets);
}
