import { asRohrpostError, errorText, type Language, reasonOf } from '../core/errors.ts';
import { harmless } from '../core/figures.ts';
import { adviceText } from './advice.ts';

/** What a look at one thing found. */
export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail';
  /** For people, in their language, with the peer's own words. */
  readonly words: string;
  readonly code?: string;
  /** What to do about it, where the code tells. */
  readonly advice?: string;
}

export const ok = (words: string): Finding => ({ state: 'ok', words: harmless(words) });
export const warn = (words: string, code?: string): Finding => ({ state: 'warn', words: harmless(words), code });

/** A failure in our words, and, where they are not part of them, in those of whoever refused. */
export function failure(thrown: unknown, language: Language): Finding {
  const error = asRohrpostError(thrown, 'internal');
  const ours = errorText(error.code, language, error.details);
  const theirs = error.cause === undefined ? '' : reasonOf(error.cause);
  const reason = String(error.details.reason ?? theirs);
  const isTold = ours.includes(theirs) || (reason !== '' && theirs.includes(reason));
  const raw = isTold && ours.includes(reason) ? '' : ` – ${theirs}`;
  return failed(`${ours}${raw}`, error.code, language);
}

/** A failure that is known already in words and code. */
export function failed(words: string, code: string | null | undefined, language: Language): Finding {
  const advice = adviceText(code, language);
  return { state: 'fail', words: harmless(words), ...(code && { code }), ...(advice && { advice }) };
}
