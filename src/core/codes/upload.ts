import type { CodeTable } from '../errors.ts';

const content = { retry: 'never', blame: 'content' } as const;
const operator = { retry: 'operator', blame: 'operator' } as const;

/** What a person hears who sends from the page: about the upload, about what is in the files, about sending. */
export const uploadCodes = {
  'upload-unknown': {
    ...operator,
    de: 'Diese hochgeladene Datei ist nicht mehr hier: sie wurde schon gesendet oder verworfen, oder einen Tag lang nicht angerührt.',
    en: 'This uploaded file is not here any more: it was sent already or removed, or nobody touched it for a day.',
  },
  'upload-offset-stale': {
    ...operator,
    retry: 'later',
    de: 'Die Übertragung geht bei Byte {offset} weiter.',
    en: 'The upload goes on at byte {offset}.',
  },
  'upload-too-long': {
    ...operator,
    retry: 'never',
    de: 'Es kamen mehr Bytes, als für diese Datei angekündigt waren ({length}).',
    en: 'More bytes came than were announced for this file ({length}).',
  },
  'upload-too-large': {
    ...operator,
    retry: 'never',
    de: 'Die Datei ist zu groß; eine Datei darf höchstens {maximum} Bytes haben.',
    en: 'The file is too large; one file may have {maximum} bytes at most.',
  },
  'upload-too-many': {
    ...operator,
    de: 'Es liegen schon {maximum} Dateien hier, die noch nicht abgeschickt sind. Bitte diese erst abschicken oder verwerfen.',
    en: 'There are {maximum} files here already that have not been sent. Please send or remove these first.',
  },
  'upload-too-busy': {
    ...operator,
    retry: 'later',
    de: 'Es werden gerade zu viele Dateien gleichzeitig übertragen. Bitte in {seconds} Sekunden weitermachen.',
    en: 'Too many files are being uploaded at the same time. Please go on in {seconds} seconds.',
  },
  'upload-broken-off': {
    retry: 'later',
    blame: 'network',
    de: 'Die Übertragung brach ab; sie geht bei Byte {offset} weiter.',
    en: 'The upload broke off; it goes on at byte {offset}.',
  },
  'upload-incomplete': {
    ...operator,
    de: 'Von {count} Dateien fehlt noch ein Teil.',
    en: 'A part of {count} files is still missing.',
  },
  'upload-in-use': {
    ...operator,
    retry: 'later',
    de: 'Diese Dateien werden gerade abgeschickt.',
    en: 'These files are being sent just now.',
  },
  'upload-protocol': {
    ...operator,
    retry: 'never',
    de: 'Die Anfrage passt nicht zum Protokoll für Uploads (tus 1.0.0): {what}',
    en: 'The request does not follow the protocol for uploads (tus 1.0.0): {what}',
  },
  'upload-version': {
    ...operator,
    retry: 'never',
    de: 'Uploads gehen hier nach tus 1.0.0; die Anfrage muss das mit „Tus-Resumable: 1.0.0“ sagen.',
    en: 'Uploads follow tus 1.0.0 here; the request has to say so by “Tus-Resumable: 1.0.0”.',
  },
  'file-empty': { ...content, de: 'Die Datei ist leer.', en: 'The file is empty.' },
  'file-unknown': {
    ...content,
    de: 'Die Datei ist weder DICOM noch PDF, JPEG, PNG oder ZIP.',
    en: 'The file is neither DICOM nor PDF, JPEG, PNG or ZIP.',
  },
  'file-dicom-bare': {
    ...content,
    de: 'DICOM ohne Dateikopf: die Kodierung ist nicht angegeben. Bitte im PACS als DICOM-Datei (Part 10) exportieren.',
    en: 'DICOM without a file header: its encoding is not stated. Please export it from the PACS as a DICOM file (Part 10).',
  },
  'file-dicom-broken': {
    ...content,
    de: 'Die DICOM-Datei ist beschädigt: {reason}',
    en: 'The DICOM file is damaged: {reason}',
  },
  'file-dicom-no-study': {
    ...content,
    de: 'Die DICOM-Datei nennt keine gültige Studie (Study Instance UID).',
    en: 'The DICOM file names no valid study (Study Instance UID).',
  },
  'file-iso': {
    ...content,
    de: 'Ein CD-Abbild (ISO). Bitte öffnen und den Ordner daraus hochladen.',
    en: 'A CD image (ISO). Please open it and upload the folder inside.',
  },
  'file-zip-broken': {
    ...content,
    de: 'Das ZIP-Archiv ist beschädigt oder verschlüsselt: {reason}',
    en: 'The ZIP archive is damaged or encrypted: {reason}',
  },
  'file-zip-too-large': {
    ...content,
    de: 'Das ZIP-Archiv überschreitet ausgepackt eine Grenze ({what}: {limit}).',
    en: 'Expanded, the ZIP archive exceeds a limit ({what}: {limit}).',
  },
  'file-zip-nested': {
    ...content,
    de: 'Ein ZIP-Archiv in einem ZIP-Archiv. Bitte auspacken und den Inhalt hochladen.',
    en: 'A ZIP archive inside a ZIP archive. Please expand it and upload what is inside.',
  },
  'send-nothing': {
    ...operator,
    de: 'Unter den Dateien ist nichts, das gesendet werden kann.',
    en: 'There is nothing among the files that can be sent.',
  },
  'send-partner-unknown': {
    ...operator,
    de: 'Den Partner „{partner}“ gibt es in den Einstellungen nicht.',
    en: 'Partner “{partner}” is not in the settings.',
  },
  'send-document-study': {
    ...operator,
    de: 'Zu welcher Studie gehören die Dokumente? Ein Dokument geht nur mit einer Studie: einer der hochgeladenen oder einer, die schon hier ist.',
    en: 'Which study do the documents belong to? A document goes with a study only: one of those uploaded, or one that is here already.',
  },
  'send-choice-unknown': {
    ...operator,
    de: 'Was ausgewählt wurde, ist nicht unter den Dateien: {what}',
    en: 'What was chosen is not among the files: {what}',
  },
  'send-too-many-documents': {
    ...operator,
    de: 'Höchstens {maximum} Dokumente gehen mit einer Studie.',
    en: 'At most {maximum} documents go with a study.',
  },
  'operator-sent': {
    retry: 'never',
    blame: 'operator',
    de: 'Von Hand gesendet von {by}.',
    en: 'Sent by hand by {by}.',
  },
} as const satisfies CodeTable;
