import type { CodeTable } from '../errors.ts';

/** Mail as a format: addresses, MIME, DICOM-e-mail fields, fragments, receipts, bounces, ZIP mail. */
export const mailCodes = {
  'mail-address-invalid': {
    retry: 'operator',
    blame: 'operator',
    de: 'Die Mail-Adresse ist nicht zulässig: {reason}. Erlaubt ist genau eine schlichte Adresse wie „dicom@klinik.example“.',
    en: 'The mail address is not allowed: {reason}. Exactly one plain address such as “dicom@clinic.example” is.',
  },
  'mail-set-fields-invalid': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Angaben zur Sendung im Kopf der Mail sind ungültig ({field}: {reason}).',
    en: 'The set fields in the header of the mail are invalid ({field}: {reason}).',
  },
  'mail-content-changed': {
    retry: 'operator',
    blame: 'us',
    de: 'Eine Datei hat sich beim Verpacken geändert: {expected_bytes} Bytes waren geplant, {actual_bytes} wurden gelesen.',
    en: 'A file changed while it was being packed: {expected_bytes} bytes were planned, {actual_bytes} were read.',
  },
  'mail-too-large': {
    retry: 'never',
    blame: 'content',
    de: 'Die Mail ist größer als die zulässigen {limit_bytes} Bytes.',
    en: 'The mail is larger than the {limit_bytes} bytes allowed.',
  },
  'mail-headers-too-long': {
    retry: 'never',
    blame: 'content',
    de: 'Der Kopf der Mail oder eines ihrer Teile ist länger als {limit_bytes} Bytes.',
    en: 'The header of the mail or of one of its parts is longer than {limit_bytes} bytes.',
  },
  'mail-nested-too-deep': {
    retry: 'never',
    blame: 'content',
    de: 'Die Teile der Mail sind tiefer als {limit} Ebenen verschachtelt.',
    en: 'The parts of the mail are nested deeper than {limit} levels.',
  },
  'mail-too-many-parts': {
    retry: 'never',
    blame: 'content',
    de: 'Die Mail hat mehr als {limit} Teile.',
    en: 'The mail has more than {limit} parts.',
  },
  'mail-truncated': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Mail ist unvollständig: Ein mehrteiliger Inhalt endet ohne seine Schlussmarke.',
    en: 'The mail is incomplete: a multipart ends without its closing boundary.',
  },
  'mail-boundary-invalid': {
    retry: 'never',
    blame: 'partner',
    de: 'Ein mehrteiliger Inhalt der Mail nennt keine brauchbare Trennmarke.',
    en: 'A multipart of the mail names no usable boundary.',
  },
  'mail-base64-broken': {
    retry: 'never',
    blame: 'partner',
    de: 'Ein Anhang der Mail ist beschädigt (Base64, Teil {part}).',
    en: 'An attachment of the mail is damaged (base64, part {part}).',
  },
  'mail-encoding-unknown': {
    retry: 'never',
    blame: 'partner',
    de: 'Ein Anhang der Mail ist auf unbekannte Weise kodiert (Teil {part}).',
    en: 'An attachment of the mail has an unknown transfer encoding (part {part}).',
  },
  'mail-structure-invalid': {
    retry: 'never',
    blame: 'partner',
    de: 'Der Aufbau der Mail entspricht nicht ihrer Angabe ({expected}).',
    en: 'The mail is not built as it says it is ({expected}).',
  },
  'mail-fragment-invalid': {
    retry: 'never',
    blame: 'partner',
    de: 'Das Bruchstück einer Mail (message/partial) ist ungültig: {reason}',
    en: 'The fragment of a mail (message/partial) is invalid: {reason}',
  },
  'mail-cannot-be-cut': {
    retry: 'operator',
    blame: 'operator',
    de: 'Die Mail lässt sich nicht in Bruchstücke von höchstens {limit_bytes} Bytes teilen: {reason}',
    en: 'The mail cannot be cut into fragments of at most {limit_bytes} bytes: {reason}',
  },
  'mail-receipt-malformed': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Quittung ist nicht lesbar: {reason}',
    en: 'The receipt cannot be read: {reason}',
  },
  'mail-bounce-malformed': {
    retry: 'never',
    blame: 'mailserver',
    de: 'Die Meldung des Mailservers über eine unzustellbare Mail ist nicht lesbar: {reason}',
    en: 'The mail server’s report about an undelivered mail cannot be read: {reason}',
  },
  'mail-zip-broken': {
    retry: 'never',
    blame: 'partner',
    de: 'Das ZIP-Archiv in der Mail ist beschädigt oder verschlüsselt: {reason}',
    en: 'The ZIP archive in the mail is damaged or encrypted: {reason}',
  },
  'mail-zip-too-large': {
    retry: 'never',
    blame: 'content',
    de: 'Das ZIP-Archiv in der Mail überschreitet eine Grenze ({what}: {limit}).',
    en: 'The ZIP archive in the mail exceeds a limit ({what}: {limit}).',
  },
} as const satisfies CodeTable;
