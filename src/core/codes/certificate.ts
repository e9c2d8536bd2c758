import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

/** The certificate of the box's own page. */
export const certificateCodes = {
  'certificate-unreadable': {
    ...operator,
    de: 'Das ist kein lesbares Zertifikat im PEM-Format: {reason}',
    en: 'This is no certificate in PEM format that can be read: {reason}',
  },
  'certificate-key-unreadable': {
    ...operator,
    de: 'Der private Schlüssel ist nicht lesbar. Erwartet wird PEM ohne Passwort: {reason}',
    en: 'The private key cannot be read. It must be PEM without a password: {reason}',
  },
  'certificate-key-other': {
    ...operator,
    de: 'Der private Schlüssel gehört nicht zu diesem Zertifikat.',
    en: 'The private key does not belong to this certificate.',
  },
  'certificate-key-missing': {
    ...operator,
    de: 'Zu diesem Zertifikat hat die Box keinen privaten Schlüssel. Bitte den Schlüssel mitgeben oder das Zertifikat aus der zuletzt erzeugten Anforderung ausstellen lassen.',
    en: 'The box has no private key for this certificate. Please give the key as well, or have the certificate issued from the request that was made last.',
  },
  'certificate-chain': {
    ...operator,
    de: 'Die Kette stimmt nicht: „{subject}“ ist nicht von „{issuer}“ unterschrieben, das danach steht. Zuerst das Zertifikat der Box, danach jeweils dessen Aussteller.',
    en: 'The chain is not right: "{subject}" is not signed by "{issuer}", which follows it. First the certificate of the box, then in turn whoever issued the one before.',
  },
  'certificate-expired': {
    ...operator,
    de: 'Das Zertifikat „{subject}“ ist seit {date} abgelaufen.',
    en: 'The certificate "{subject}" expired on {date}.',
  },
  'certificate-not-yet': {
    ...operator,
    de: 'Das Zertifikat „{subject}“ gilt erst ab {date}. Stimmt die Uhr der Box?',
    en: 'The certificate "{subject}" is not valid before {date}. Is the clock of the box right?',
  },
  'certificate-no-names': {
    ...operator,
    de: 'Das Zertifikat nennt keine Namen oder Adressen (Subject Alternative Name); Browser lehnen es ab.',
    en: 'The certificate has no names or addresses (subject alternative name); browsers refuse it.',
  },
  'certificate-name-other': {
    ...operator,
    de: 'Das Zertifikat gilt nicht für „{name}“, worunter diese Seite gerade aufgerufen ist, sondern für: {names}',
    en: 'The certificate is not for "{name}", by which this page is open just now, but for: {names}',
  },
  'certificate-unusable': {
    ...operator,
    de: 'Mit diesem Zertifikat lässt sich keine verschlüsselte Verbindung aufbauen: {reason}',
    en: 'No encrypted connection can be made with this certificate: {reason}',
  },
} as const satisfies CodeTable;
