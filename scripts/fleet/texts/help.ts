import type { Texts } from '../../../src/core/texts.ts';

/** Commands and options. */
export const helpTexts = {
  program: {
    de: 'Rohrpost für Betreiber vieler Boxen: Schlüssel, Update-Kanäle, Berichte',
    en: 'Rohrpost for operators of many boxes: keys, update channels, reports',
  },
  lang: { de: 'Sprache der Ausgabe: de oder en', en: 'language of the output: de or en' },
  keys: { de: 'Wurzel und Unterzeichner der Updates', en: 'root and signer of the updates' },
  'keys-make': {
    de: 'macht eine Wurzel (bleibt ohne Netz), einen Unterzeichner und den Ordner, den der Image-Bau als KEYS nimmt',
    en: 'makes a root (stays offline), a signer, and the folder that image builds take as KEYS',
  },
  'keys-folder': { de: 'der Ordner der Schlüssel', en: 'the folder of keys' },
  'keys-development': {
    de: 'ein Satz ohne Passphrase, dem nur Entwicklungs-Images trauen',
    en: 'a set without a passphrase, trusted by development images only',
  },
  'keys-name': {
    de: 'wessen Updates das sind, für die Zertifikate',
    en: 'whose updates these are, for the certificates',
  },
  'keys-root': {
    de: 'Ordner der Wurzel, am besten ein Datenträger (sonst: FOLDER/offline)',
    en: 'folder of the root, best a medium (otherwise: FOLDER/offline)',
  },
  'keys-kind': { de: 'rsa (RSA-4096/3072) oder ec (P-384/P-256)', en: 'rsa (RSA-4096/3072) or ec (P-384/P-256)' },
  'keys-protect': {
    de: 'auch den Unterzeichner unter eine Passphrase legen',
    en: 'put the signer under a passphrase as well',
  },
  'keys-passphrase-file': { de: 'Passphrase der Wurzel aus dieser Datei', en: 'passphrase of the root from this file' },
  'signer-passphrase-file': {
    de: 'Passphrase des Unterzeichners aus dieser Datei',
    en: 'passphrase of the signer from this file',
  },
  'keys-renew': { de: 'macht einen neuen Unterzeichner unter der Wurzel', en: 'makes a new signer under the root' },
  'keys-add-root': { de: 'macht eine weitere Wurzel, um zu wechseln', en: 'makes a further root, to change over' },
  'keys-retire': { de: 'nimmt eine Wurzel aus root.pem', en: 'takes a root out of root.pem' },
  'keys-fingerprint': { de: 'SHA-256 der Wurzel', en: 'SHA-256 of the root' },
  'keys-check': {
    de: 'öffnet den Schlüssel einer Wurzel, um eine Kopie zu prüfen',
    en: 'opens the key of a root, to check a copy of it',
  },
} as const satisfies Texts;
