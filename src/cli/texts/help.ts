import type { Language } from '../../core/errors.ts';

/** What "--help" says. */
export const helpTexts = {
  'help.program': {
    de: 'Sendet radiologische Studien als signierte und verschlüsselte DICOM-E-Mail von Klinik zu Klinik.',
    en: 'Sends radiology studies from clinic to clinic as signed and encrypted DICOM e-mail.',
  },
  'help.exit-codes': {
    de: `
Rückgabewerte:
  0   in Ordnung
  1   Fehler, oder eine Prüfung ist gescheitert
  2   falscher Aufruf
  70  interner Fehler (der Dienst startet neu)
  75  zurzeit nicht möglich: der Datenordner ist belegt; später noch einmal versuchen
  78  die Einstellungen sind unbrauchbar (nur „run“)

Der Datenordner ist $ROHRPOST_DATA oder /var/lib/rohrpost, wenn --data fehlt.
Kennungen dürfen abgekürzt werden, solange sie eindeutig bleiben.`,
    en: `
Exit codes:
  0   fine
  1   error, or a check failed
  2   wrong usage
  70  internal error (the service starts again)
  75  not possible just now: the data folder is in use; try again later
  78  the settings cannot be used (only "run")

The data folder is $ROHRPOST_DATA or /var/lib/rohrpost where --data is missing.
Ids may be shortened as long as they stay unambiguous.`,
  },
  'help.usage': { de: 'Aufruf:', en: 'Usage:' },
  'help.arguments': { de: 'Argumente:', en: 'Arguments:' },
  'help.options': { de: 'Optionen:', en: 'Options:' },
  'help.commands': { de: 'Befehle:', en: 'Commands:' },
  'help.required': { de: 'nötig', en: 'required' },
  'help.choices': { de: 'erlaubt: {list}', en: 'one of: {list}' },
  'help.default': { de: 'sonst: {value}', en: 'default: {value}' },
  'help.help': { de: 'zeigt diese Hilfe', en: 'shows this help' },
  'help.version': { de: 'zeigt die Version', en: 'shows the version' },
  'help.data': { de: 'Datenordner der Box', en: 'data folder of the box' },
  'help.lang': { de: 'Sprache der Ausgabe', en: 'language of the output' },
  'help.json': { de: 'Ausgabe als JSON', en: 'output as JSON' },
  'help.id': { de: 'Kennung oder ihr Anfang', en: 'id, or the beginning of one' },
  'help.by': { de: 'Name für den Verlauf (sonst der angemeldete)', en: 'name for the history (else who is logged in)' },

  'help.run': {
    de: 'lässt die Box laufen (JSON-Protokoll auf der Fehlerausgabe)',
    en: 'runs the box (JSON log on standard error)',
  },
  'help.run-web': {
    de: 'wo die Seite zu öffnen ist, als RECHNER:PORT, oder „off“ (sonst wie eingestellt)',
    en: 'where to open the page, as HOST:PORT, or "off" (else as the settings say)',
  },
  'help.self-test': {
    de: 'prüft, ob das laufende Programm arbeitet: Seite, Datenbank, DICOM, Datenordner (nie das Netz)',
    en: 'tests whether the running program works: page, database, DICOM, data folder (never the network)',
  },
  'help.self-test-wait': { de: 'so viele Sekunden darauf warten', en: 'wait for it so many seconds' },
  'help.self-test-say': { de: 'Datei für den Fehlercode', en: 'file for the error code' },
  'help.screen': {
    de: 'zeigt am Bildschirm der Box, wie es ihr geht und wo ihre Seite ist',
    en: 'shows on the screen of the box how it is and where its page is',
  },
  'help.init': { de: 'richtet einen neuen Datenordner ein', en: 'sets up a new data folder' },
  'help.site-name': { de: 'Name dieses Standorts', en: 'name of this site' },
  'help.own-address': { de: 'eigene Mail-Adresse', en: 'our own mail address' },
  'help.own-ae': { de: 'eigener AE-Titel', en: 'our own AE title' },
  'help.site-language': { de: 'Sprache der Box', en: 'language of the box' },
  'help.key-kind': { de: 'Art des eigenen Schlüssels', en: 'kind of our own key' },

  'help.reset-admin': {
    de: 'gibt einem Administrator, der sein Passwort oder seinen zweiten Faktor verloren hat, ein Einmalpasswort',
    en: 'gives an administrator who has lost password or second factor a one-time password',
  },
  'help.admin-name': {
    de: 'Benutzername (sonst der erste Administrator)',
    en: 'user name (otherwise the first administrator)',
  },
  'help.status': {
    de: 'zeigt Studien, Warteschlangen und Störungen',
    en: 'shows studies, queues and troubles',
  },
  'help.watch': { de: 'laufend aktualisieren', en: 'keep up to date' },
  'help.limit': { de: 'höchstens so viele', en: 'at most so many' },
  'help.patients': { de: 'auch Patientennamen zeigen', en: 'show patient names, too' },

  'help.study': {
    de: 'Studien: ansehen, freigeben, anhalten, verwerfen',
    en: 'studies: look at, release, hold, discard',
  },
  'help.study-list': { de: 'die letzten Studien', en: 'the latest studies' },
  'help.study-show': {
    de: 'der Weg einer Studie (oder eines anderen Eintrags)',
    en: 'the way of a study (or of another row)',
  },
  'help.study-release': { de: 'gibt Angehaltenes frei', en: 'releases what is held' },
  'help.study-retry': { de: 'versucht Gescheitertes noch einmal', en: 'tries again what failed' },
  'help.study-hold': { de: 'hält an, was noch nicht unterwegs ist', en: 'holds what is not on its way yet' },
  'help.study-discard': { de: 'verwirft endgültig', en: 'discards for good' },
  'help.yes': { de: 'bestätigt das Verwerfen', en: 'confirms the discarding' },

  'help.partner': { de: 'Partner: eintragen, ansehen, prüfen', en: 'partners: add, look at, test' },
  'help.partner-add': { de: 'trägt einen Partner ein', en: 'adds a partner' },
  'help.partner-list': { de: 'alle Partner', en: 'all partners' },
  'help.partner-show': { de: 'was über einen Partner bekannt ist', en: 'what is known of a partner' },
  'help.partner-remove': { de: 'streicht einen Partner', en: 'removes a partner' },
  'help.partner-key': {
    de: 'hinterlegt einen neuen Schlüssel; für ihn wird ab jetzt verschlüsselt',
    en: 'pins a new key; from now on it is encrypted to',
  },
  'help.partner-test': { de: 'prüft Schlüssel und Weg', en: 'tests key and way' },
  'help.send': {
    de: 'sendet eine Probe-Sendung und wartet auf die Quittung (braucht eine laufende Box)',
    en: 'sends a trial consignment and waits for its receipt (needs a running box)',
  },
  'help.wait': { de: 'so lange auf die Quittung warten, in Sekunden', en: 'wait so long for the receipt, in seconds' },
  'help.partner-id': { de: 'kurze Kennung des Partners', en: 'short id of the partner' },
  'help.name': { de: 'Name für Menschen', en: 'name for people' },
  'help.address': { de: 'Mail-Adresse des Partners', en: "the partner's mail address" },
  'help.ae': {
    de: 'AE-Titel, unter dem Modalitäten den Partner ansprechen',
    en: 'AE title by which modalities call the partner',
  },
  'help.key-file': {
    de: 'öffentlicher Schlüssel (Datei; „-“: Standardeingabe)',
    en: 'public key (file; "-": standard input)',
  },
  'help.smtp': { de: 'direkter Weg zu seinem SMTP-Zugang', en: 'direct way to its SMTP listener' },
  'help.smtp-security': { de: 'Verschlüsselung der Leitung dorthin', en: 'encryption of the line to it' },
  'help.smtp-ca': {
    de: 'Datei mit den Zertifikaten, denen dort vertraut wird',
    en: 'file of the certificates to trust there',
  },
  'help.smtp-user': { de: 'Benutzername dort', en: 'user name there' },
  'help.smtp-password': { de: 'Passwort, als secret:NAME', en: 'password, as secret:NAME' },
  'help.form': {
    de: 'ein Objekt je Mail (classic), viele (batch), oder was der Partner ankündigt (auto)',
    en: 'one object per mail (classic), many (batch), or what the partner announces (auto)',
  },
  'help.max-mail': { de: 'größte Mail, die er nimmt, in Bytes', en: 'largest mail it takes, in bytes' },
  'help.deliver': {
    de: 'zustellen, wenn alles da ist (whole), oder Mail für Mail (as_it_arrives)',
    en: 'deliver when all is there (whole), or mail by mail (as_it_arrives)',
  },
  'help.partner-target': {
    de: 'Ziel für das, was von ihm kommt (mehrfach möglich)',
    en: 'target for what comes from it (repeatable)',
  },
  'help.hold': { de: 'alles für ihn erst einmal anhalten', en: 'hold everything for it at first' },
  'help.legacy': {
    de: 'UNSICHER: auch alte, schwache Schlüssel und Verfahren zulassen',
    en: 'UNSAFE: allow old, weak keys and methods, too',
  },

  'help.key': { de: 'der eigene Schlüssel', en: 'our own key' },
  'help.key-show': { de: 'Fingerabdruck und öffentlicher Schlüssel', en: 'fingerprint and public key' },
  'help.key-export': { de: 'gibt den Schlüssel aus', en: 'prints the key' },
  'help.key-import': {
    de: 'nimmt einen eigenen privaten oder fremden öffentlichen Schlüssel auf',
    en: 'takes in a private key of our own, or a public one',
  },
  'help.private': { de: 'den privaten, unter einer Passphrase', en: 'the private one, under a passphrase' },
  'help.out': { de: 'in diese Datei statt auf die Ausgabe', en: 'to this file instead of standard output' },
  'help.passphrase-file': { de: 'Passphrase aus dieser Datei', en: 'passphrase from this file' },
  'help.passphrase-env': {
    de: 'Passphrase aus dieser Umgebungsvariablen',
    en: 'passphrase from this environment variable',
  },
  'help.replace': { de: 'ersetzt den vorhandenen Schlüssel', en: 'replaces the key that is there' },

  'help.target': { de: 'Ziele: PACS, Freigaben, Ordner', en: 'targets: PACS, shares, folders' },
  'help.target-add': { de: 'trägt ein Ziel ein', en: 'adds a target' },
  'help.target-dicom': { de: 'ein PACS', en: 'a PACS' },
  'help.target-smb': { de: 'eine Freigabe im Netz (SMB)', en: 'a network share (SMB)' },
  'help.target-folder': { de: 'ein Ordner dieser Maschine', en: 'a folder of this machine' },
  'help.target-list': { de: 'alle Ziele', en: 'all targets' },
  'help.target-test': { de: 'prüft ein Ziel', en: 'tests a target' },
  'help.target-remove': { de: 'streicht ein Ziel', en: 'removes a target' },
  'help.target-id': { de: 'kurze Kennung des Ziels', en: 'short id of the target' },
  'help.host': { de: 'Rechner', en: 'host' },
  'help.port': { de: 'Port', en: 'port' },
  'help.target-ae': { de: 'AE-Titel des PACS', en: 'AE title of the PACS' },
  'help.tls': { de: 'DICOM über TLS', en: 'DICOM over TLS' },
  'help.tls-ca': { de: 'Datei mit den Zertifikaten, denen vertraut wird', en: 'file of the certificates to trust' },
  'help.no-default': {
    de: 'nur für Partner, die dieses Ziel nennen',
    en: 'only for partners that name this target',
  },
  'help.share': { de: 'Name der Freigabe', en: 'name of the share' },
  'help.user': { de: 'Konto', en: 'account' },
  'help.domain': { de: 'Domäne oder Arbeitsgruppe', en: 'domain or workgroup' },
  'help.engine': {
    de: 'SMB durch smbclient (signiert, verschlüsselt) oder node-smb2 (ungeschützt)',
    en: 'SMB by smbclient (signed, encrypted) or node-smb2 (unprotected)',
  },
  'help.encrypt': { de: 'Verschlüsselung der Leitung', en: 'encryption of the line' },
  'help.password-file': { de: 'Passwort aus dieser Datei', en: 'password from this file' },
  'help.password-env': { de: 'Passwort aus dieser Umgebungsvariablen', en: 'password from this environment variable' },
  'help.path': { de: 'vollständiger Pfad des Ordners', en: 'full path of the folder' },
  'help.pattern': { de: 'Muster der Unterordner', en: 'pattern of the folders below' },

  'help.settings': { de: 'Einstellungen und Passwörter', en: 'settings and passwords' },
  'help.settings-show': { de: 'alle Einstellungen mit ihren Werten', en: 'all settings with their values' },
  'help.settings-set': { de: 'ändert eine Einstellung', en: 'changes a setting' },
  'help.settings-path': {
    de: 'Pfad wie mail.smtp.port oder partners.KENNUNG.hold',
    en: 'path such as mail.smtp.port or partners.ID.hold',
  },
  'help.settings-value': {
    de: 'neuer Wert; Gruppen und Listen als JSON; null schaltet ab',
    en: 'new value; groups and lists as JSON; null switches off',
  },
  'help.settings-check': { de: 'prüft eine Datei mit Einstellungen', en: 'checks a settings file' },
  'help.settings-file': { de: 'die Datei; sonst die der Box', en: "the file; else the box's own" },
  'help.settings-secret': {
    de: 'hinterlegt ein Passwort (Eingabe unsichtbar oder von der Standardeingabe)',
    en: 'stores a password (typed unseen, or from standard input)',
  },
  'help.secret-name': {
    de: 'Name, auf den die Einstellungen mit secret:NAME verweisen',
    en: 'name that settings refer to as secret:NAME',
  },
  'help.secret-delete': { de: 'vergisst es', en: 'forgets it' },

  'help.doctor': {
    de: 'prüft alle Verbindungen, Schlüssel und die Maschine',
    en: 'tests all connections, keys, and the machine',
  },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;
