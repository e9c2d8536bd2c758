import { RohrpostError } from '../core/errors.ts';

// One addr-spec of RFC 5322 §3.4.1 in its plainest form: dot-atom, "@", host name. Whatever else the RFCs allow (quoted
// local parts, comments, routes, literals, display names, lists, UTF-8) has sent mail astray in mail libraries before.
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** The bounds of RFC 5321 §4.5.3.1, with the whole address as it fits a path. */
const ADDRESS_CHARACTERS = 254;
const LOCAL_CHARACTERS = 64;

/**
 * Reads one plain mail address and gives it back with its domain in lower case.
 *
 * @throws mail-address-invalid for anything but exactly one plain ASCII `local@domain` of at most 254 characters
 */
export function parseAddress(text: string): string {
  if (text.length > ADDRESS_CHARACTERS) throw invalid('longer than 254 characters', 'länger als 254 Zeichen');
  const at = text.indexOf('@');
  if (at < 0 || at !== text.lastIndexOf('@'))
    throw invalid('exactly one @ is needed', 'es muss genau ein @ darin stehen');
  const local = text.slice(0, at);
  const domain = text.slice(at + 1).toLowerCase();
  if (local.length > LOCAL_CHARACTERS || !LOCAL_PART.test(local))
    throw invalid('the part before the @', 'der Teil vor dem @');
  if (!domain.split('.').every((label) => LABEL.test(label)))
    throw invalid('the part after the @', 'der Teil nach dem @');
  return `${local}@${domain}`;
}

/**
 * Whether two addresses name the same mailbox. RFC 5321 leaves the case of the local part to its host, but no provider
 * tells `Dicom@` from `dicom@`, and one that did would be a trap: both parts compare without case.
 */
export function sameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

const DISPLAY_NAME = /^(?:"(?:[^"\\]|\\.)*"|[^"<>@,;:\\()[\]]*)$/;

/**
 * The one address of a From or Disposition-Notification-To field: `a@b.example`, `<a@b.example>` or `Name <a@b.example>`.
 * Null for everything else, in doubt too: a sender that cannot be read strictly is no partner.
 */
export function parseMailbox(value: string | undefined): string | null {
  if (value === undefined) return null;
  const text = value.trim();
  const open = text.endsWith('>') ? text.lastIndexOf('<') : -1;
  if (open >= 0 && !DISPLAY_NAME.test(text.slice(0, open).trim())) return null;
  try {
    return parseAddress(open < 0 ? text : text.slice(open + 1, -1));
  } catch {
    return null;
  }
}

function invalid(reason: string, reason_de: string): RohrpostError {
  return new RohrpostError('mail-address-invalid', { details: { reason, reason_de } });
}
