import type { Texts } from '../../core/texts.ts';

export const overviewTexts = {
  'overview.title': { de: 'Übersicht', en: 'Overview' },
} as const satisfies Texts;
