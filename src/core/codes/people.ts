import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

/** Who may come in: logging in, claiming, accounts, tokens, the audit. */
export const peopleCodes = {
  'login-wrong': {
    ...operator,
    de: 'Benutzername oder Passwort stimmen nicht.',
    en: 'User name or password is wrong.',
  },
  'login-locked': {
    ...operator,
    retry: 'later',
    de: 'Zu viele falsche Anmeldungen. In {seconds} Sekunden kann es noch einmal versucht werden.',
    en: 'Too many wrong log-ins. You can try again in {seconds} seconds.',
  },
  'login-busy': {
    retry: 'later',
    blame: 'us',
    de: 'Gerade melden sich zu viele Personen gleichzeitig an. Bitte in {seconds} Sekunden noch einmal versuchen.',
    en: 'Too many people are logging in at this moment. Please try again in {seconds} seconds.',
  },
  'second-factor-asked': {
    ...operator,
    de: 'Bitte geben Sie auch den Code Ihrer Authenticator-App oder einen Wiederherstellungscode ein.',
    en: 'Please enter the code of your authenticator app or a recovery code as well.',
  },
  'second-factor-wrong': {
    ...operator,
    de: 'Der Code stimmt nicht oder wurde schon benutzt. Bitte warten Sie auf den nächsten; gehen die Uhren von Box und Telefon auseinander, hilft ein Wiederherstellungscode.',
    en: 'The code is wrong or was used already. Please wait for the next one; if the clocks of box and phone disagree, a recovery code helps.',
  },
  'second-factor-needed': {
    ...operator,
    de: 'Administratoren brauchen hier einen zweiten Faktor. Bitte richten Sie ihn zuerst ein.',
    en: 'Administrators need a second factor here. Please set it up first.',
  },
  'second-factor-not-begun': {
    ...operator,
    de: 'Das Einrichten des zweiten Faktors wurde nicht begonnen. Bitte fangen Sie damit von vorn an.',
    en: 'Setting up the second factor was not begun. Please start again.',
  },
  'account-disabled': {
    ...operator,
    de: 'Dieses Konto ist gesperrt. Bitte wenden Sie sich an die Administration der Box.',
    en: 'This account is disabled. Please turn to the administrators of the box.',
  },
  'account-exists': {
    ...operator,
    de: 'Ein Konto mit dem Namen „{name}“ gibt es schon.',
    en: 'There is an account named "{name}" already.',
  },
  'account-last-admin': {
    ...operator,
    de: 'Das ist der letzte Administrator, der sich anmelden kann. Bitte machen Sie zuerst jemand anderen zum Administrator.',
    en: 'This is the last administrator who can log in. Please make somebody else an administrator first.',
  },
  'account-no-admin': {
    ...operator,
    de: 'Einen Administrator mit diesem Namen gibt es nicht. Bekannt sind: {allowed}',
    en: 'There is no administrator of that name. Known are: {allowed}',
  },
  'accounts-too-many': {
    ...operator,
    de: 'Mehr als {most} Konten sind nicht vorgesehen.',
    en: 'There cannot be more than {most} accounts.',
  },
  'password-wrong': {
    ...operator,
    de: 'Ihr Passwort stimmt nicht.',
    en: 'Your password is wrong.',
  },
  'password-must-change': {
    ...operator,
    de: 'Bitte wählen Sie zuerst ein eigenes Passwort.',
    en: 'Please choose a password of your own first.',
  },
  'password-length': {
    ...operator,
    de: 'Ein Passwort hat hier mindestens {least} und höchstens {most} Zeichen. Gut ist ein Satz aus einigen Wörtern.',
    en: 'A password has at least {least} and at most {most} characters here. A sentence of a few words is good.',
  },
  'password-too-simple': {
    ...operator,
    de: 'Dieses Passwort ist zu leicht zu erraten: Ohne Benutzernamen, Namen der Klinik und übliche Wörter bleiben zu wenige verschiedene Zeichen.',
    en: 'This password is too easy to guess: without the user name, the name of the clinic and usual words, too few different characters remain.',
  },
  'password-same': {
    ...operator,
    de: 'Das ist das bisherige Passwort. Bitte wählen Sie ein anderes.',
    en: 'This is the password you have now. Please choose another.',
  },
  'pairing-code-wrong': {
    ...operator,
    de: 'Der Kopplungscode stimmt nicht. Er steht auf dem Bildschirm der Box und in der Ausgabe von „rohrpost status“.',
    en: 'The pairing code is wrong. It is on the screen of the box and in what "rohrpost status" prints.',
  },
  'pairing-locked': {
    ...operator,
    retry: 'later',
    de: 'Zu viele falsche Kopplungscodes. In {seconds} Sekunden kann es noch einmal versucht werden.',
    en: 'Too many wrong pairing codes. You can try again in {seconds} seconds.',
  },
  'session-needed': {
    ...operator,
    de: 'Das geht nur nach Anmeldung mit Benutzername und Passwort, nicht mit einem Token.',
    en: 'This needs a log-in with user name and password; a token is not enough.',
  },
  'tokens-too-many': {
    ...operator,
    de: 'Mehr als {most} Tokens kann ein Konto nicht haben. Bitte entfernen Sie zuerst eines.',
    en: 'An account cannot have more than {most} tokens. Please remove one first.',
  },
  'audit-broken': {
    retry: 'operator',
    blame: 'us',
    de: 'Das Audit-Protokoll wurde verändert oder beschädigt: Eintrag {row} passt nicht zu seinen Vorgängern.',
    en: 'The audit was altered or damaged: entry {row} does not fit those before it.',
  },
  'audit-cut': {
    retry: 'operator',
    blame: 'us',
    de: 'Am Ende des Audit-Protokolls fehlen Einträge: Es endet mit Eintrag {last}, aufgehoben wurde Eintrag {row}.',
    en: 'Entries are missing at the end of the audit: it ends with entry {last}, and entry {row} was kept.',
  },
  'audit-rewritten': {
    retry: 'operator',
    blame: 'us',
    de: 'Dies ist nicht das Audit-Protokoll, aus dem Eintrag {row} aufgehoben wurde: Seine Prüfsumme ist eine andere. Es wurde neu geschrieben, zurückgespielt, oder es ist das einer anderen Box.',
    en: 'This is not the audit that entry {row} was kept from: its checksum is another. It was written anew, restored, or is that of another box.',
  },
  'audit-missing': {
    retry: 'operator',
    blame: 'us',
    de: 'Im Datenordner {folder} gibt es kein Audit-Protokoll.',
    en: 'There is no audit in the data folder {folder}.',
  },
  'console-only': {
    ...operator,
    de: 'Das darf nur root oder der Benutzer, dem der Datenordner gehört.',
    en: 'Only root or the user to whom the data folder belongs may do this.',
  },
} as const satisfies CodeTable;
