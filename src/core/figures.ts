import type { Language } from './errors.ts';

/** How figures look to people, on the command line and in what the page shows of findings. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytesText(bytes: number, language: Language): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${numberText(value, language, unit === 0 || value >= 100 ? 0 : 1)} ${UNITS[unit]}`;
}

export function numberText(value: number, language: Language, digits = 0): string {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A length of time, as exact as its size makes sensible: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function spanText(ms: number, language: Language): string {
  if (ms < 10_000) return `${numberText(Math.max(0, ms) / 1000, language, 1)} s`;
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  const min = Math.floor(s / 60);
  if (min < 24 * 60) return `${Math.floor(min / 60)} h ${min % 60} min`;
  return `${Math.floor(min / 1440)} d ${Math.floor((min % 1440) / 60)} h`;
}

export function momentText(ms: number, language: Language): string {
  return new Date(ms).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium' });
}

export function dateText(ms: number, language: Language): string {
  return new Date(ms).toLocaleDateString(language, { dateStyle: 'medium' });
}

/** Fingerprints are compared by people, aloud: in groups of four, with a pause in the middle. */
export function fingerprintText(fingerprint: string): string {
  const groups = fingerprint.match(/.{1,4}/g) ?? [];
  return `${groups.slice(0, 5).join(' ')}  ${groups.slice(5).join(' ')}`;
}

/** Enough of an id to tell it from others. */
export const shortId = (id: string) => id.slice(0, 8);

/** What a peer or a file says may hold control characters; a terminal obeys them. */
export function harmless(text: string): string {
  return text.replace(/[\x00-\x20\x7f-\x9f]+/g, ' ').trim();
}
