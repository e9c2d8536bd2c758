import type { Texts } from '../../core/texts.ts';

export const alarmsTexts = {
  'alarms.title': { de: 'Alarme', en: 'Alarms' },
  'alarms.what': { de: 'Was', en: 'What' },
  'alarms.since': { de: 'Seit', en: 'Since' },
  'alarms.until': { de: 'Bis', en: 'Until' },
  'alarms.stands': { de: 'besteht noch', en: 'still open' },
  'alarms.none': { de: 'Es gab noch keinen Alarm.', en: 'There has been no alarm yet.' },
  'alarms.mail-nobody': {
    de: 'Niemand bekommt eine Mail, wenn etwas nicht stimmt.',
    en: 'Nobody gets a mail when something is wrong.',
  },
  'alarms.mail-where': { de: 'Zu den Einstellungen', en: 'To the settings' },
  'alarms.mail-to': {
    de: 'Mails über Alarme gehen an {count} {count:Adresse|Adressen}.',
    en: 'Mails about alarms go to {count} {count:address|addresses}.',
  },
  'alarms.mail-failed': {
    de: 'Die letzte Mail ging nicht hinaus ({moment}); die Box versucht es weiter.',
    en: 'The last mail could not be sent ({moment}); the box keeps trying.',
  },
} as const satisfies Texts;
