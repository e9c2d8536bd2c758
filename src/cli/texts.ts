import type { Language } from '../core/errors.ts';
import { type Say as AnySay, sayIn as anySayIn } from '../core/texts.ts';
import { auditTexts } from './texts/audit.ts';
import { backupTexts } from './texts/backup.ts';
import { helpTexts } from './texts/help.ts';
import { outputTexts } from './texts/output.ts';
import { screenTexts } from './texts/screen.ts';

/** Every text of the command line, in every language. */
export const texts = { ...helpTexts, ...outputTexts, ...backupTexts, ...auditTexts, ...screenTexts } as const;

export type TextKey = keyof typeof texts;
export type Say = AnySay<typeof texts>;

/** The texts of one language. */
export const sayIn = (language: Language): Say => anySayIn(texts, language);
