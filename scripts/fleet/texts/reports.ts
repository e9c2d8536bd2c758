import type { Texts } from '../../../src/core/texts.ts';

/** Reports of boxes, and the table of the fleet. */
export const reportMessages = {
  'report-invalid': { de: 'Das ist kein Bericht einer Box: {reason}', en: 'This is no report of a box: {reason}' },
  'reports-full': {
    de: 'Es sind schon {most} Boxen bekannt; mehr werden nicht aufgenommen.',
    en: '{most} boxes are known already; no more are taken in.',
  },
  'mail-no-key': {
    de: 'Der Schlüssel der Box {box} ist nicht bekannt und liegt der Mail nicht bei.',
    en: 'The key of box {box} is not known and does not come with the mail.',
  },
  'mail-taken': { de: '{count} {count:Bericht|Berichte} übernommen.', en: '{count} {count:report|reports} taken.' },
  'mail-new-key': {
    de: 'Neue Box {box}, Schlüssel {fingerprint}: von jetzt an gilt nur dieser. Bitte vergleichen, etwa am Telefon mit der Seite der Box.',
    en: 'New box {box}, key {fingerprint}: from now on only this one counts. Please compare it, say by telephone with the box’s page.',
  },
  'mail-refused': { de: '{file} nicht übernommen: {reason}', en: '{file} not taken: {reason}' },
  'receive-open': {
    de: 'Berichte werden auf {address} angenommen.',
    en: 'Reports are received at {address}.',
  },
  'receive-token': {
    de: 'Die Datei {file} braucht eine Zeile mit mindestens 20 Zeichen A–Z a–z 0–9 _ -, etwa von „openssl rand -hex 20“.',
    en: 'The file {file} needs a line of at least 20 characters A–Z a–z 0–9 _ -, such as “openssl rand -hex 20” gives.',
  },
  'status-title': { de: 'Boxen', en: 'Boxes' },
  'status-made': { de: 'Stand {moment} (UTC)', en: 'As of {moment} (UTC)' },
  'status-none': { de: 'Noch keine Berichte.', en: 'No reports yet.' },
  'status-count': {
    de: '{count} {count:Box|Boxen}, davon {green} grün, {yellow} gelb, {red} rot; {silent} still.',
    en: '{count} {count:box|boxes}: {green} green, {yellow} yellow, {red} red; {silent} silent.',
  },
  'col-name': { de: 'Name', en: 'Name' },
  'col-product': { de: 'Produkt', en: 'Product' },
  'col-version': { de: 'Version', en: 'Version' },
  'col-slot': { de: 'Slot', en: 'Slot' },
  'col-health': { de: 'Zustand', en: 'Health' },
  'col-last': { de: 'letztes Update', en: 'last update' },
  'col-seen': { de: 'zuletzt gehört', en: 'last heard' },
  'col-box': { de: 'Box', en: 'Box' },
  'health-green': { de: 'grün', en: 'green' },
  'health-yellow': { de: 'gelb', en: 'yellow' },
  'health-red': { de: 'rot', en: 'red' },
  'status-trial': { de: 'auf Probe', en: 'on trial' },
  'status-silent': { de: 'still seit {days} {days:Tag|Tagen}', en: 'silent for {days} {days:day|days}' },
  'result-installed': { de: 'eingespielt', en: 'installed' },
  'result-good': { de: 'gut', en: 'good' },
  'result-fell-back': { de: 'zurückgefallen', en: 'fell back' },
  'result-refused': { de: 'abgelehnt', en: 'refused' },
  'result-failed': { de: 'gescheitert', en: 'failed' },
  'advance-done': { de: '{release}: bei allen Boxen.', en: '{release}: with all boxes.' },
  'advance-next': {
    de: '{release}: weiter von {from} % auf {to} % ({good} von {inside} Boxen gut, {failed} nicht).',
    en: '{release}: on from {from} % to {to} % ({good} of {inside} boxes good, {failed} not).',
  },
  'advance-wait-time': {
    de: '{release}: {from} % seit {hours} h; weiter frühestens nach {after} h.',
    en: '{release}: {from} % for {hours} h; on after {after} h at the earliest.',
  },
  'advance-wait-reports': {
    de: '{release}: {from} %, erst {good} von {needed} nötigen guten Berichten ({inside} Boxen in der Stufe).',
    en: '{release}: {from} %, only {good} of {needed} good reports needed ({inside} boxes in the stage).',
  },
  'advance-stopped': {
    de: '{release}: ANGEHALTEN bei {from} %: {failed} von {inside} Boxen melden, dass es nicht geht, mehr als {most} %. {why}',
    en: '{release}: STOPPED at {from} %: {failed} of {inside} boxes report that it does not work, more than {most} %. {why}',
  },
  'advance-is-stopped': { de: '{release}: ist angehalten. {why}', en: '{release}: is stopped. {why}' },
  'advance-nothing': { de: 'Kein Rollout ist unterwegs.', en: 'No roll-out is under way.' },
} as const satisfies Texts;
