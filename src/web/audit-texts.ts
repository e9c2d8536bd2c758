import type { Language } from '../core/errors.ts';
import type { Texts } from '../core/texts.ts';

/** What the audit's acts are called. Every act that is written has a line here; append yours. */
export const auditTexts = {
  login: { de: 'Angemeldet', en: 'Logged in' },
  'login-wrong': { de: 'Falsche Anmeldung', en: 'Wrong log-in' },
  'second-factor-wrong': { de: 'Falscher Code bei der Anmeldung', en: 'Wrong code at log-in' },
  'recovery-code-use': { de: 'Wiederherstellungscode benutzt', en: 'Recovery code used' },
  logout: { de: 'Abgemeldet', en: 'Logged out' },
  'session-end': { de: 'Eigene Sitzung beendet', en: 'Own session ended' },
  'password-change': { de: 'Eigenes Passwort geändert', en: 'Own password changed' },
  'second-factor-on': { de: 'Zweiten Faktor eingeschaltet', en: 'Second factor turned on' },
  'second-factor-off': { de: 'Zweiten Faktor ausgeschaltet', en: 'Second factor turned off' },
  'recovery-codes-new': { de: 'Neue Wiederherstellungscodes', en: 'New recovery codes' },
  'pairing-wrong': { de: 'Falscher Kopplungscode', en: 'Wrong pairing code' },
  'box-claim': { de: 'Box in Besitz genommen', en: 'Box claimed' },
  'user-add': { de: 'Konto angelegt', en: 'Account added' },
  'user-change': { de: 'Konto geändert', en: 'Account changed' },
  'user-password': { de: 'Passwort eines Kontos gesetzt', en: 'Password of an account set' },
  'user-second-factor-reset': { de: 'Zweiten Faktor eines Kontos entfernt', en: 'Second factor of an account removed' },
  'user-sessions-end': { de: 'Sitzungen eines Kontos beendet', en: 'Sessions of an account ended' },
  'user-remove': { de: 'Konto entfernt', en: 'Account removed' },
  'second-factor-rule': { de: 'Regel zum zweiten Faktor geändert', en: 'Rule on second factors changed' },
  'token-add': { de: 'Token ausgestellt', en: 'Token made' },
  'token-remove': { de: 'Token widerrufen', en: 'Token revoked' },
  'stick-taken': { de: 'Einstellungen vom USB-Stick übernommen', en: 'Settings taken from a USB stick' },
  'stick-unusable': {
    de: 'Einstellungen vom USB-Stick waren nicht brauchbar',
    en: 'Settings from a USB stick could not be used',
  },
  'stick-refused': {
    de: 'Einstellungen vom USB-Stick nicht übernommen: Die Box hat schon welche',
    en: 'Settings from a USB stick not taken: the box has some already',
  },
  'desk-taken-back': {
    de: 'Konten und Protokoll von vor dem Update zurückgeholt',
    en: 'Accounts and audit from before the update taken back',
  },
  'ledger-made-anew': {
    de: 'Datenbank beschädigt: beiseitegelegt und aus dem Speicher neu angelegt',
    en: 'Database damaged: put aside and made anew from the spool',
  },
  'admin-reset': { de: 'Administrator an der Konsole zurückgesetzt', en: 'Administrator reset at the console' },
  'audit-export': { de: 'Audit-Protokoll ausgegeben', en: 'Audit exported' },
  'certificate-put-in': { de: 'Eigenes Zertifikat der Seite eingesetzt', en: "Certificate of one's own put in" },
  'certificate-drop': { de: 'Zurück zum Zertifikat der Box', en: "Back to the box's certificate" },
  'certificate-request': { de: 'Zertifikat angefordert', en: 'Certificate requested' },
  'certificate-made': { de: 'Neues Zertifikat der Box erzeugt', en: 'New certificate of the box made' },
  backup: { de: 'Sicherung erstellt', en: 'Backup made' },
  'restore-begin': { de: 'Zurückspielen einer Sicherung begonnen', en: 'Restoring of a backup begun' },
  restore: { de: 'Sicherung zurückgespielt', en: 'Backup restored' },
  'support-bundle': { de: 'Support-Paket erstellt', en: 'Support bundle made' },
  'log-export': { de: 'Log ausgegeben', en: 'Log exported' },
  'box-restart': { de: 'Box neu gestartet', en: 'Box restarted' },
  'settings-change': { de: 'Einstellungen geändert', en: 'Settings changed' },
  'partner-add': { de: 'Partner angelegt', en: 'Partner added' },
  'partner-remove': { de: 'Partner entfernt', en: 'Partner removed' },
  'partner-key': { de: 'Schlüssel eines Partners übernommen', en: 'Key of a partner taken' },
  'partner-key-remove': { de: 'Schlüssel eines Partners entfernt', en: 'Key of a partner removed' },
  'study-send': { de: 'Studie von Hand gesendet', en: 'Study sent by hand' },
  'study-preview': { de: 'Vorschaubild angesehen', en: 'Preview picture looked at' },
  'row-release': { de: 'Freigegeben', en: 'Released' },
  'row-retry': { de: 'Noch einmal angestoßen', en: 'Tried again' },
  'row-hold': { de: 'Angehalten', en: 'Held' },
  'row-discard': { de: 'Verworfen', en: 'Discarded' },
  probe: { de: 'Verbindung getestet', en: 'Connection tested' },
  trial: { de: 'Probesendung abgeschickt', en: 'Test set sent' },
  doctor: { de: 'Alles geprüft', en: 'Everything checked' },
  'network-change': { de: 'Netzeinstellungen geändert', en: 'Network settings changed' },
  'network-keep': { de: 'Geänderte Netzeinstellungen behalten', en: 'Changed network settings kept' },
  'hostname-change': { de: 'Rechnername geändert', en: 'Host name changed' },
  'time-servers-change': { de: 'Zeitserver geändert', en: 'Time servers changed' },
  'machine-reboot': { de: 'Gerät neu gestartet', en: 'Machine restarted' },
  'machine-power-off': { de: 'Gerät ausgeschaltet', en: 'Machine switched off' },
  'factory-reset': { de: 'Auf Werkszustand zurückgesetzt', en: 'Factory reset' },
  'hardware-adopt': { de: 'Daten dieser Hardware zugeordnet', en: 'Data assigned to this hardware' },
  'recovery-key-show': { de: 'Wiederherstellungsschlüssel angesehen', en: 'Recovery key looked at' },
  'recovery-key-forget': {
    de: 'Wiederherstellungsschlüssel von der Box gelöscht',
    en: 'Recovery key deleted from the box',
  },
  'firmware-install': { de: 'Firmware zu installieren begonnen', en: 'Installing of firmware begun' },
  'firmware-restart': { de: 'Neustart in die neue Firmware', en: 'Restart into the new firmware' },
  'firmware-try-again': { de: 'Gescheiterte Firmware wieder zugelassen', en: 'Failed firmware allowed again' },
  setup: { de: 'Grundeinstellungen gemacht', en: 'First settings made' },
} as const satisfies Texts;

export type Act = keyof typeof auditTexts;

/** The name of an act; one of another version of the program stays as it is. */
export function actText(act: string, language: Language): string {
  return Object.hasOwn(auditTexts, act) ? auditTexts[act as Act][language] : act;
}
