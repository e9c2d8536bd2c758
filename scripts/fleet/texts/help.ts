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

  'channel-folder': {
    de: 'der Ordner des Kanals, den ein Webserver ausliefert',
    en: 'the folder of the channel, served by a web server',
  },
  'channel-name': { de: 'Name des Kanals, etwa „stable“', en: 'name of the channel, such as "stable"' },
  'sign-with': {
    de: 'Programm, das statt signer.key unterschreibt (HSM): liest von der Standardeingabe, schreibt die Unterschrift',
    en: 'program that signs instead of signer.key (HSM): reads standard input, writes the signature',
  },
  create: { de: 'macht einen leeren Kanal', en: 'makes an empty channel' },
  publish: {
    de: 'veröffentlicht ein Firmware-Paket, zuerst für wenige',
    en: 'publishes a firmware bundle, to a few at first',
  },
  bundle: { de: 'das Paket, das „make bundle“ gebaut hat', en: 'the bundle that “make bundle” built' },
  'version-check': { de: 'welche Version es sein muss', en: 'which version it must be' },
  'product-check': { de: 'für welches Produkt es sein muss', en: 'which product it must be for' },
  product: { de: 'nur für dieses Produkt, etwa rohrpost-amd64', en: 'for this product only, such as rohrpost-amd64' },
  'notes-de': { de: 'was neu ist, auf Deutsch; @DATEI: ihr Text', en: 'what is new, in German; @FILE: its text' },
  'notes-en': { de: 'was neu ist, auf Englisch; @DATEI: ihr Text', en: 'what is new, in English; @FILE: its text' },
  percent: { de: 'Anteil der Boxen, 0 bis 100', en: 'share of the boxes, 0 to 100' },
  'min-version': {
    de: 'älteste Version, die ohne Zwischenschritt hierher darf',
    en: 'oldest version that may come here without a step between',
  },
  downgrade: {
    de: 'gilt auch für Boxen mit einer neueren Version; das Paket selbst muss es erlauben',
    en: 'is meant for boxes with a newer version too; the bundle itself must allow it',
  },
  stage: { de: 'setzt den Anteil der Boxen für eine Version', en: 'sets the share of boxes for a version' },
  stop: { de: 'hält den Rollout einer Version an', en: 'stops the roll-out of a version' },
  withdraw: { de: 'zieht eine Version zurück, endgültig', en: 'withdraws a version, for good' },
  drop: {
    de: 'nimmt eine Version aus dem Kanal und löscht ihr Paket',
    en: 'takes a version out of the channel and deletes its bundle',
  },
  refresh: {
    de: 'unterschreibt den Index neu, bevor er nach 30 Tagen verfällt (für cron)',
    en: 'signs the index anew before it expires after 30 days (for cron)',
  },
  show: { de: 'zeigt, was in einem Kanal ist', en: 'shows what is in a channel' },
  json: { de: 'als JSON', en: 'as JSON' },

  advance: {
    de: 'geht nach den Berichten der Boxen zur nächsten Stufe, wartet, oder hält an (für cron)',
    en: 'goes to the next stage by what boxes report, waits, or stops (for cron)',
  },
  steps: { de: 'Stufen in Prozent', en: 'stages in per cent' },
  'max-failed': {
    de: 'Anteil der Boxen einer Stufe, bei denen es scheitern darf, in Prozent',
    en: 'share of the boxes of a stage that may fail, in per cent',
  },
  'min-reports': { de: 'so viele gute Berichte braucht eine Stufe', en: 'good reports that a stage needs' },
  after: { de: 'so viele Stunden dauert eine Stufe mindestens', en: 'hours that a stage lasts at least' },
  reports: { de: 'der Ordner der Berichte', en: 'the folder of reports' },
  receive: { de: 'nimmt Berichte der Boxen über HTTPS an', en: 'receives reports of boxes by HTTPS' },
  cert: { de: 'Zertifikat des Servers mit Kette (PEM)', en: 'certificate of the server with its chain (PEM)' },
  key: { de: 'sein Schlüssel (PEM)', en: 'its key (PEM)' },
  'token-file': {
    de: 'Datei mit dem letzten Teil der Adresse, den nur die eigenen Boxen kennen',
    en: 'file with the last part of the address, which only your own boxes know',
  },
  port: { de: 'Port', en: 'port' },
  host: { de: 'Adresse, auf der gehört wird', en: 'address to listen at' },
  'take-mail': {
    de: 'liest Berichte, die als unterschriebene Mail kamen, aus einem Maildir',
    en: 'reads reports that came as signed mail out of a Maildir',
  },
  maildir: { de: 'das Maildir', en: 'the Maildir' },
  status: { de: 'zeigt alle Boxen', en: 'shows all boxes' },
  html: { de: 'auch als HTML-Seite in diese Datei', en: 'as an HTML page into this file, too' },
} as const satisfies Texts;
