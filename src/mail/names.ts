import { mailLimits } from '../core/limits.ts';
import type { Entity } from './entity.ts';
import { decodeWords, parseParameterized } from './headers.ts';

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}<>:"|?*]/gu;
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const EXTENSION = /\.[A-Za-z0-9]{1,10}$/;

/**
 * A name for people to see, made of whatever a mail calls an attachment: the last step of a path, without controls,
 * direction marks and characters that file systems refuse, bounded, its extension kept. Undefined when nothing is left.
 * No path is ever built from it.
 */
export function displayName(raw: string, characters: number = mailLimits.name_characters): string | undefined {
  const step = raw.slice(Math.max(raw.lastIndexOf('/'), raw.lastIndexOf('\\')) + 1);
  // Composing can make two characters of one, and a device's name gets another: so both come before what bounds it.
  const harmless = step
    .normalize('NFC')
    .replace(UNSAFE, '_')
    .replace(/^[. ]+/, '');
  const name = bounded(harmless, characters);
  if (name === '') return undefined;
  return DEVICE.test(name) ? bounded(`_${name}`, characters) : name;
}

/** The beginning of a name and its extension. */
function bounded(name: string, characters: number): string {
  const [extension = ''] = EXTENSION.exec(name) ?? [];
  const stem = Array.from(name.slice(0, name.length - extension.length))
    .slice(0, characters - extension.length)
    .join('');
  return `${stem}${extension}`.replace(/[. ]+$/, '');
}

/** What a body part calls itself: the file name of its Content-Disposition, else the name of its Content-Type. */
export function entityName(entity: Entity): string | undefined {
  const disposition = parseParameterized(entity.headers.get('content-disposition') ?? '');
  const raw = disposition.params.filename ?? entity.params.name;
  return raw === undefined ? undefined : displayName(decodeWords(raw));
}
