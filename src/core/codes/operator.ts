import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

/** What operators do to rows (the history tells of it under these codes), and what they get wrong at the command line. */
export const operatorCodes = {
  'operator-released': { ...operator, de: 'Freigegeben von {by}.', en: 'Released by {by}.' },
  'operator-retried': { ...operator, de: 'Noch einmal angestoßen von {by}.', en: 'Tried again by {by}.' },
  'operator-held': { ...operator, de: 'Angehalten von {by}.', en: 'Held by {by}.' },
  'operator-discarded': { ...operator, de: 'Verworfen von {by}.', en: 'Discarded by {by}.' },
  'operator-discarded-because': { ...operator, de: 'Verworfen von {by}: {why}', en: 'Discarded by {by}: {why}' },
  'act-sent-already': {
    ...operator,
    de: 'An {partner} wurde diese Studie schon gesendet. Soll sie noch einmal gehen, bitte das ausdrücklich angeben.',
    en: 'This study has been sent to {partner} already. To send it once more, please say so.',
  },
  'act-at-work': {
    retry: 'later',
    blame: 'operator',
    de: 'An {id} wird gerade gearbeitet. Bitte gleich noch einmal versuchen oder zuerst anhalten.',
    en: '{id} is being worked on. Please try again in a moment, or hold it first.',
  },
  'act-files-gone': {
    ...operator,
    retry: 'never',
    de: 'Die Dateien zu {id} sind schon gelöscht; noch einmal senden kann sie nur, wer sie geschickt hat.',
    en: 'The files of {id} have been removed already; only their sender can send them again.',
  },
  'act-not-confirmed': {
    ...operator,
    de: 'Verwerfen lässt sich nicht zurücknehmen. Zum Bestätigen bitte --yes angeben.',
    en: 'Discarding cannot be undone. Please confirm with --yes.',
  },
  'id-taken': {
    ...operator,
    de: 'Die Kennung „{id}“ ist schon vergeben.',
    en: 'The id "{id}" is used already.',
  },
  'id-unknown': {
    ...operator,
    de: '„{id}“ gibt es in den Einstellungen nicht. Bekannt sind: {allowed}',
    en: 'There is no "{id}" in the settings; known are: {allowed}',
  },
  'id-in-use': {
    ...operator,
    de: '„{id}“ wird noch gebraucht: {users}',
    en: '"{id}" is still in use: {users}',
  },
  'id-under-way': {
    ...operator,
    de: 'Für „{id}“ ist noch etwas unterwegs ({count}). Bitte abwarten oder es zuerst senden oder verwerfen.',
    en: 'Something is still on its way to "{id}" ({count}). Please wait, or send or discard it first.',
  },
  'partner-key-not-compared': {
    ...operator,
    de: 'Bitte zuerst den Fingerabdruck mit dem Partner vergleichen, am Telefon oder auf einem Brief, und das bestätigen.',
    en: 'Please compare the fingerprint with the partner first, by telephone or letter, and confirm it.',
  },
  'own-key-exists': {
    ...operator,
    de: 'Die Box hat schon einen Schlüssel. Soll er ersetzt werden, bitte --replace angeben.',
    en: 'The box has a key already. To replace it, please give --replace.',
  },
  'setting-path-unfit': {
    ...operator,
    de: '„{path}“ führt zu keiner Einstellung. Gemeint ist etwas wie mail.smtp.port oder partners.KENNUNG.hold.',
    en: '"{path}" leads to no setting. A path looks like mail.smtp.port or partners.ID.hold.',
  },
  'input-file': {
    ...operator,
    de: 'Die Datei {file} kann nicht gelesen werden: {reason}',
    en: 'The file {file} cannot be read: {reason}',
  },
  'input-missing': {
    ...operator,
    de: 'Es wurde nichts eingegeben.',
    en: 'Nothing was entered.',
  },
  'input-variable': {
    ...operator,
    de: 'Die Umgebungsvariable {name} ist nicht gesetzt.',
    en: 'The environment variable {name} is not set.',
  },
  'input-too-long': {
    ...operator,
    de: 'Die Eingabe ist länger als {limit_bytes} Bytes.',
    en: 'The input is longer than {limit_bytes} bytes.',
  },
  'box-not-running': {
    ...operator,
    de: 'Das geht nur bei laufender Box („rohrpost run“); auf diesem Datenordner läuft keine.',
    en: 'This needs a running box ("rohrpost run"); none is running on this data folder.',
  },
} as const satisfies CodeTable;
