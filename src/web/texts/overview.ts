import type { Texts } from '../../core/texts.ts';

export const overviewTexts = {
  'overview.title': { de: 'Übersicht', en: 'Overview' },
  'overview.ok': { de: 'Alles in Ordnung', en: 'All is well' },
  'overview.warn': {
    de: 'Die Box arbeitet; {count} {count:Punkt braucht|Punkte brauchen} Ihre Aufmerksamkeit',
    en: 'The box works; {count} {count:point needs|points need} your attention',
  },
  'overview.fail': {
    de: 'Es gibt eine Störung; {count} {count:Punkt braucht|Punkte brauchen} Ihre Aufmerksamkeit',
    en: 'There is a fault; {count} {count:point needs|points need} your attention',
  },
  'overview.lights': { de: 'Zustand im Einzelnen', en: 'Condition in detail' },
  'overview.study-held': {
    de: '{count} {count:Studie ist|Studien sind} angehalten',
    en: '{count} {count:study is|studies are} held',
  },
  'overview.consignment-held': {
    de: '{count} {count:Sendung ist|Sendungen sind} angehalten',
    en: '{count} {count:consignment is|consignments are} held',
  },
  'overview.consignment-refused': {
    de: '{count} {count:Sendung wurde|Sendungen wurden} abgelehnt',
    en: '{count} {count:consignment was|consignments were} refused',
  },
  'overview.consignment-unconfirmed': {
    de: '{count} {count:Sendung blieb|Sendungen blieben} unbestätigt',
    en: '{count} {count:consignment was|consignments were} not confirmed',
  },
  'overview.mail-quarantined': {
    de: '{count} {count:Mail ist|Mails sind} in Quarantäne',
    en: '{count} {count:mail is|mails are} in quarantine',
  },
  'overview.set-held': {
    de: '{count} {count:Eingang ist|Eingänge sind} angehalten',
    en: '{count} {count:set that came in is|sets that came in are} held',
  },
  'overview.set-quarantined': {
    de: '{count} {count:Eingang ist|Eingänge sind} in Quarantäne',
    en: '{count} {count:set that came in is|sets that came in are} in quarantine',
  },
  'overview.set-incomplete': {
    de: '{count} {count:Eingang wartet|Eingänge warten} schon lange auf Teile',
    en: '{count} {count:set that came in has|sets that came in have} waited long for parts',
  },
  'overview.delivery-held': {
    de: '{count} {count:Zustellung ist|Zustellungen sind} angehalten',
    en: '{count} {count:delivery is|deliveries are} held',
  },
  'overview.delivery-refused': {
    de: '{count} {count:Zustellung wurde|Zustellungen wurden} vom Ziel abgelehnt',
    en: '{count} {count:delivery was|deliveries were} refused by the target',
  },
  'overview.receipt-held': {
    de: '{count} {count:Quittung ist|Quittungen sind} angehalten',
    en: '{count} {count:receipt is|receipts are} held',
  },
  'overview.item-conflict': {
    de: '{count} {count:Objekt widerspricht|Objekte widersprechen} einem anderen mit derselben UID',
    en: '{count} {count:object contradicts|objects contradict} another one of the same UID',
  },
  'overview.moving': { de: 'Gerade unterwegs', en: 'Under way now' },
  'overview.nothing-moves': { de: 'Nichts ist unterwegs', en: 'Nothing is under way' },
  'overview.nothing-moves-words': {
    de: 'Sobald eine Studie ankommt, steht sie hier mit ihrem Fortschritt.',
    en: 'As soon as a study arrives, it is here with its progress.',
  },
  'overview.study': { de: 'Studie', en: 'Study' },
  'overview.arriving': { de: 'kommt an von {peer}', en: 'arriving from {peer}' },
  'overview.sending': { de: 'geht an {peer}', en: 'going to {peer}' },
  'overview.incoming': { de: 'kommt von {peer}', en: 'coming from {peer}' },
  'overview.delivering': { de: 'wird zugestellt an {peer}', en: 'being delivered to {peer}' },
  'overview.since': { de: 'seit {moment}', en: 'since {moment}' },
  'overview.tried-again': { de: 'Wird erneut versucht: {words}', en: 'Being tried again: {words}' },
  'overview.objects': { de: '{count} Objekte bisher', en: '{count} objects so far' },
  'overview.so-far': { de: '{done} von {total}', en: '{done} of {total}' },
  'overview.hours': { de: 'Datenmenge der letzten 24 Stunden', en: 'Data of the last 24 hours' },
  'overview.hour': { de: 'Stunde', en: 'Hour' },
  'overview.sent': { de: 'Gesendet', en: 'Sent' },
  'overview.received': { de: 'Empfangen', en: 'Received' },
  'overview.days': { de: 'Studien der letzten 30 Tage', en: 'Studies of the last 30 days' },
  'overview.day': { de: 'Tag', en: 'Day' },
  'overview.studies-out': { de: 'An Partner', en: 'To partners' },
  'overview.studies-in': { de: 'Von Partnern', en: 'From partners' },
} as const satisfies Texts;
