import type { Language } from '../core/errors.ts';
import { type Say, sayIn } from '../core/texts.ts';
import { alarmTexts } from './texts/alarms.ts';
import { checkTexts } from './texts/checks.ts';
import { lightTexts } from './texts/lights.ts';

/** Every text of checks, lights and alarms. */
export const healthTexts = { ...checkTexts, ...lightTexts, ...alarmTexts } as const;

export type HealthSay = Say<typeof healthTexts>;

/** The texts of one language. */
export const healthSay = (language: Language): HealthSay => sayIn(healthTexts, language);
