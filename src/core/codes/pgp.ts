import type { CodeTable } from '../errors.ts';

export const pgpCodes = {
  // Keys
  'pgp-key-malformed': {
    retry: 'operator',
    blame: 'operator',
    de: 'Das ist kein lesbarer OpenPGP-Schlüssel: {reason}',
    en: 'This is not a readable OpenPGP key: {reason}',
  },
  'pgp-key-several': {
    retry: 'operator',
    blame: 'operator',
    de: 'Der Text enthält mehrere Schlüssel. Bitte genau einen öffentlichen Schlüssel angeben.',
    en: 'The text holds several keys. Please give exactly one public key.',
  },
  'pgp-key-is-private': {
    retry: 'operator',
    blame: 'operator',
    de: 'Das ist ein privater Schlüssel. Er wurde nicht gespeichert; bitte den öffentlichen Schlüssel angeben und den privaten niemandem schicken.',
    en: 'This is a private key. It was not stored; please give the public key and send the private one to nobody.',
  },
  'pgp-passphrase-wrong': {
    retry: 'operator',
    blame: 'operator',
    de: 'Die Passphrase passt nicht zum privaten Schlüssel.',
    en: 'The passphrase does not fit the private key.',
  },
  'pgp-key-expired': {
    retry: 'operator',
    blame: 'partner',
    de: 'Der Schlüssel {fingerprint} ist abgelaufen. Bitte einen verlängerten oder neuen Schlüssel einspielen.',
    en: 'The key {fingerprint} has expired. Please import a prolonged or a new key.',
  },
  'pgp-key-revoked': {
    retry: 'operator',
    blame: 'partner',
    de: 'Der Schlüssel {fingerprint} ist von seinem Besitzer widerrufen. Bitte einen neuen Schlüssel einspielen.',
    en: 'The key {fingerprint} was revoked by its owner. Please import a new key.',
  },
  'pgp-key-unusable': {
    retry: 'operator',
    blame: 'partner',
    de: 'Der Schlüssel {fingerprint} ist für diesen Zweck nicht geeignet ({use}).',
    en: 'The key {fingerprint} is not fit for this purpose ({use}).',
  },
  'pgp-key-weak': {
    retry: 'operator',
    blame: 'partner',
    de: 'Der Schlüssel {fingerprint} ist zu schwach ({weakness}). Bitte einen zeitgemäßen Schlüssel vereinbaren.',
    en: 'The key {fingerprint} is too weak ({weakness}). Please agree on an up-to-date key.',
  },
  'pgp-directory-nothing': {
    retry: 'operator',
    blame: 'partner',
    de: 'Zu {wanted} ist dort kein Schlüssel hinterlegt.',
    en: 'There is no key for {wanted}.',
  },
  'pgp-directory-failed': {
    retry: 'later',
    blame: 'network',
    de: 'Das Schlüsselverzeichnis {host} lässt sich nicht abfragen: {reason}',
    en: 'The key directory {host} cannot be asked: {reason}',
  },
  'pgp-clock-behind-key': {
    retry: 'later',
    blame: 'us',
    de: 'Die Uhr der Box steht vor dem Erstellungsdatum des eigenen Schlüssels; bis sie gestellt ist, wird nichts unterschrieben.',
    en: 'The clock of the box is before the creation of its own key; nothing is signed until it is set.',
  },

  // The wrapping: armor and packets
  'pgp-armor-truncated': {
    retry: 'never',
    blame: 'content',
    de: 'Die verschlüsselte Nachricht ist abgeschnitten: Die Endzeile des PGP-Blocks fehlt.',
    en: 'The encrypted message is cut off: the last line of the PGP block is missing.',
  },
  'pgp-armor-malformed': {
    retry: 'never',
    blame: 'content',
    de: 'Der PGP-Textblock ist beschädigt: {reason}',
    en: 'The PGP text block is damaged: {reason}',
  },
  'pgp-crc-mismatch': {
    retry: 'never',
    blame: 'content',
    de: 'Die Prüfsumme des PGP-Textblocks stimmt nicht; die Nachricht wurde unterwegs verändert.',
    en: 'The checksum of the PGP text block is wrong; the message was altered on its way.',
  },
  'pgp-truncated': {
    retry: 'never',
    blame: 'content',
    de: 'Die verschlüsselte Nachricht ist abgeschnitten.',
    en: 'The encrypted message is cut off.',
  },
  'pgp-malformed': {
    retry: 'never',
    blame: 'content',
    de: 'Die Nachricht folgt nicht dem OpenPGP-Format: {reason}',
    en: 'The message does not follow the OpenPGP format: {reason}',
  },
  'pgp-unsupported': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Nachricht benutzt ein Verfahren, das diese Box nicht kennt: {what}. Bitte der Gegenstelle mitteilen.',
    en: 'The message uses a method this box does not know: {what}. Please tell the partner.',
  },
  'pgp-weak': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Nachricht benutzt ein unsicheres Verfahren: {what}. Bitte der Gegenstelle mitteilen.',
    en: 'The message uses an insecure method: {what}. Please tell the partner.',
  },

  // The message
  'pgp-not-encrypted': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Nachricht ist nicht mit einem öffentlichen Schlüssel verschlüsselt.',
    en: 'The message is not encrypted with a public key.',
  },
  'pgp-not-for-us': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Nachricht ist nicht für den Schlüssel dieser Box verschlüsselt, sondern für {key_ids}.',
    en: 'The message is not encrypted to the key of this box but to {key_ids}.',
  },
  'pgp-integrity-failed': {
    retry: 'never',
    blame: 'content',
    de: 'Die verschlüsselte Nachricht wurde verändert oder beschädigt: Der Integritätsschutz schlägt an.',
    en: 'The encrypted message was altered or damaged: its integrity protection fails.',
  },
  'pgp-bomb': {
    retry: 'never',
    blame: 'content',
    de: 'Die Nachricht dehnt sich beim Entpacken auf mehr als das {ratio}-Fache aus und wurde abgebrochen.',
    en: 'The message expands to more than {ratio} times its size when decompressed and was stopped.',
  },
  'pgp-too-large': {
    retry: 'never',
    blame: 'content',
    de: 'Der Inhalt der Nachricht ist größer als {limit_bytes} Bytes.',
    en: 'The content of the message is larger than {limit_bytes} bytes.',
  },
  'pgp-nested-too-deep': {
    retry: 'never',
    blame: 'content',
    de: 'Die Nachricht ist mehr als {limit}-fach ineinander verpackt.',
    en: 'The message is wrapped into itself more than {limit} times.',
  },

  // The signature
  'pgp-unsigned': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Nachricht ist nicht unterschrieben.',
    en: 'The message is not signed.',
  },
  'pgp-signer-unknown': {
    retry: 'operator',
    blame: 'partner',
    de: 'Die Nachricht ist mit dem unbekannten Schlüssel {key_id} unterschrieben.',
    en: 'The message is signed by the unknown key {key_id}.',
  },
  'pgp-signature-wrong': {
    retry: 'never',
    blame: 'content',
    de: 'Die Unterschrift passt nicht zur Nachricht.',
    en: 'The signature does not fit the message.',
  },
  'pgp-signature-several': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Nachricht trägt mehr als eine Unterschrift; erlaubt ist genau eine.',
    en: 'The message carries more than one signature; exactly one is allowed.',
  },
  'pgp-signature-expired': {
    retry: 'never',
    blame: 'partner',
    de: 'Die Gültigkeit der Unterschrift ist abgelaufen.',
    en: 'The signature has expired.',
  },
  'pgp-signature-future': {
    retry: 'later',
    blame: 'partner',
    de: 'Die Unterschrift liegt {ahead_minutes} Minuten in der Zukunft: Die Uhr der Gegenstelle oder dieser Box geht falsch.',
    en: 'The signature lies {ahead_minutes} minutes in the future: the clock of the partner or of this box is wrong.',
  },
} as const satisfies CodeTable;
