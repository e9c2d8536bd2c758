import { shareLimits } from '../core/limits.ts';
import { pathTooLong, RESERVED } from './names.ts';

/**
 * The folders that a pattern such as `{date}/{modality}-{study_id}` means for given values. Whatever the values hold,
 * each folder is made of a-z A-Z 0-9 _ - . alone, is no device name, cannot climb, and is at most 64 characters long
 * (the length of a UID).
 * @throws RohrpostError `share-path-too-long`; Error for a field that has no value (a bug: the schema knows the fields)
 */
export function layout(pattern: string, values: Readonly<Record<string, string>>): string[] {
  const segments = pattern
    .split('/')
    .filter((part) => part !== '')
    .map((part) => part.replace(/\{(\w+)\}/g, (_, field: string) => lookUp(values, field)))
    .map(safeSegment);
  if (segments.join('/').length > shareLimits.folder_characters) throw pathTooLong();
  return segments;
}

function lookUp(values: Readonly<Record<string, string>>, field: string): string {
  if (!Object.hasOwn(values, field)) throw new Error(`a folder pattern names the unknown field ${field}`);
  return values[field]!;
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', Ä: 'Ae', Ö: 'Oe', Ü: 'Ue', ß: 'ss' };

function safeSegment(text: string): string {
  const folded = text
    .normalize('NFC')
    .replace(/[äöüÄÖÜß]/g, (letter) => UMLAUTS[letter]!)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, shareLimits.segment_characters)
    .replace(/\.+$/, '_');
  if (folded === '') return '_';
  return RESERVED.test(folded) ? `_${folded}`.slice(0, shareLimits.segment_characters) : folded;
}
