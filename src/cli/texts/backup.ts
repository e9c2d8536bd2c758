import type { Texts } from '../../core/texts.ts';

/** Backup, restore, support bundle. */
export const backupTexts = {
  'help.backup': {
    de: 'sichert Einstellungen, Passwörter, Schlüssel, Benutzer und Audit in eine Datei unter einer Passphrase; keine Studien und Mails',
    en: 'backs settings, passwords, keys, users and audit up into one file under a passphrase; no studies and mails',
  },
  'help.backup-file': { de: 'die Datei; „-“: Standardausgabe', en: 'the file; "-": standard output' },
  'help.restore': {
    de: 'spielt eine Sicherung auf eine Box zurück, die nicht läuft; vorher wird gesagt, was daran nicht stimmt',
    en: 'restores a backup onto a box that is not running; what is wrong with it is said first',
  },
  'help.restore-file': { de: 'die Sicherung; „-“: Standardeingabe', en: 'the backup; "-": standard input' },
  'help.restore-look': { de: 'nur ansehen, nichts ändern', en: 'only look, change nothing' },
  'help.keep-accounts': {
    de: 'Benutzer und Audit dieser Box behalten',
    en: 'keep the users and the audit of this box',
  },
  'help.keep-certificate': { de: 'das Zertifikat der Seite behalten', en: 'keep the certificate of the page' },
  'help.support': {
    de: 'schreibt ein ZIP für jemanden, der hilft: ohne Patientendaten und Passwörter',
    en: 'writes a ZIP for somebody who helps: without patient data and passwords',
  },
  'help.support-file': { de: 'die Datei', en: 'the file' },

  'backup.passphrase': { de: 'Passphrase der Sicherung:', en: 'Passphrase of the backup:' },
  'backup.exists': { de: 'Die Datei {file} gibt es schon.', en: 'The file {file} exists already.' },
  'backup.done': {
    de: 'Gesichert: {file} ({size}). Nicht enthalten sind Studien, Mails und das Verzeichnis dessen, was gesendet und empfangen wurde.',
    en: 'Backed up: {file} ({size}). Not in it are studies, mails, and the record of what was sent and received.',
  },
  'restore.from': {
    de: 'Sicherung von „{site}“ ({address}), erstellt {date} auf {host} mit Programmversion {version}',
    en: 'Backup of "{site}" ({address}), made {date} on {host} by program version {version}',
  },
  'restore.holds': {
    de: '{partners} {partners:Partner|Partner}, {targets} {targets:Ziel|Ziele}, {passwords} {passwords:Passwort|Passwörter}, Benutzer: {accounts}',
    en: '{partners} {partners:partner|partners}, {targets} {targets:target|targets}, {passwords} {passwords:password|passwords}, users: {accounts}',
  },
  'restore.blocked': { de: 'So kann sie nicht zurückgespielt werden.', en: 'It cannot be restored like this.' },
  'restore.done': {
    de: 'Zurückgespielt. Was vorher da war, liegt in {folder}, bis zum nächsten Mal.',
    en: 'Restored. What was there before is in {folder}, until the next time.',
  },
  'restore.one': {
    de: 'Die Box, von der die Sicherung stammt, muss ausgeschaltet bleiben: Zwei Boxen mit derselben Identität holen sich gegenseitig die Mails weg.',
    en: 'The box that the backup was made of must stay switched off: two boxes with one identity take the mails from each other.',
  },
  'support.done': {
    de: 'Geschrieben: {file}. Bitte vor der Weitergabe durchsehen.',
    en: 'Written: {file}. Please look through it before you pass it on.',
  },
} as const satisfies Texts;
