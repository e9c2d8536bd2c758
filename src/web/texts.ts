import type { Texts } from '../core/texts.ts';
import { commonTexts } from './texts/common.ts';
import { overviewTexts } from './texts/overview.ts';
import { sessionTexts } from './texts/session.ts';

/** Every text of the page. Keys begin with their area; no key is in two areas. */
export const webTexts = {
  ...commonTexts,
  ...sessionTexts,
  ...overviewTexts,
} as const satisfies Texts;

export type TextKey = keyof typeof webTexts;
