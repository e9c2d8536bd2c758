import type { CodeTable } from '../errors.ts';

/** What can go wrong between this box and a mail server. `{reason}` holds the server's own words. */
export const transportCodes = {
  'transport-host-unknown': {
    retry: 'later',
    blame: 'network',
    de: 'Der Name des Mailservers {host} ist nicht auflösbar: {reason}',
    en: 'The name of the mail server {host} cannot be resolved: {reason}',
  },
  'transport-connect-failed': {
    retry: 'later',
    blame: 'network',
    de: 'Keine Verbindung zum Mailserver {host}:{port}: {reason}',
    en: 'No connection to the mail server {host}:{port}: {reason}',
  },
  'transport-timed-out': {
    retry: 'later',
    blame: 'network',
    de: 'Der Mailserver {host} antwortet nicht ({phase}).',
    en: 'The mail server {host} does not answer ({phase}).',
  },
  'transport-connection-lost': {
    retry: 'later',
    blame: 'network',
    de: 'Die Verbindung zum Mailserver {host} ist abgebrochen ({phase}): {reason}',
    en: 'The connection to the mail server {host} broke ({phase}): {reason}',
  },
  'transport-tls-refused': {
    retry: 'operator',
    blame: 'mailserver',
    de: 'Der Mailserver {host} bietet keine brauchbare Verschlüsselung (TLS) an; unverschlüsselt wird nichts übertragen: {reason}',
    en: 'The mail server {host} offers no usable encryption (TLS); nothing is sent in clear: {reason}',
  },
  'transport-certificate-untrusted': {
    retry: 'operator',
    blame: 'mailserver',
    de: 'Das Zertifikat des Mailservers {host} stammt von keiner Stelle, der die Box vertraut: {reason}',
    en: 'The certificate of the mail server {host} was issued by nobody this box trusts: {reason}',
  },
  'transport-certificate-expired': {
    retry: 'later',
    blame: 'mailserver',
    de: 'Das Zertifikat des Mailservers {host} ist nach der Uhr dieser Box nicht gültig: {reason}',
    en: 'The certificate of the mail server {host} is not valid by the clock of this box: {reason}',
  },
  'transport-certificate-name': {
    retry: 'operator',
    blame: 'mailserver',
    de: 'Das Zertifikat des Mailservers gilt nicht für den Namen {host}: {reason}',
    en: 'The certificate of the mail server is not valid for the name {host}: {reason}',
  },
  'transport-auth-failed': {
    retry: 'operator',
    blame: 'operator',
    de: 'Der Mailserver {host} weist die Anmeldung ab. Bitte Benutzername und Kennwort prüfen. Antwort: {reason}',
    en: 'The mail server {host} rejects the log-in. Please check user name and password. Its answer: {reason}',
  },
  'transport-server-refused': {
    retry: 'operator',
    blame: 'mailserver',
    de: 'Der Mailserver {host} nimmt von dieser Box nichts an: {reason}',
    en: 'The mail server {host} takes nothing from this box: {reason}',
  },
  'transport-refused-later': {
    retry: 'later',
    blame: 'mailserver',
    de: 'Der Mailserver {host} nimmt die Mail zurzeit nicht an, ein neuer Versuch folgt: {reason}',
    en: 'The mail server {host} does not take the mail now, it will be offered again: {reason}',
  },
  'transport-sender-refused': {
    retry: 'operator',
    blame: 'mailserver',
    de: 'Der Mailserver {host} lehnt die Absenderadresse ab: {reason}',
    en: 'The mail server {host} rejects the sender address: {reason}',
  },
  'transport-recipient-refused': {
    retry: 'operator',
    blame: 'partner',
    de: 'Der Mailserver {host} lehnt die Empfängeradresse ab: {reason}',
    en: 'The mail server {host} rejects the recipient address: {reason}',
  },
  'transport-mailbox-full': {
    retry: 'later',
    blame: 'partner',
    de: 'Das Postfach des Empfängers ist voll: {reason}',
    en: "The recipient's mailbox is full: {reason}",
  },
  'transport-too-large': {
    retry: 'never',
    blame: 'mailserver',
    de: 'Die Mail ({size_bytes} Bytes) ist dem Mailserver {host} zu groß: {reason}',
    en: 'The mail ({size_bytes} bytes) is too large for the mail server {host}: {reason}',
  },
  'transport-content-refused': {
    retry: 'never',
    blame: 'mailserver',
    de: 'Der Mailserver {host} lehnt den Inhalt der Mail ab: {reason}',
    en: 'The mail server {host} rejects the content of the mail: {reason}',
  },
  'transport-outcome-unknown': {
    retry: 'later',
    blame: 'network',
    de: 'Die Mail ist ganz übertragen, aber die Bestätigung des Mailservers {host} fehlt. Dieselbe Mail wird noch einmal angeboten: {reason}',
    en: 'The mail was sent in full, but the answer of the mail server {host} is missing. The same mail is offered again: {reason}',
  },
  'transport-protocol': {
    retry: 'later',
    blame: 'mailserver',
    de: 'Der Mailserver {host} hält sich nicht an das Protokoll ({phase}): {reason}',
    en: 'The mail server {host} does not follow the protocol ({phase}): {reason}',
  },
  'transport-file-unusable': {
    retry: 'operator',
    blame: 'us',
    de: 'Die Maildatei der Box ist nicht lesbar oder hat nicht mehr die Länge {size_bytes}: {reason}',
    en: 'The mail file of this box cannot be read or no longer has {size_bytes} bytes: {reason}',
  },
  'transport-folder-missing': {
    retry: 'operator',
    blame: 'operator',
    de: 'Der Ordner „{folder}“ auf dem Mailserver {host} lässt sich nicht öffnen oder anlegen: {reason}',
    en: 'The folder "{folder}" on the mail server {host} cannot be opened or created: {reason}',
  },
  'transport-mail-incomplete': {
    retry: 'later',
    blame: 'mailserver',
    de: 'Der Mailserver {host} lieferte {got_bytes} von {size_bytes} Bytes einer Mail. Sie bleibt dort und wird neu geholt.',
    en: 'The mail server {host} delivered {got_bytes} of {size_bytes} bytes of a mail. It stays there and is fetched anew.',
  },
  'transport-mail-oversized': {
    retry: 'operator',
    blame: 'content',
    de: 'Eine Mail im Postfach ist größer ({size_bytes} Bytes) als die Box annimmt ({limit_bytes} Bytes). Sie bleibt dort.',
    en: 'A mail in the mailbox is larger ({size_bytes} bytes) than this box takes ({limit_bytes} bytes). It stays there.',
  },
  'transport-not-put-away': {
    retry: 'later',
    blame: 'mailserver',
    de: 'Eine geholte Mail ließ sich auf dem Mailserver {host} nicht verschieben oder löschen; es wird erneut versucht.',
    en: 'A fetched mail could not be moved or deleted on the mail server {host}; it will be tried again.',
  },
  'transport-listen-failed': {
    retry: 'operator',
    blame: 'operator',
    de: 'Der Mailempfang kann {host}:{port} nicht öffnen: {reason}',
    en: 'The mail listener cannot open {host}:{port}: {reason}',
  },
} as const satisfies CodeTable;
