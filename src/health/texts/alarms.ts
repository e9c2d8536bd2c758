import type { Texts } from '../../core/texts.ts';

/** What the mails about alarms say. */
export const alarmTexts = {
  'alarm.subject-begun': {
    de: 'Rohrpost {site}: {title}',
    en: 'Rohrpost {site}: {title}',
  },
  'alarm.subject-over': {
    de: 'Rohrpost {site}: wieder in Ordnung: {title}',
    en: 'Rohrpost {site}: in order again: {title}',
  },
  'alarm.subject-more': { de: '{subject} und {count} weitere', en: '{subject} and {count} more' },
  'alarm.lead': {
    de: 'Die Rohrpost-Box „{site}“ meldet sich von selbst, weil sich an ihrem Zustand etwas geändert hat.',
    en: 'The Rohrpost box "{site}" writes by itself, because something about its condition has changed.',
  },
  'alarm.begun': { de: 'Neu aufgetreten', en: 'New' },
  'alarm.over': { de: 'Wieder in Ordnung', en: 'In order again' },
  'alarm.still': { de: 'Weiterhin offen', en: 'Still open' },
  'alarm.since': { de: 'seit {time}', en: 'since {time}' },
  'alarm.from-to': { de: 'von {from} bis {to}', en: 'from {from} to {to}' },
  'alarm.again': { de: '{since} (zum {times}. Mal in Folge)', en: '{since} (occurrence {times} in a row)' },
  'alarm.advice': { de: 'Was zu tun ist: {advice}', en: 'What to do: {advice}' },
  'alarm.more': { de: '… und {count} weitere', en: '… and {count} more' },
  'alarm.where': {
    de: 'Wie es jetzt ist, steht auf der Seite der Box unter „Übersicht“, Vergangenes unter „System“.',
    en: 'How it is now is on the page of the box under "Overview", what has passed under "System".',
  },
  'alarm.about': {
    de: 'Diese Mail nennt keine Patienten. An wen sie geht, steht in den Einstellungen unter „Alarme“.',
    en: 'This mail names no patients. To whom it goes is in the settings under "Alarms".',
  },
} as const satisfies Texts;
