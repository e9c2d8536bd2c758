import { signal } from '@preact/signals';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const REMEMBERED = 'rohrpost-theme';

/** Light, dark, or what the device prefers. */
export const theme = signal<Theme>('system');

export function restoreTheme(): void {
  const remembered = localStorage.getItem(REMEMBERED);
  setTheme(themes.find((known) => known === remembered) ?? 'system');
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  document.documentElement.dataset.theme = chosen;
  if (chosen === 'system') localStorage.removeItem(REMEMBERED);
  else localStorage.setItem(REMEMBERED, chosen);
}
