import type { Texts } from '../../../src/core/texts.ts';

/** Roots and signers. */
export const keyMessages = {
  'keys-exist': {
    de: 'In {folder} liegen schon Schlüssel. Es wird nichts überschrieben; bitte einen anderen Ordner nennen.',
    en: 'There are keys in {folder} already. Nothing is overwritten; please name another folder.',
  },
  'keys-missing': {
    de: 'In {folder} fehlt {file}. Schlüssel macht „rohrpost-fleet keys make“.',
    en: '{file} is missing in {folder}. “rohrpost-fleet keys make” makes keys.',
  },
  'keys-mismatch': {
    de: 'Der Schlüssel {file} gehört nicht zu seinem Zertifikat.',
    en: 'The key {file} does not belong to its certificate.',
  },
  'keys-foreign-signer': {
    de: 'Das Zertifikat des Unterzeichners ist von keiner Wurzel in {file} ausgestellt.',
    en: 'The signer’s certificate was issued by none of the roots in {file}.',
  },
  'keys-not-codesign': {
    de: 'Das Zertifikat {file} ist nicht zum Signieren von Programmen ausgestellt (codeSigning).',
    en: 'The certificate {file} is not issued for signing programs (codeSigning).',
  },
  'keys-expired': {
    de: 'Das Zertifikat „{subject}“ gilt nicht (mehr): {from} bis {to}. Einen neuen Unterzeichner macht „rohrpost-fleet keys renew-signer“.',
    en: 'The certificate “{subject}” is not valid (any more): {from} to {to}. “rohrpost-fleet keys renew-signer” makes a new signer.',
  },
  'keys-ending': {
    de: 'Achtung: „{subject}“ gilt nur noch {days} {days:Tag|Tage}. Einen neuen Unterzeichner macht „rohrpost-fleet keys renew-signer“.',
    en: 'Mind: “{subject}” is valid for {days} more {days:day|days} only. “rohrpost-fleet keys renew-signer” makes a new signer.',
  },
  'keys-passphrase-short': {
    de: 'Die Passphrase der Wurzel braucht mindestens {least} Zeichen. Fünf oder sechs zufällige Wörter sind gut.',
    en: 'The passphrase of the root needs {least} characters at least. Five or six random words are good.',
  },
  'keys-passphrase-wrong': {
    de: 'Die Passphrase öffnet {file} nicht.',
    en: 'The passphrase does not open {file}.',
  },
  'keys-passphrase-ask': { de: 'Passphrase der Wurzel:', en: 'Passphrase of the root:' },
  'keys-passphrase-signer': { de: 'Passphrase des Unterzeichners:', en: 'Passphrase of the signer:' },
  'keys-last-root': {
    de: 'Das ist die Wurzel, unter der der jetzige Unterzeichner steht; sie kann nicht gehen. Erst „keys renew-signer“ mit der anderen.',
    en: 'The present signer stands under this root; it cannot go. First “keys renew-signer” with the other one.',
  },
  'keys-no-such-root': {
    de: 'Keine Wurzel in {file} hat den Fingerabdruck {fingerprint}.',
    en: 'No root in {file} has the fingerprint {fingerprint}.',
  },
  'keys-made': {
    de: 'Wurzel:          {root}\nUnterzeichner:   {signer} (bis {until})\nFingerabdruck:   {fingerprint}',
    en: 'Root:          {root}\nSigner:        {signer} (until {until})\nFingerprint:   {fingerprint}',
  },
  'keys-keep': {
    de: `
JETZT: Der Ordner {folder} enthält die Wurzel. Sie wird nur gebraucht, um Unterzeichner zu erneuern.
 1. Auf zwei Datenträger kopieren, an zwei Orten einschließen; die Passphrase getrennt davon, ebenfalls zweimal.
 2. Beide Kopien prüfen: rohrpost-fleet keys check-root DATENTRÄGER
 3. Den Ordner hier löschen.
Ist sie verloren, kann keine Box je wieder ein Update bekommen. Ist sie gestohlen, kann der Dieb jede Box übernehmen.`,
    en: `
NOW: the folder {folder} holds the root. It is needed to renew signers, and for nothing else.
 1. Copy it to two media, lock them away in two places; the passphrase apart from them, twice as well.
 2. Check both copies: rohrpost-fleet keys check-root MEDIUM
 3. Delete the folder here.
If it is lost, no box can ever be updated again. If it is stolen, the thief can take over every box.`,
  },
  'keys-development': {
    de: 'Das sind ENTWICKLUNGSSCHLÜSSEL ohne Passphrase. Nur Entwicklungs-Images vertrauen ihnen.',
    en: 'These are DEVELOPMENT KEYS without a passphrase. Only development images trust them.',
  },
  'keys-signer-open': {
    de: 'signer.key ist nicht verschlüsselt (Rechte 0600), damit Image-Bau und cron ohne Menschen signieren können. Wer das nicht will: --protect-signer, oder ein HSM (docs/operator.md).',
    en: 'signer.key is not encrypted (mode 0600), so that image builds and cron can sign without a person. Who does not want that: --protect-signer, or an HSM (docs/operator.md).',
  },
  'keys-renewed': {
    de: 'Neuer Unterzeichner: {signer} (bis {until}). Der alte liegt daneben als {old}; sein Schlüssel kann gelöscht werden.',
    en: 'New signer: {signer} (until {until}). The old one lies beside it as {old}; its key can be deleted.',
  },
  'keys-root-added': {
    de: `Zweite Wurzel: {root}
Reihenfolge des Wechsels: 1. Image mit beiden Wurzeln bauen und an alle Boxen verteilen, unterzeichnet wie bisher. 2. „keys renew-signer“ mit der neuen Wurzel.
3. Erst wenn alle Boxen das Image aus 1. haben: „keys retire-root“ für die alte, neues Image bauen.`,
    en: `Second root: {root}
Order of the change: 1. Build an image with both roots and roll it out to all boxes, signed as before. 2. “keys renew-signer” with the new root.
3. Only when all boxes have the image of 1.: “keys retire-root” for the old one, build a new image.`,
  },
  'keys-root-retired': {
    de: 'Die Wurzel {fingerprint} ist aus root.pem entfernt; neue Images vertrauen ihr nicht mehr.',
    en: 'The root {fingerprint} is out of root.pem; new images do not trust it any more.',
  },
  'keys-root-good': {
    de: 'In Ordnung: der Schlüssel lässt sich öffnen und gehört zu „{subject}“, {fingerprint}.',
    en: 'Good: the key opens and belongs to “{subject}”, {fingerprint}.',
  },
  'keys-offline-readme': {
    de: `Wurzel der Rohrpost-Updates: {subject}
SHA-256 {fingerprint}
root.key ist mit der Passphrase verschlüsselt (PKCS#8, AES-256). Gebraucht wird sie nur für „rohrpost-fleet keys renew-signer“.
Zweimal aufbewahren, an zwei Orten, nie an einem Rechner mit Netz.
`,
    en: `Root of the Rohrpost updates: {subject}
SHA-256 {fingerprint}
root.key is encrypted under the passphrase (PKCS#8, AES-256). It is needed for “rohrpost-fleet keys renew-signer” only.
Keep it twice, in two places, never on a machine with a network.
`,
  },
} as const satisfies Texts;
