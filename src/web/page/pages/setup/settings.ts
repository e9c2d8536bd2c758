import type { SettingsAnswer } from '../../../routes/settings.ts';
import { api } from '../../lib/api.ts';
import { type Live, useLive } from '../../lib/live.ts';

/** The settings, read anew when somebody changes them. */
export const useSettings = (): Live<SettingsAnswer> => useLive<SettingsAnswer>('/api/settings', ['settings']);

export interface SettingChange {
  readonly path: string;
  readonly value: unknown;
}

/** Saves single settings on top of those that were read. @throws ApiError config-stale, config-invalid */
export async function saveSettings(
  from: SettingsAnswer,
  changes: readonly SettingChange[],
  secrets?: Readonly<Record<string, string>>,
): Promise<void> {
  await api.patch('/api/settings', { revision: from.revision, changes, ...(secrets && { secrets }) });
}
