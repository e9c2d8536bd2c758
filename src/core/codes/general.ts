import type { CodeTable } from '../errors.ts';

export const generalCodes = {
  'disk-full': {
    retry: 'later',
    blame: 'operator',
    de: 'Der Speicher der Box ist voll ({free_bytes} Bytes frei). Es wird nichts mehr angenommen, bis Platz ist.',
    en: 'The disk of the box is full ({free_bytes} bytes free). Nothing more is accepted until there is room.',
  },
  'disk-error': {
    retry: 'operator',
    blame: 'us',
    de: 'Der Datenträger meldet einen Fehler: {reason}',
    en: 'The disk reports an error: {reason}',
  },
  'timed-out': {
    retry: 'later',
    blame: 'network',
    de: 'Keine Antwort innerhalb von {timeout_ms} ms: {what}',
    en: 'No answer within {timeout_ms} ms: {what}',
  },
  stopped: {
    retry: 'later',
    blame: 'us',
    de: 'Die Box wird gerade beendet; es geht nach dem Start weiter.',
    en: 'The box is stopping; work goes on after the next start.',
  },
  internal: {
    retry: 'operator',
    blame: 'us',
    de: 'Interner Fehler: {reason}',
    en: 'Internal error: {reason}',
  },
} as const satisfies CodeTable;
