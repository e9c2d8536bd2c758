import * as figures from '../../../core/figures.ts';
import { language } from './texts.ts';

/** How figures look in the language of the page. Times are those of the browser. */

export const bytesText = (bytes: number) => figures.bytesText(bytes, language.value);
export const numberText = (value: number, digits = 0) => figures.numberText(value, language.value, digits);
export const spanText = (ms: number) => figures.spanText(ms, language.value);
/** Date and time. */
export const momentText = (ms: number) => at(ms, { dateStyle: 'medium', timeStyle: 'short' });
export const exactMomentText = (ms: number) => at(ms, { dateStyle: 'medium', timeStyle: 'medium' });
export const dateText = (ms: number) => at(ms, { dateStyle: 'medium' });
export const timeText = (ms: number) => at(ms, { timeStyle: 'short' });

function at(ms: number, style: Intl.DateTimeFormatOptions): string {
  return new Date(ms).toLocaleString(language.value === 'en' ? 'en-GB' : 'de-DE', style);
}

/** A DICOM date (PS3.5 §6.2, DA: 20260131) as people write it; as it is where it is none. */
export function dicomDateText(date: string): string {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  return year ? dateText(new Date(Number(year), Number(month) - 1, Number(day)).getTime()) : date;
}

/** A DICOM name (PS3.5 §6.2.1.2: Family^Given^Middle^Prefix^Suffix) as "Family, Given". */
export function dicomNameText(name: string): string {
  const [family = '', ...others] = (name.split('=')[0] || name).split('^').map((part) => part.trim());
  const given = others.slice(0, 2).filter((part) => part !== '');
  return [family, given.join(' ')].filter((part) => part !== '').join(', ');
}

/** A length in bytes as it is typed: the largest unit that says it exactly. */
export function sizeText(bytes: number): string {
  const units = Object.entries(SIZES).sort(([, a], [, b]) => b - a);
  for (const [unit, size] of units) {
    const value = bytes / size;
    if (value >= 1 && Number.isInteger(value * 100)) return `${String(value)} ${unit}`;
  }
  return `${bytes} B`;
}

/** What was typed as bytes; undefined for what is no size. */
export function sizeOf(text: string): number | undefined {
  const [, value, unit = 'B'] = /^\s*(\d+(?:[.,]\d+)?)\s*([kKMGT]i?B|B)?\s*$/.exec(text) ?? [];
  const size = SIZES[unit.replace('K', unit.length === 3 ? 'K' : 'k')];
  if (value === undefined || size === undefined) return undefined;
  return Math.round(Number(value.replace(',', '.')) * size);
}

const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
