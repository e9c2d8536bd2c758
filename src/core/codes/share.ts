import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'target' } as const;
const later = { retry: 'later', blame: 'target' } as const;

export const shareCodes = {
  'share-away': {
    ...later,
    blame: 'network',
    de: 'Die Ablage {where} ist nicht erreichbar: {reason}',
    en: 'The share {where} cannot be reached: {reason}',
  },
  'share-logon-refused': {
    ...operator,
    de: 'Die Ablage {where} lehnt die Anmeldung ab (Konto oder Passwort): {reason}',
    en: 'The share {where} refuses the log-on (account or password): {reason}',
  },
  'share-password-unfit': {
    ...operator,
    blame: 'operator',
    de: 'Das Passwort für {where} enthält Steuerzeichen oder Leerzeichen am Rand; so kann es nicht verwendet werden.',
    en: 'The password for {where} has control characters or blanks at its ends and cannot be used like that.',
  },
  'share-missing': {
    ...operator,
    de: 'Die Ablage {where} gibt es nicht (Name der Freigabe oder Ordner): {reason}',
    en: 'There is no share {where} (name of the share or folder): {reason}',
  },
  'share-denied': {
    ...operator,
    de: 'Auf {where} darf nicht geschrieben werden: {reason}',
    en: 'Writing to {where} is not allowed: {reason}',
  },
  'share-full': {
    ...later,
    de: 'Die Ablage {where} ist voll: {reason}',
    en: 'The share {where} is full: {reason}',
  },
  'share-signing-required': {
    ...operator,
    de: 'Der Server {where} verlangt signiertes SMB. Das kann „node-smb2“ nicht; bitte „smbclient“ installieren und wählen.',
    en: 'The server {where} requires signed SMB, which node-smb2 cannot do; please install and choose smbclient.',
  },
  'share-protocol-unsupported': {
    ...operator,
    de: 'Der Server {where} verlangt SMB 3 oder Verschlüsselung. Das kann „node-smb2“ nicht; bitte „smbclient“ wählen.',
    en: 'The server {where} requires SMB 3 or encryption, which node-smb2 cannot do; please choose smbclient.',
  },
  'share-encryption-unavailable': {
    ...operator,
    de: 'Verschlüsselung ist für {where} vorgeschrieben, aber nicht möglich: {reason}',
    en: 'Encryption is required for {where} but is not possible: {reason}',
  },
  'share-engine-missing': {
    ...operator,
    blame: 'operator',
    de: 'Das Programm „smbclient“ ist nicht installiert (Debian-Paket smbclient).',
    en: 'The program smbclient is not installed (Debian package smbclient).',
  },
  'share-not-verified': {
    ...later,
    de: 'Nach dem Schreiben auf {where} stimmt der Inhalt nicht ({expected_bytes} Bytes erwartet, {found_bytes} gefunden).',
    en: 'What was written to {where} is not what was sent ({expected_bytes} bytes expected, {found_bytes} found).',
  },
  'share-source-changed': {
    retry: 'operator',
    blame: 'us',
    de: 'Eine Datei der Box hat nicht mehr den Inhalt, mit dem sie angenommen wurde; sie wurde nicht abgelegt.',
    en: 'A file of the box no longer has the content it was taken with; it has not been delivered.',
  },
  'share-name-unfit': {
    retry: 'never',
    blame: 'us',
    de: 'Dieser Datei- oder Ordnername darf auf einer Ablage nicht verwendet werden.',
    en: 'This name of a file or folder must not be used on a share.',
  },
  'share-path-too-long': {
    retry: 'operator',
    blame: 'operator',
    de: 'Der Pfad auf der Ablage wird länger als {maximum} Zeichen; bitte das Ordnermuster kürzen.',
    en: 'The path on the share gets longer than {maximum} characters; please shorten the folder pattern.',
  },
  'share-names-exhausted': {
    ...operator,
    de: 'Auf {where} liegen schon {count} andere Dateien unter diesem Namen.',
    en: 'There are {count} other files of this name at {where} already.',
  },
  'share-failed': {
    ...later,
    de: 'Die Ablage {where} meldet einen Fehler: {reason}',
    en: 'The share {where} reports an error: {reason}',
  },
} as const satisfies CodeTable;
