import type { Language } from '../../core/errors.ts';

/** What commands print. */
export const outputTexts = {
  yes: { de: 'ja', en: 'yes' },
  no: { de: 'nein', en: 'no' },

  'usage.unknown-option': { de: 'Die Option „{what}“ gibt es nicht.', en: 'There is no option "{what}".' },
  'usage.unknown-command': { de: 'Den Befehl „{what}“ gibt es nicht.', en: 'There is no command "{what}".' },
  'usage.nearly': { de: 'Gemeint war vielleicht {what}.', en: 'Did you mean {what}?' },
  'usage.missing-argument': { de: 'Es fehlt die Angabe „{what}“.', en: 'The argument "{what}" is missing.' },
  'usage.missing-option': { de: 'Es fehlt die Option „{what}“.', en: 'The option "{what}" is missing.' },
  'usage.missing-value': { de: 'Zur Option „{what}“ fehlt der Wert.', en: 'The option "{what}" needs a value.' },
  'usage.too-many': { de: 'Das sind zu viele Angaben.', en: 'These are too many arguments.' },
  'usage.invalid': { de: '„{what}“ ist hier nicht erlaubt.', en: '"{what}" is not allowed here.' },
  'usage.allowed': { de: 'Erlaubt ist: {what}', en: 'Allowed is: {what}' },
  'usage.host-port': {
    de: '„{what}“ ist keine Angabe der Form RECHNER:PORT.',
    en: '"{what}" does not have the form HOST:PORT.',
  },

  'init.done': { de: 'Die Box ist eingerichtet: {folder}', en: 'The box is set up: {folder}' },
  'init.next': {
    de: `
Als Nächstes:
  rohrpost key export > box.asc         den eigenen Schlüssel den Partnern geben
  rohrpost partner add …                Partner eintragen
  rohrpost target add …                 PACS, Freigabe oder Ordner eintragen
  rohrpost settings set mail.smtp …     Mailserver zum Senden
  rohrpost settings set mail.imap …     Postfach zum Abholen (oder mail.listener: direkt von Box zu Box)
  rohrpost doctor                       alles prüfen
  rohrpost run                          loslegen`,
    en: `
Next:
  rohrpost key export > box.asc         give our own key to the partners
  rohrpost partner add …                add partners
  rohrpost target add …                 add a PACS, share or folder
  rohrpost settings set mail.smtp …     mail server to send by
  rohrpost settings set mail.imap …     mailbox to collect from (or mail.listener: directly from box to box)
  rohrpost doctor                       test everything
  rohrpost run                          go`,
  },

  'key.fingerprint': { de: 'Fingerabdruck', en: 'fingerprint' },
  'key.user': { de: 'gehört', en: 'belongs to' },
  'key.algorithm': { de: 'Art', en: 'kind' },
  'key.created': { de: 'erzeugt', en: 'made' },
  'key.expires': { de: 'gültig bis', en: 'valid until' },
  'key.never': { de: 'unbegrenzt gültig', en: 'does not expire' },
  'key.until': { de: 'gültig bis {date}', en: 'valid until {date}' },
  'key.revoked': { de: 'WIDERRUFEN', en: 'REVOKED' },
  'key.weak': { de: 'UNSICHER', en: 'UNSAFE' },
  'key.written': { de: 'Geschrieben: {file}', en: 'Written: {file}' },
  'key.passphrase': { de: 'Passphrase des Schlüssels:', en: 'Passphrase of the key:' },
  'key.new-passphrase': { de: 'Passphrase für den ausgegebenen Schlüssel:', en: 'Passphrase for the exported key:' },
  'key.again': { de: 'Noch einmal:', en: 'Once more:' },
  'key.differs': { de: 'Die beiden Eingaben sind verschieden.', en: 'The two entries differ.' },
  'key.passphrase-elsewhere': {
    de: 'Wenn der Schlüssel von der Standardeingabe kommt, bitte --passphrase-file oder --passphrase-env angeben.',
    en: 'Where the key comes from standard input, please give --passphrase-file or --passphrase-env.',
  },
  'key.public-taken': {
    de: 'Öffentlicher Schlüssel aufgenommen: {fingerprint}\nEr gilt erst, wenn er bei einem Partner hinterlegt ist („rohrpost partner key“).',
    en: 'Public key taken in: {fingerprint}\nIt counts only once it is pinned to a partner ("rohrpost partner key").',
  },
  'key.private-taken': {
    de: 'Eigener Schlüssel übernommen: {fingerprint}',
    en: 'Our own key is now: {fingerprint}',
  },

  'partner.added': { de: 'Partner „{id}“ ist eingetragen.', en: 'Partner "{id}" has been added.' },
  'partner.removed': {
    de: 'Partner „{id}“ ist gestrichen. Was für ihn noch unterwegs ist, wird angehalten.',
    en: 'Partner "{id}" has been removed. What is still on its way to it will be held.',
  },
  'partner.no-key': {
    de: 'Noch ohne Schlüssel: „rohrpost partner key {id} DATEI“ hinterlegt ihn.',
    en: 'It has no key yet: "rohrpost partner key {id} FILE" pins it.',
  },
  'partner.compare': {
    de: 'Bitte den Fingerabdruck am Telefon mit dem Partner vergleichen.',
    en: 'Please compare the fingerprint with the partner by telephone.',
  },
  'partner.by-server': { de: 'über unseren Mailserver', en: 'by our mail server' },
  'partner.keyless': { de: 'ohne Schlüssel', en: 'no key' },
  'partner.on-hold': { de: 'angehalten', en: 'on hold' },
  'partner.learned': { de: 'gelernt: {name} = {value}', en: 'learned: {name} = {value}' },
  'partner.key-absent': {
    de: 'Zu diesem Fingerabdruck fehlt die Schlüsseldatei: {fingerprint}',
    en: 'The key file of this fingerprint is missing: {fingerprint}',
  },
  'trial.sent': {
    de: 'Probesendung {id} ist übergeben; warte auf die Quittung …',
    en: 'Trial consignment {id} is handed over; waiting for its receipt …',
  },

  'target.added': { de: 'Ziel „{id}“ ist eingetragen.', en: 'Target "{id}" has been added.' },
  'target.removed': { de: 'Ziel „{id}“ ist gestrichen.', en: 'Target "{id}" has been removed.' },
  'target.password': { de: 'Passwort für {user}:', en: 'Password of {user}:' },

  'settings.saved': { de: 'Gespeichert: {path}', en: 'Saved: {path}' },
  'settings.fine': { de: '{file} ist in Ordnung.', en: '{file} is fine.' },
  'settings.as-json': {
    de: 'Gruppen und Listen bitte als JSON angeben: Schlüssel und Texte in doppelten Anführungszeichen.',
    en: 'Please give groups and lists as JSON: keys and texts in double quotes.',
  },
  'settings.secret-value': { de: 'Wert für secret:{name}:', en: 'Value of secret:{name}:' },
  'settings.secret-stored': { de: 'Hinterlegt: secret:{name}', en: 'Stored: secret:{name}' },
  'settings.secret-forgotten': { de: 'Vergessen: secret:{name}', en: 'Forgotten: secret:{name}' },

  'reset-admin.done': {
    de: 'Einmalpasswort für „{name}“:',
    en: 'One-time password for "{name}":',
  },
  'reset-admin.next': {
    de: 'Damit anmelden; danach ist ein eigenes Passwort zu wählen. Der zweite Faktor ist entfernt, offene Sitzungen sind beendet, Sperren nach falschen Anmeldungen aufgehoben.',
    en: 'Log in with it, and then choose a password of your own. The second factor is removed, open sessions have ended, pauses after wrong log-ins are lifted.',
  },
  'status.page': { de: 'Seite der Box', en: 'Page of the box' },
  'status.fingerprint': { de: 'Zertifikat (SHA-256)', en: 'Certificate (SHA-256)' },
  'status.pairing-code': { de: 'Kopplungscode', en: 'Pairing code' },
  'status.not-set-up': {
    de: 'Die Box ist noch nicht eingerichtet; das geht auf ihrer Seite oder mit „rohrpost init“.',
    en: 'The box has not been set up yet; this is done on its page or by "rohrpost init".',
  },
  'status.running': { de: 'die Box läuft', en: 'the box is running' },
  'status.not-running': { de: 'die Box läuft nicht', en: 'the box is not running' },
  'status.no-studies': { de: 'Noch keine Studien.', en: 'No studies yet.' },
  'status.alarms': { de: 'Alarme', en: 'Alarms' },
  'status.queues': { de: 'Was ansteht', en: 'What waits' },
  'status.oldest': { de: 'seit {age}', en: 'for {age}' },
  'status.troubles': { de: 'Störungen', en: 'Troubles' },
  'status.others': { de: '(und {count} weitere)', en: '(and {count} more)' },
  'status.more': { de: 'Es gibt noch mehr Störungen.', en: 'There are more troubles.' },

  'head.id': { de: 'Kennung', en: 'id' },
  'head.name': { de: 'Name', en: 'name' },
  'head.address': { de: 'Adresse', en: 'address' },
  'head.ae': { de: 'AE-Titel', en: 'AE title' },
  'head.way': { de: 'Weg', en: 'way' },
  'head.kind': { de: 'Art', en: 'kind' },
  'head.place': { de: 'Ort', en: 'place' },
  'head.default': { de: 'Standard', en: 'default' },
  'head.modality': { de: 'Modalität', en: 'modality' },
  'head.objects': { de: 'Objekte', en: 'objects' },
  'head.size': { de: 'Größe', en: 'size' },
  'head.state': { de: 'Zustand', en: 'state' },
  'head.age': { de: 'Alter', en: 'age' },
  'head.patient': { de: 'Patient', en: 'patient' },

  'study.head': {
    de: 'Studie {id}  {peer}  {modality}  {objects} {objects:Objekt|Objekte}, {size}: {state}',
    en: 'Study {id}  {peer}  {modality}  {objects} {objects:object|objects}, {size}: {state}',
  },
  'study.flags': { de: 'Bemerkt: {flags}', en: 'Remarked: {flags}' },
  'act.at-work': {
    de: '{count} {count:Eintrag bleibt, wie er|Einträge bleiben, wie sie} {count:ist|sind}: Die Box arbeitet gerade daran.',
    en: '{count} {count:row stays as it is|rows stay as they are}: the box is working on {count:it|them}.',
  },
  'act.later': {
    de: 'Die Box läuft nicht; es geht weiter, sobald sie läuft.',
    en: 'The box is not running; work goes on once it does.',
  },

  'line.first-in': { de: 'das Erste kam an', en: 'the first came in' },
  'line.last-in': {
    de: 'das Letzte kam an: {count} {count:Objekt|Objekte}, {size}',
    en: 'the last came in: {count} {count:object|objects}, {size}',
  },
  'line.settled': { de: 'vollständig', en: 'complete' },
  'line.consigned': { de: 'Sendung an {peer}', en: 'consignment to {peer}' },
  'line.consigned-more': { de: 'Nachlieferung {count} an {peer}', en: 'supplement {count} to {peer}' },
  'line.packed': { de: '{peer}: {count} {count:Mail|Mails} geplant', en: '{peer}: {count} {count:mail|mails} planned' },
  'line.sealed': {
    de: '{peer}: {count} von {of} Mails versiegelt, {size}',
    en: '{peer}: {count} of {of} mails sealed, {size}',
  },
  'line.sent': { de: '{peer}: {count} von {of} Mails gesendet', en: '{peer}: {count} of {of} mails sent' },
  'line.confirmed': { de: '{peer}: {count} von {of} Mails bestätigt', en: '{peer}: {count} of {of} mails confirmed' },
  'line.mails': {
    de: '{count} {count:Mail|Mails} von {peer}, {size}',
    en: '{count} {count:mail|mails} from {peer}, {size}',
  },
  'line.opened': { de: '{count} von {of} Mails geöffnet und geprüft', en: '{count} of {of} mails opened and verified' },
  'line.complete': { de: 'alle Teile da: {count}', en: 'all parts there: {count}' },
  'line.delivered': {
    de: '{count} von {of} Objekten an {peer} zugestellt',
    en: '{count} of {of} objects delivered to {peer}',
  },
  'line.answered': { de: '{count} von {of} Quittungen gesendet', en: '{count} of {of} receipts sent' },
  'line.event': { de: '{what} {id}: {state}', en: '{what} {id}: {state}' },
  'line.overcome': {
    de: '{what}: {state} nach {count} {count:Fehlversuch|Fehlversuchen}',
    en: '{what}: {state} after {count} failed {count:try|tries}',
  },
  'line.trying': {
    de: '{what} {id}: {state}, {count} {count:Versuch|Versuche} bisher',
    en: '{what} {id}: {state}, {count} {count:try|tries} so far',
  },

  'check.ok': { de: 'ok    ', en: 'ok    ' },
  'check.warn': { de: 'WARN  ', en: 'WARN  ' },
  'check.fail': { de: 'FEHLER', en: 'FAIL  ' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;
