import type { Texts } from '../../core/texts.ts';

/** What stands on the screen of the box. Narrow, and for a text console: no signs beyond those of Western Europe. */
export const screenTexts = {
  'screen.down': {
    de: 'Das Programm läuft nicht. Es wird von selbst neu gestartet.',
    en: 'The program is not running. It is started again by itself.',
  },
  'screen.starting': { de: 'Die Box startet ...', en: 'The box is starting ...' },
  'screen.no-network': {
    de: 'Kein Netz: Bitte ein Netzwerkkabel anschließen.',
    en: 'No network: please plug in a network cable.',
  },
  'screen.unclaimed': {
    de: 'Diese Box gehört noch niemandem. Bitte die Seite öffnen, den Fingerabdruck vergleichen und den Kopplungscode eingeben.',
    en: 'Nobody owns this box yet. Please open its page, compare the fingerprint, and enter the pairing code.',
  },
  'screen.not-set-up': {
    de: 'Die Box ist noch nicht eingerichtet. Das geht auf ihrer Seite.',
    en: 'The box is not set up yet. This is done on its page.',
  },
  'screen.working': { de: 'Die Box arbeitet.', en: 'The box is working.' },
  'screen.installing': {
    de: 'Version {version} wird installiert. Die Box arbeitet weiter.',
    en: 'Version {version} is being installed. The box goes on working.',
  },
  'screen.installed': {
    de: 'Version {version} ist installiert und läuft nach dem nächsten Neustart.',
    en: 'Version {version} is installed, and runs after the next restart.',
  },
  'screen.trial': {
    de: 'Version {version} wird erprobt. Bitte nicht ausschalten.',
    en: 'Version {version} is on trial. Please do not switch off.',
  },
  'screen.fell-back': {
    de: 'Version {version} hat sich nicht bewährt ({code}); es läuft wieder die vorige.',
    en: 'Version {version} did not prove itself ({code}); the one before is running again.',
  },
  'screen.page': { de: 'Seite', en: 'Page' },
  'screen.fingerprint': { de: 'Fingerabdruck', en: 'Fingerprint' },
  'screen.code': { de: 'Kopplungscode', en: 'Pairing code' },
  'screen.system': { de: 'System', en: 'System' },
  'screen.slot': { de: 'Steckplatz {slot}, Version {version}', en: 'slot {slot}, version {version}' },
  'screen.dev': { de: 'nur zum Entwickeln', en: 'for development only' },
  'screen.storage': { de: 'Speicher', en: 'Storage' },
  'screen.storage-tpm2': { de: 'verschlüsselt (Sicherheitschip)', en: 'encrypted (security chip)' },
  'screen.storage-key-file': {
    de: 'verschlüsselt, Schlüssel auf dem Gerät: kein Schutz bei Diebstahl',
    en: 'encrypted, key on the device: no protection against theft',
  },
  'screen.storage-none': { de: 'nicht verschlüsselt', en: 'not encrypted' },
  'screen.stick': { de: 'USB-Stick', en: 'USB stick' },
  'screen.stick-unusable': {
    de: 'Die Einstellungen vom USB-Stick sind nicht brauchbar: {problem}',
    en: 'The settings from the USB stick cannot be used: {problem}',
  },
  'screen.stick-settings': { de: 'Einstellungen', en: 'settings' },
  'screen.stick-network': { de: 'Netzwerk', en: 'network' },
  'screen.stick-bundle': { de: 'Firmware', en: 'firmware' },
  'screen.stick-factory-reset': { de: 'Werkszustand', en: 'factory reset' },
  'screen.stick-done': { de: 'übernommen', en: 'taken' },
  'screen.stick-skipped': { de: 'nicht nötig', en: 'not needed' },
  'screen.stick-failed': { de: 'nicht übernommen', en: 'not taken' },
  'screen.key-hint': {
    de: 'Passwort vergessen? Taste R zehn Sekunden lang gedrückt halten.',
    en: 'Password forgotten? Hold the key R for ten seconds.',
  },
  'screen.key-held': {
    de: 'Noch {count} s halten: Dann gilt ein neues Administratorpasswort. Loslassen bricht ab.',
    en: 'Hold for {count} s more: then a new administrator password is set. Let go to cancel.',
  },
  'screen.key-working': { de: 'Das Passwort wird zurückgesetzt ...', en: 'The password is being reset ...' },
  'screen.password': {
    de: 'Einmalpasswort für {name}: damit auf der Seite anmelden und ein eigenes wählen. Der zweite Faktor ist entfernt.',
    en: 'One-time password for {name}: log in on the page with it and choose your own. The second factor is removed.',
  },
} as const satisfies Texts;
