import type { Texts } from '../../core/texts.ts';

/** The audit: checked, and written out. */
export const auditTexts = {
  'help.audit': { de: 'Audit-Protokoll: prüfen, ausgeben', en: 'audit: verify, export' },
  'help.audit-verify': {
    de: 'prüft, ob jemand Einträge verändert oder entfernt hat',
    en: 'tells whether somebody altered or removed entries',
  },
  'help.audit-end': {
    de: 'anderswo aufgehobene Stelle als NUMMER:PRÜFSUMME („last“ und „hash“ einer Zeile des Logs, „id“ und „hash“ einer Ausgabe): ist alles bis dahin noch, wie es war?',
    en: 'place that was kept elsewhere, as ID:HASH ("last" and "hash" of a line of the log, "id" and "hash" of an export): is everything up to it as it was?',
  },
  'help.audit-export': { de: 'schreibt alle Einträge in eine Datei', en: 'writes all entries to a file' },
  'help.audit-file': { de: 'die Datei; „-“: Standardausgabe', en: 'the file; "-": standard output' },
  'help.audit-format': { de: 'CSV oder JSON-Zeilen', en: 'CSV or JSON lines' },

  'audit.empty': { de: 'das Audit-Protokoll ist leer', en: 'the audit is empty' },
  'audit.sound': {
    de: 'unversehrt: {rows} {count:Eintrag|Einträge}',
    en: 'sound: {rows} {count:entry|entries}',
  },
  'audit.end': { de: 'Ende: {place}', en: 'end: {place}' },
  'audit.kept-sound': {
    de: 'bis Eintrag {row} ist alles, wie es war',
    en: 'up to entry {row} everything is as it was',
  },
  'audit.kept-broken': {
    de: 'Eintrag {row} trägt die aufgehobene Prüfsumme, aber davor wurde verändert',
    en: 'entry {row} has the checksum that was kept, but something before it was altered',
  },
  'audit.exported': { de: 'Geschrieben: {file}', en: 'Written: {file}' },
  'usage.audit-end': {
    de: '„{what}“ ist keine Stelle des Audit-Protokolls der Form NUMMER:PRÜFSUMME.',
    en: '"{what}" is not a place in the audit of the form ID:HASH.',
  },
} as const satisfies Texts;
