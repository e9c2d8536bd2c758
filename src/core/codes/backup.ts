import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

/** Backup of a box, and its restoring. */
export const backupCodes = {
  'backup-passphrase': {
    ...operator,
    de: 'Die Passphrase passt nicht zu dieser Sicherung.',
    en: 'The passphrase does not fit this backup.',
  },
  'backup-passphrase-short': {
    ...operator,
    de: 'Die Passphrase muss mindestens {minimum} Zeichen haben: Wer die Datei findet, kann sie in Ruhe durchprobieren.',
    en: 'The passphrase must have at least {minimum} characters: whoever finds the file can try at leisure.',
  },
  'backup-damaged': {
    ...operator,
    de: 'Die Sicherung ist beschädigt oder unvollständig: {reason}',
    en: 'The backup is damaged or incomplete: {reason}',
  },
  'backup-foreign': {
    ...operator,
    de: 'Diese Datei ist keine Sicherung einer Rohrpost-Box.',
    en: 'This file is no backup of a Rohrpost box.',
  },
  'backup-newer': {
    ...operator,
    de: 'Die Sicherung stammt von einer neueren Fassung des Programms ({program}). Bitte zuerst diese Box aktualisieren.',
    en: 'The backup was made by a newer version of the program ({program}). Please update this box first.',
  },
  'backup-too-large': {
    ...operator,
    de: 'Das ist für eine Sicherung zu groß (höchstens {limit_bytes} Bytes).',
    en: 'This is too large for a backup (at most {limit_bytes} bytes).',
  },
  'backup-gone': {
    ...operator,
    de: 'Die hochgeladene Sicherung ist nicht mehr da. Bitte noch einmal auswählen.',
    en: 'The backup that was uploaded is not here any more. Please choose it again.',
  },
  'backup-refused': {
    ...operator,
    de: 'Diese Sicherung kann so nicht zurückgespielt werden: {problems}',
    en: 'This backup cannot be restored like this: {problems}',
  },
  'restore-under-way': {
    ...operator,
    retry: 'later',
    de: 'Es wird gerade schon eine Sicherung geprüft oder zurückgespielt.',
    en: 'A backup is being looked at or restored already.',
  },

  // What a look at a backup finds.
  'backup-no-settings': {
    ...operator,
    de: 'Die Sicherung enthält keine Einstellungen.',
    en: 'The backup holds no settings.',
  },
  'backup-setting': {
    ...operator,
    de: 'Einstellungen der Sicherung, {problem}',
    en: 'Settings of the backup, {problem}',
  },
  'backup-key': {
    ...operator,
    de: 'Der eigene Schlüssel in der Sicherung ist nicht brauchbar: {reason}',
    en: "The box's own key in the backup cannot be used: {reason}",
  },
  'backup-partner-key': {
    ...operator,
    de: 'Für den Partner „{partner}“ ist kein brauchbarer Schlüssel in der Sicherung; Sendungen an ihn werden angehalten.',
    en: 'The backup has no usable key for the partner "{partner}"; what goes there will be held.',
  },
  'backup-secret': {
    ...operator,
    de: 'Das Passwort „{name}“, auf das die Einstellungen verweisen, ist nicht in der Sicherung.',
    en: 'The password "{name}" that the settings refer to is not in the backup.',
  },
  'backup-file-missing': {
    ...operator,
    de: 'Die Datei {file}, auf die die Einstellungen verweisen, ist weder in der Sicherung noch auf dieser Box.',
    en: 'The file {file} that the settings name is neither in the backup nor on this box.',
  },
  'backup-file-moved': {
    ...operator,
    de: 'Die Datei {file} gibt es hier nicht oder mit anderem Inhalt; die Einstellungen verweisen künftig auf die Fassung aus der Sicherung, im Datenordner.',
    en: 'The file {file} is not here, or with other content; the settings will refer to the one of the backup, in the data folder.',
  },
  'backup-folder-missing': {
    ...operator,
    de: 'Den Ordner {file}, in den das Ziel „{target}“ liefert, gibt es auf dieser Box nicht.',
    en: 'The folder {file} that the target "{target}" delivers to is not on this box.',
  },
  'backup-accounts': {
    ...operator,
    de: 'Die Benutzer der Sicherung sind nicht brauchbar; die Benutzer dieser Box müssen bleiben: {reason}',
    en: 'The accounts of the backup cannot be used; those of this box must stay: {reason}',
  },
  'backup-port-other': {
    ...operator,
    de: 'Nach dem Zurückspielen ist diese Seite auf Port {port} zu erreichen.',
    en: 'After restoring, this page is to be found on port {port}.',
  },
} as const satisfies CodeTable;
