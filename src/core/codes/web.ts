import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

/** What the page and the API answer. */
export const webCodes = {
  'request-invalid': {
    ...operator,
    de: 'Die Angaben sind so nicht möglich: {problems}',
    en: 'These entries cannot be used: {problems}',
  },
  'request-too-large': {
    ...operator,
    retry: 'never',
    de: 'Das ist zu groß; angenommen werden höchstens {maximum} Bytes.',
    en: 'This is too large; at most {maximum} bytes are taken.',
  },
  'request-type': {
    ...operator,
    de: 'Mit dieser Art von Inhalt kann die Box hier nichts anfangen.',
    en: 'The box cannot use this type of content here.',
  },
  'request-too-often': {
    ...operator,
    retry: 'later',
    de: 'Zu viele Anfragen. Bitte in {seconds} Sekunden noch einmal versuchen.',
    en: 'Too many requests. Please try again in {seconds} seconds.',
  },
  'not-found': {
    ...operator,
    retry: 'never',
    de: 'Das gibt es hier nicht (mehr).',
    en: 'This is not here (any more).',
  },
  'request-cursor': {
    ...operator,
    de: 'Erlaubt ist, was in der Antwort davor als „next“ stand.',
    en: 'Allowed is what stood as "next" in the answer before.',
  },
  'discard-not-confirmed': {
    ...operator,
    de: 'Verwerfen lässt sich nicht zurücknehmen. Bitte ausdrücklich bestätigen.',
    en: 'Discarding cannot be undone. Please confirm it.',
  },
  'login-needed': { ...operator, de: 'Bitte anmelden.', en: 'Please log in.' },
  'role-needed': {
    ...operator,
    de: 'Dafür ist die Rolle „{role}“ nötig.',
    en: 'This needs the role "{role}".',
  },
  'request-forged': {
    ...operator,
    de: 'Die Anfrage kam nicht von der Seite dieser Box und wurde nicht ausgeführt.',
    en: 'The request did not come from the page of this box and was not carried out.',
  },
  'box-unclaimed': {
    ...operator,
    de: 'Diese Box gehört noch niemandem. Bitte zuerst mit dem Kopplungscode in Besitz nehmen.',
    en: 'This box has no owner yet. Please claim it with the pairing code first.',
  },
  'box-claimed': {
    ...operator,
    de: 'Diese Box hat schon einen Besitzer. Bitte anmelden.',
    en: 'This box has an owner already. Please log in.',
  },
  'box-not-set-up': {
    ...operator,
    de: 'Die Box ist noch nicht eingerichtet.',
    en: 'The box has not been set up yet.',
  },
  'page-not-built': {
    ...operator,
    blame: 'us',
    de: 'Die Seite fehlt in dieser Installation. Bitte „npm run build“ ausführen.',
    en: 'The page is missing in this installation. Please run "npm run build".',
  },
  'web-listen-failed': {
    ...operator,
    de: 'Die Seite der Box lässt sich auf {host}:{port} nicht öffnen: {reason}',
    en: 'The page of the box cannot be opened on {host}:{port}: {reason}',
  },
} as const satisfies CodeTable;
