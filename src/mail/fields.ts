import { RohrpostError } from '../core/errors.ts';
import { mailLimits } from '../core/limits.ts';
import type { Headers } from './headers.ts';

/** Which mail of which set this is (DICOM e-mail, X-TELEMEDICINE-SETID, -SETPART, -SETTOTAL). */
export interface SetFields {
  /** One "send" action to one recipient; unique only together with the sender. */
  setId: string;
  /** 1 to `total`. */
  part: number;
  /** Mails in the set. */
  total: number;
}

/** The alphabet of the values of all X-TELEMEDICINE fields. */
const VALUE = /^[A-Za-z0-9_.,-]+$/;

/** The three fields as lines without line ends, as they stand in the outer header and in the inner root. */
export function setFieldLines(fields: SetFields): string[] {
  return [
    `X-TELEMEDICINE-SETID: ${fields.setId}`,
    `X-TELEMEDICINE-SETPART: ${fields.part}`,
    `X-TELEMEDICINE-SETTOTAL: ${fields.total}`,
  ];
}

/**
 * Reads the three fields; null when none of them is there.
 *
 * @throws mail-set-fields-invalid when one is missing beside the others, repeated, outside the alphabet, or when the numbers
 * cannot be (part 0, part 7 of 5, more mails than any study has)
 */
export function parseSetFields(headers: Headers): SetFields | null {
  const names = ['X-TELEMEDICINE-SETID', 'X-TELEMEDICINE-SETPART', 'X-TELEMEDICINE-SETTOTAL'];
  if (names.every((name) => headers.get(name) === undefined)) return null;
  const [setId, part, total] = names.map((name) => {
    const values = headers.all(name);
    if (values.length !== 1)
      throw values.length === 0 ? invalid(name, 'missing', 'fehlt') : invalid(name, 'repeated', 'steht mehrmals da');
    if (!VALUE.test(values[0]!))
      throw invalid(name, 'empty or with characters that are not allowed', 'leer oder mit unerlaubten Zeichen');
    return values[0]!;
  });
  if (setId!.length > mailLimits.set_id_characters) throw invalid(names[0]!, 'too long', 'zu lang');
  const fields = { setId: setId!, part: count(names[1]!, part!), total: count(names[2]!, total!) };
  if (fields.part > fields.total) throw invalid(names[1]!, 'greater than the total', 'größer als die Gesamtzahl');
  return fields;
}

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw invalid(name, 'not a number', 'keine Zahl');
  const number = Number(text);
  if (number < 1) throw invalid(name, 'less than 1', 'kleiner als 1');
  if (number > mailLimits.set_parts)
    throw invalid(name, `greater than ${mailLimits.set_parts}`, `größer als ${mailLimits.set_parts}`);
  return number;
}

function invalid(field: string, reason: string, reason_de: string): RohrpostError {
  return new RohrpostError('mail-set-fields-invalid', { details: { field, reason, reason_de } });
}
