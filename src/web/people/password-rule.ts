import { RequestError } from '../../config/body.ts';
import type { Details } from '../../core/errors.ts';
import { peopleLimits as limits } from '../../core/people-limits.ts';

/** What everybody tries first. */
const USUAL = [
  ...['passwort', 'password', 'kennwort', 'rohrpost', 'admin', 'geheim', 'secret', 'klinik', 'hospital', 'krankenhaus'],
  ...['radiologie', 'radiology', 'praxis', 'qwertz', 'qwerty', 'welcome', 'willkommen', 'sommer', 'winter', 'summer'],
];
/** A shorter name is in too many words by chance. */
const NAME_CHARACTERS = 4;

/**
 * The rule of passwords: length, and that something is left of it without names and usual words. No rule on kinds of
 * characters: people answer those with "Passwort1!" (NIST SP 800-63B §3.1.1.2).
 * @throws RequestError for the field `password`: password-length, password-too-simple
 */
export function expectGoodPassword(password: string, names: readonly string[]): void {
  const { password_characters_least: least, password_characters: most } = limits;
  const length = [...password].length;
  if (length < least || length > most) throw unfit('password-length', { least, most });
  const known = [...names, ...names.flatMap((name) => name.split(/[^\p{L}\p{N}]+/u))];
  const words = [...USUAL, ...known.map((name) => name.toLowerCase())].filter((word) => word.length >= NAME_CHARACTERS);
  // The longest first: "krankenhaus" before "haus".
  words.sort((one, other) => other.length - one.length);
  const rest = words.reduce((text, word) => text.replaceAll(word, ''), password.normalize('NFKC').toLowerCase());
  // Digits count as one: years, dates, 123456.
  const different = new Set(rest.replace(/\d/g, '0'));
  if (different.size < limits.password_different_characters) throw unfit('password-too-simple');
}

function unfit(code: 'password-length' | 'password-too-simple', details: Details = {}): RequestError {
  return new RequestError([{ code, path: ['password'], details, line: null }]);
}
