import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

export const configCodes = {
  'config-invalid': {
    ...operator,
    de: 'Die Einstellungen sind ungültig: {problems}',
    en: 'The settings are not valid: {problems}',
  },
  'config-missing': {
    ...operator,
    de: 'Im Datenordner gibt es keine Einstellungen (settings.yaml). Bitte zuerst „rohrpost init“ ausführen.',
    en: 'The data folder holds no settings (settings.yaml). Please run "rohrpost init" first.',
  },
  'config-exists': {
    ...operator,
    de: 'Im Datenordner gibt es schon Einstellungen (settings.yaml). Sie bleiben unverändert.',
    en: 'The data folder holds settings already (settings.yaml). They stay as they are.',
  },
  'config-stale': {
    ...operator,
    de: 'Die Einstellungen wurden inzwischen von anderer Seite geändert. Bitte neu laden und die Änderung wiederholen.',
    en: 'The settings have been changed by someone else meanwhile. Please reload them and make your change again.',
  },
  'config-busy': {
    retry: 'later',
    blame: 'operator',
    de: 'Die Einstellungen werden gerade an anderer Stelle gespeichert. Bitte gleich noch einmal versuchen.',
    en: 'The settings are just being saved elsewhere. Please try again in a moment.',
  },
  'config-newer': {
    ...operator,
    de: 'Die Einstellungen stammen von einer neueren Fassung des Programms (Format {found}, bekannt ist {known}).',
    en: 'The settings were written by a newer version of the program (format {found}, known is {known}).',
  },
  'config-unreadable': {
    ...operator,
    de: 'Die Datei mit den Einstellungen kann nicht gelesen werden: {reason}',
    en: 'The settings file cannot be read: {reason}',
  },
  'config-last-good-used': {
    ...operator,
    de: 'Die Datei mit den Einstellungen ist unbrauchbar; die Box arbeitet mit der letzten gültigen Fassung weiter. {problems}',
    en: 'The settings file cannot be used; the box goes on with the last version that was valid. {problems}',
  },

  'secret-unknown': {
    ...operator,
    de: 'Das Geheimnis „{name}“, auf das die Einstellungen verweisen, ist nicht hinterlegt.',
    en: 'The secret "{name}" that the settings refer to has not been stored.',
  },
  'secret-name': {
    ...operator,
    de: 'Der Name eines Geheimnisses besteht aus 1 bis 64 Zeichen a–z, 0–9 und „-“ und beginnt mit Buchstabe oder Ziffer.',
    en: 'The name of a secret has 1 to 64 characters a-z, 0-9 and "-" and starts with a letter or digit.',
  },
  'secret-store-broken': {
    ...operator,
    de: 'Die hinterlegten Geheimnisse lassen sich nicht lesen: {reason}',
    en: 'The stored secrets cannot be read: {reason}',
  },
  'secret-master-key': {
    ...operator,
    de: 'Der Hauptschlüssel für die hinterlegten Geheimnisse fehlt oder passt nicht: {reason}',
    en: 'The master key of the stored secrets is missing or does not fit: {reason}',
  },

  // What can be wrong with one setting. The line and the path of the setting stand before these texts.
  'setting-yaml': { ...operator, de: 'Die Datei ist kein gültiges YAML: {reason}', en: 'not valid YAML: {reason}' },
  'setting-empty': { ...operator, de: 'Die Datei ist leer.', en: 'the file is empty' },
  'setting-unknown-key': {
    ...operator,
    de: 'Diesen Schlüssel gibt es hier nicht. Erlaubt sind: {allowed}',
    en: 'there is no such key here; allowed are: {allowed}',
  },
  'setting-missing': { ...operator, de: 'Diese Angabe fehlt.', en: 'this setting is missing' },
  'setting-group': {
    ...operator,
    de: 'Hier muss eine Gruppe von Schlüsseln stehen. Erlaubt sind: {allowed}',
    en: 'must be a group of keys; allowed are: {allowed}',
  },
  'setting-list': { ...operator, de: 'Hier muss eine Liste stehen.', en: 'must be a list' },
  'setting-list-length': {
    ...operator,
    de: 'Die Liste muss {minimum} bis {maximum} Einträge haben.',
    en: 'the list must have {minimum} to {maximum} entries',
  },
  'setting-one-of': { ...operator, de: 'Erlaubt ist nur: {allowed}', en: 'must be one of: {allowed}' },
  'setting-boolean': { ...operator, de: 'Erlaubt ist nur: true, false', en: 'must be true or false' },
  'setting-integer': {
    ...operator,
    de: 'Hier muss eine ganze Zahl von {minimum} bis {maximum} stehen.',
    en: 'must be a whole number from {minimum} to {maximum}',
  },
  'setting-text': {
    ...operator,
    de: 'Hier muss ein einzeiliger Text mit {minimum} bis {maximum} Zeichen stehen.',
    en: 'must be a text of one line with {minimum} to {maximum} characters',
  },
  'setting-user-name': {
    ...operator,
    de: 'Ein Benutzername hat 1 bis 40 Zeichen: Buchstaben ohne Umlaute, Ziffern, dazwischen auch . _ @ und -.',
    en: 'a user name has 1 to 40 characters: letters a to z, digits, and between them also . _ @ and -',
  },
  'setting-pasted-text': {
    ...operator,
    de: 'Hier muss der Inhalt einer Datei stehen (Text, höchstens 1 MB).',
    en: 'must be the content of a file (text, at most 1 MB)',
  },
  'setting-ae-title': {
    ...operator,
    de: 'Ein AE-Titel hat 1 bis 16 ASCII-Zeichen ohne „\\“ und ohne Leerzeichen am Rand (DICOM PS3.5, AE).',
    en: 'must be an AE title: 1 to 16 ASCII characters, no backslash, no blanks at the ends (DICOM PS3.5, AE)',
  },
  'setting-address': {
    ...operator,
    de: 'Hier muss eine reine Mail-Adresse stehen, wie name@klinik.example (kein Anzeigename, keine Anführungszeichen).',
    en: 'must be a plain mail address such as name@clinic.example (no display name, no quotes)',
  },
  'setting-https-url': {
    ...operator,
    de: 'Hier muss eine Adresse stehen, die mit https:// beginnt, ohne Benutzername, Leerzeichen, „?“ und „#“.',
    en: 'must be an address that starts with https://, without user name, spaces, "?" and "#"',
  },
  'setting-time-of-day': {
    ...operator,
    de: 'Hier muss eine Uhrzeit von 00:00 bis 23:59 stehen.',
    en: 'must be a time of day from 00:00 to 23:59',
  },
  'setting-time-zone': {
    ...operator,
    de: 'Hier muss eine bekannte Zeitzone stehen, etwa Europe/Berlin.',
    en: 'must be a known time zone, such as Europe/Berlin',
  },
  'setting-host': {
    ...operator,
    de: 'Hier muss ein Rechnername oder eine IP-Adresse stehen.',
    en: 'must be a host name or an IP address',
  },
  'setting-network': {
    ...operator,
    de: 'Hier muss eine IP-Adresse oder ein Netz wie 10.1.2.0/24 stehen.',
    en: 'must be an IP address or a network such as 10.1.2.0/24',
  },
  'setting-id': {
    ...operator,
    de: 'Eine Kennung besteht aus 1 bis 40 Zeichen a–z, 0–9 und „-“ und beginnt mit Buchstabe oder Ziffer.',
    en: 'must be an id: 1 to 40 characters a-z, 0-9 and "-", starting with a letter or digit',
  },
  'setting-fingerprint': {
    ...operator,
    de: 'Ein Fingerabdruck eines Schlüssels hat genau 40 Hexadezimalziffern (0–9, A–F in Großbuchstaben) ohne Leerzeichen.',
    en: 'must be a key fingerprint: exactly 40 hexadecimal digits (0-9, A-F in capitals), no blanks',
  },
  'setting-secret': {
    ...operator,
    de: 'Passwörter stehen nicht in dieser Datei. Bitte das Passwort hinterlegen und hier „secret:NAME“ eintragen.',
    en: 'passwords do not belong in this file; store the password and write secret:NAME here',
  },
  'setting-path': {
    ...operator,
    de: 'Hier muss ein vollständiger Pfad stehen, der mit „/“ beginnt und kein „..“ enthält.',
    en: 'must be a full path that starts with "/" and has no ".." in it',
  },
  'setting-share': {
    ...operator,
    de: 'Der Name einer Freigabe hat 1 bis 80 Zeichen: Buchstaben, Ziffern, „_“, „-“, „.“ und ein abschließendes „$“.',
    en: 'must be the name of a share: 1 to 80 letters, digits, "_", "-", ".", and "$" at the end',
  },
  'setting-account': {
    ...operator,
    de: 'Ein Kontoname darf hier keine Steuerzeichen und keines von " / \\ [ ] : ; | = , + * ? < > % enthalten.',
    en: 'must be an account name without control characters and without " / \\ [ ] : ; | = , + * ? < > %',
  },
  'setting-mail-folder': {
    ...operator,
    de: 'Hier muss der Name eines Postfachordners stehen (1 bis 100 Zeichen, keine Steuerzeichen, kein „*“ oder „%“).',
    en: 'must be the name of a mail folder (1 to 100 characters, no control characters, no "*" or "%")',
  },
  'setting-folder-pattern': {
    ...operator,
    de: 'Ein Ordnermuster besteht aus a–z, A–Z, 0–9, „_“, „-“, „.“, „/“ und den Feldern {fields}.',
    en: 'must be a folder pattern of a-z, A-Z, 0-9, "_", "-", ".", "/" and the fields {fields}',
  },
  'setting-modality': {
    ...operator,
    de: 'Hier muss ein DICOM-Modalitätskürzel wie CT oder MR stehen.',
    en: 'must be a DICOM modality such as CT or MR',
  },
  'setting-duplicate': {
    ...operator,
    de: '„{value}“ ist schon vergeben, siehe {other}.',
    en: '"{value}" is used already, see {other}',
  },
  'setting-unknown-partner': {
    ...operator,
    de: 'Es gibt keinen Partner „{value}“. Bekannt sind: {allowed}',
    en: 'there is no partner "{value}"; known are: {allowed}',
  },
  'setting-unknown-target': {
    ...operator,
    de: 'Es gibt kein Ziel „{value}“. Bekannt sind: {allowed}',
    en: 'there is no target "{value}"; known are: {allowed}',
  },
  'setting-too-small': {
    ...operator,
    de: 'Der Wert darf nicht kleiner sein als {other}.',
    en: 'must not be smaller than {other}',
  },
  'setting-needs': {
    ...operator,
    de: 'Dazu gehört auch eine Angabe bei {other}.',
    en: 'this needs {other} as well',
  },
} as const satisfies CodeTable;
