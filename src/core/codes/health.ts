import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

/** What tests of connections find that is no failure of the connection itself, and what hinders a test. */
export const healthCodes = {
  'self-mail-changed': {
    retry: 'operator',
    blame: 'mailserver',
    de: 'Die Mail an uns selbst kam verändert zurück.',
    en: 'The mail to ourselves came back altered.',
  },
  'pacs-refused-image': {
    retry: 'operator',
    blame: 'target',
    de: 'Das PACS nimmt das Testbild nicht an: {reason}',
    en: 'The PACS does not take the test image: {reason}',
  },
  'probe-busy': {
    ...operator,
    retry: 'later',
    de: 'Es laufen schon mehrere Tests. Bitte warten, bis einer davon fertig ist.',
    en: 'Several tests are running already. Please wait until one of them has finished.',
  },
  'probe-password-needed': {
    ...operator,
    de: 'Für einen anderen Server oder Benutzer bitte das Passwort noch einmal eingeben.',
    en: 'For another server or user please enter the password again.',
  },
  'alarm-no-mail-server': {
    ...operator,
    de: 'Für Mails über Alarme ist ein Mailserver zum Senden nötig.',
    en: 'Mails about alarms need a mail server for sending.',
  },
  'probe-no-mailbox': {
    ...operator,
    de: 'Dafür sind ein Mailserver zum Senden und ein Postfach nötig.',
    en: 'This needs a mail server for sending and a mailbox.',
  },
} as const satisfies CodeTable;
