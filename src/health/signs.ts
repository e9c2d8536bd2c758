import { type ErrorCode, errorText, type Language, type RohrpostError } from '../core/errors.ts';
import { dateText } from '../core/figures.ts';
import { healthLimits } from '../core/limits.ts';
import { type HealthSay, healthSay } from './say.ts';

export type Tone = 'ok' | 'warn' | 'fail';

/** One thing that was looked at, not yet put into anybody's language. */
export interface Sign {
  readonly id: string;
  readonly tone: Tone;
  readonly code?: ErrorCode | string;
  /** The page where something can be done about it. */
  readonly link?: string;
  readonly title: Words;
  readonly words: Words;
  /** The same without what a peer said about somebody's study, where `words` has that: what goes into mails and stays. */
  readonly plain?: Words;
  /**
   * Whether people are called, by an alarm. A fault calls by itself once it has lasted; `now`: without waiting for that; `act`: it
   * is only a warning, but one that nothing but a person can end.
   */
  readonly calls?: 'now' | 'act';
  /** Where several things are told as one: what each of them is called for by itself. */
  readonly cases?: readonly Case[];
}

/** One of the things that a sign tells together. */
export interface Case {
  readonly id: string;
  readonly words: Words;
}

export type Words = (say: HealthSay, language: Language) => string;

/** A sign in somebody's words. */
export interface Light {
  id: string;
  tone: Tone;
  title: string;
  words: string;
  code?: string;
  link?: string;
}

export function lightOf({ title, words, plain: _, calls: __, cases: ___, ...sign }: Sign, language: Language): Light {
  const say = healthSay(language);
  return { ...sign, title: title(say, language), words: words(say, language) };
}

/** The sign of something that failed. */
export function signOf(error: RohrpostError, sign: Pick<Sign, 'id' | 'title' | 'link'> & { tone?: Tone }): Sign {
  const words: Words = (_, language) => errorText(error.code, language, error.details);
  return { tone: 'fail', ...sign, code: error.code, words };
}

/** How soon something ends: attention 30 days before, a fault 7 days before. */
export function toneOfEnd(ends_ms: number | null, now_ms: number): Tone {
  if (ends_ms === null) return 'ok';
  const left_ms = ends_ms - now_ms;
  if (left_ms < healthLimits.expires_now_ms) return 'fail';
  return left_ms < healthLimits.expires_soon_ms ? 'warn' : 'ok';
}

const DAY_MS = 24 * 3_600_000;

/** In words, when something ends. */
export function endWords(ends_ms: number | null, now_ms: number): Words {
  if (ends_ms === null) return (say) => say('light.valid');
  const days = Math.floor((ends_ms - now_ms) / DAY_MS);
  return (say, language) => {
    const date = dateText(ends_ms, language);
    if (ends_ms <= now_ms) return say('light.ended', { date });
    return toneOfEnd(ends_ms, now_ms) === 'ok' ? say('light.lasts', { date }) : say('light.ends', { days, date });
  };
}
