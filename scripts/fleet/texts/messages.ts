import type { Texts } from '../../../src/core/texts.ts';
import { channelMessages } from './channel.ts';
import { keyMessages } from './keys.ts';
import { reportMessages } from './reports.ts';

/** Every sentence of the operator's command line that is not help. */
export const messages = {
  'openssl-missing': {
    de: 'Das Programm openssl fehlt; bitte installieren (Debian: openssl).',
    en: 'The program openssl is missing; please install it (Debian: openssl).',
  },
  'openssl-failed': { de: 'openssl {command} hat abgelehnt: {reason}', en: 'openssl {command} refused: {reason}' },
  'file-unreadable': { de: '{file} ist nicht lesbar: {reason}', en: '{file} cannot be read: {reason}' },
  'option-invalid': {
    de: 'Das ist nichts für {option}: „{value}“. {expected}',
    en: 'That is nothing for {option}: “{value}”. {expected}',
  },
  ...keyMessages,
  ...channelMessages,
  ...reportMessages,
} as const satisfies Texts;
