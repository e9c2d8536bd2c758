import type { Texts } from '../../core/texts.ts';

/** What checks are called and what they find. */
export const checkTexts = {
  'check.box': { de: 'Box', en: 'box' },
  'check.running': { de: 'die Box läuft', en: 'the box is running' },
  'check.not-running': { de: 'die Box läuft nicht', en: 'the box is not running' },
  'check.settings': { de: 'Einstellungen', en: 'settings' },
  'check.settings-fine': { de: '{file} ist in Ordnung.', en: '{file} is fine.' },
  'check.door': { de: 'Eingang {name}, Port {port}', en: 'listener {name}, port {port}' },
  'check.open': { de: 'offen', en: 'open' },
  'check.any-port': {
    de: 'Port 0: Der Port ist bei jedem Start ein anderer.',
    en: 'port 0: another port at every start',
  },
  'check.port-free': { de: 'Port ist frei', en: 'port is free' },
  'check.way-in': { de: 'Weg zu uns', en: 'way to us' },
  'check.no-way-in': {
    de: 'weder Postfach (mail.imap) noch eigener SMTP-Zugang (mail.listener): Es kann nichts ankommen, auch keine Quittung',
    en: 'neither a mailbox (mail.imap) nor our own SMTP listener (mail.listener): nothing can come in, nor can receipts',
  },
  'check.targets': { de: 'Ziele', en: 'targets' },
  'check.no-targets': {
    de: 'kein Ziel eingetragen: Was ankommt, bleibt angehalten',
    en: 'there is no target: what comes in will be held',
  },
  'check.smtp': { de: 'Mailserver (SMTP)', en: 'mail server (SMTP)' },
  'check.imap': { de: 'Postfach (IMAP)', en: 'mailbox (IMAP)' },
  'check.mailbox': { de: '{folder}: {mails} {mails:Mail|Mails}', en: '{folder}: {mails} {mails:mail|mails}' },
  'check.any-size': { de: 'unbegrenzt', en: 'unlimited' },
  'check.way': { de: 'Weg zu {id}', en: 'way to {id}' },
  'check.by-server': { de: 'über unseren Mailserver {host}', en: 'by our mail server {host}' },
  'check.own-key': { de: 'eigener Schlüssel', en: 'own key' },
  'check.partner-key': { de: 'Schlüssel von {id}', en: 'key of {id}' },
  'check.key-never': { de: 'unbegrenzt gültig', en: 'does not expire' },
  'check.key-until': { de: 'gültig bis {date}', en: 'valid until {date}' },
  'check.target': { de: 'Ziel {id}', en: 'target {id}' },
  'check.trial': { de: 'Probesendung an {id}', en: 'trial consignment to {id}' },
  'check.echo': { de: 'C-ECHO beantwortet in {ms} ms', en: 'C-ECHO answered in {ms} ms' },
  'check.disk': { de: 'Speicherplatz', en: 'disk' },
  'check.disk-free': { de: '{free} frei, Annahme ab {least}', en: '{free} free, taking needs {least}' },
  'check.disk-full': {
    de: 'nur {free} frei; unter {least} wird nichts mehr angenommen',
    en: 'only {free} free; below {least} nothing is taken any more',
  },
  'check.memory': { de: 'Arbeitsspeicher', en: 'memory' },
  'check.memory-free': { de: '{free} von {all} frei', en: '{free} of {all} free' },
  'check.temperature': { de: 'Temperatur', en: 'temperature' },
  'check.no-sensor': { de: 'kein Fühler', en: 'no sensor' },
  'check.clock': { de: 'Uhr', en: 'clock' },
  'check.clock-wrong': {
    de: 'Diese Uhr kann nicht stimmen; Unterschriften werden nicht geprüft, bis sie gestellt ist.',
    en: 'this clock cannot be right; signatures are not verified until it is set',
  },

  'check.stored': {
    de: 'Das Testbild ist im PACS ({ms} ms). Patient: {patient}, Kennung {id}; dort bitte wieder löschen.',
    en: 'The test image is in the PACS ({ms} ms). Patient: {patient}, ID {id}; please delete it there.',
  },
  'check.stored-warning': {
    de: 'Das PACS hat das Testbild mit einer Warnung angenommen: {status}',
    en: 'The PACS took the test image with a warning: {status}',
  },
  'check.self-mail': { de: 'Mail an uns selbst', en: 'mail to ourselves' },
  'check.self-mail-back': {
    de: 'signiert, verschlüsselt, gesendet, abgeholt, geöffnet und geprüft in {time}',
    en: 'signed, encrypted, sent, collected, opened and verified in {time}',
  },
  'check.self-mail-spam': {
    de: 'Die Mail kam nach {time} an, aber im Ordner „{folder}“: Der Anbieter hält sie für Spam. Dort würde die Box sie nicht finden.',
    en: 'The mail came after {time}, but to the folder "{folder}": the provider takes it for spam. The box would not find it there.',
  },

  'trial.confirmed': { de: 'bestätigt nach {time}', en: 'confirmed after {time}' },
  'trial.accepted': {
    de: 'vom Mailserver angenommen nach {time}; von diesem Partner wird keine Quittung erbeten',
    en: 'taken by the mail server after {time}; no receipt is asked of this partner',
  },
  'trial.waiting': {
    de: 'nach {time} noch keine Quittung; Sendung {id} läuft weiter.',
    en: 'no receipt after {time}; consignment {id} goes on.',
  },
} as const satisfies Texts;
