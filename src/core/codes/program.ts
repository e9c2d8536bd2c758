import type { CodeTable } from '../errors.ts';

/** What the program finds when it looks at itself, and what holds its work back after an update. */
export const programCodes = {
  'migration-rehearsing': {
    retry: 'later',
    blame: 'us',
    de: 'Diese Version wird gerade erprobt: An einer Kopie der Datenbank wird geprüft, ob sie sich umstellen lässt. Bis dahin nimmt die Box nichts an; nichts geht verloren.',
    en: 'This version is on trial: on a copy of the database it is tried whether it can be brought up to date. Until then the box takes nothing in; nothing is lost.',
  },
  'migration-waits': {
    retry: 'later',
    blame: 'us',
    de: 'Diese Version wird gerade erprobt. Die Datenbank wird umgestellt, sobald sie sich bewährt hat; bis dahin nimmt die Box nichts an, und nichts geht verloren.',
    en: 'This version is on trial. The database is brought up to date once it has proved itself; until then the box takes nothing in, and nothing is lost.',
  },
  'migration-running': {
    retry: 'later',
    blame: 'us',
    de: 'Die Datenbank wird auf den Stand dieser Version gebracht; danach arbeitet die Box weiter.',
    en: 'The database is being brought up to date with this version; then the box goes on.',
  },
  'migration-failed': {
    retry: 'operator',
    blame: 'us',
    de: 'Die Datenbank lässt sich nicht auf den Stand dieser Version bringen; sie ist unverändert: {reason}',
    en: 'The database cannot be brought up to date with this version; it is as it was: {reason}',
  },
  'migration-no-room': {
    retry: 'operator',
    blame: 'operator',
    de: 'Um die Umstellung der Datenbank zu erproben, fehlt Platz: {free_bytes} Bytes sind frei, {needed_bytes} sind nötig.',
    en: 'There is no room to rehearse the migration of the database: {free_bytes} bytes are free, {needed_bytes} are needed.',
  },
  'store-too-old': {
    retry: 'later',
    blame: 'operator',
    de: 'Die Datenbank ist von einer älteren Version (Schema {found}, nötig ist {known}). Die Box bringt sie bei ihrem nächsten Start auf den neuen Stand.',
    en: 'The database is of an older version (schema {found}, {known} is needed). The box brings it up to date when it starts next.',
  },
  'page-away': {
    retry: 'later',
    blame: 'us',
    de: 'Die Seite der Box antwortet nicht: {reason}',
    en: 'The page of the box does not answer: {reason}',
  },
  'page-other': {
    retry: 'later',
    blame: 'us',
    de: 'An der Tür der Seite antwortet etwas anderes: {reason}',
    en: 'Something else answers at the door of the page: {reason}',
  },
  'box-idle': {
    retry: 'later',
    blame: 'us',
    de: 'Die Box ist eingerichtet, arbeitet aber nicht.',
    en: 'The box is set up but does not work.',
  },
} as const satisfies CodeTable;
