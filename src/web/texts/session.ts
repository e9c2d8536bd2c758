import type { Texts } from '../../core/texts.ts';

export const sessionTexts = {
  'session.login-title': { de: 'Anmelden', en: 'Log in' },
  'session.login': { de: 'Anmelden', en: 'Log in' },
  'session.name': { de: 'Benutzername', en: 'User name' },
  'session.password': { de: 'Passwort', en: 'Password' },
} as const satisfies Texts;
