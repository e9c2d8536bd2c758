import type { CodeTable } from '../errors.ts';

export const storeCodes = {
  'store-too-new': {
    retry: 'operator',
    blame: 'operator',
    de: 'Die Datenbank wurde von einer neueren Version geschrieben (Schema {found}, bekannt ist {known}). Sie ist unversehrt und bleibt unangetastet; die Box arbeitet weiter, sobald wieder eine neuere Version installiert ist.',
    en: 'The database was written by a newer version (schema {found}, known is {known}). It is sound and is left alone; the box goes on once a newer version is installed again.',
  },
  'store-corrupt': {
    retry: 'operator',
    blame: 'us',
    de: 'Die Datenbank ist beschädigt: {reason}',
    en: 'The database is damaged: {reason}',
  },
  'ledger-older': {
    retry: 'operator',
    blame: 'us',
    de: 'Die Datenbank ist älter als das, was die Box zuletzt getan hat. Ob dies schon gesendet oder zugestellt wurde, weiß sie nicht mehr; es bleibt liegen, bis jemand entscheidet.',
    en: 'The database is older than what the box has done since. Whether this was sent or delivered already it does not know any more; it waits until somebody decides.',
  },
  'ledger-found': {
    retry: 'operator',
    blame: 'us',
    de: 'Im Speicher lagen Bilder, von denen die Datenbank nichts mehr wusste. Ob sie schon gesendet oder zugestellt wurden, ist nicht bekannt; sie bleiben liegen, bis jemand entscheidet.',
    en: 'There were images in the spool of which the database knew nothing any more. Whether they were sent or delivered already is not known; they wait until somebody decides.',
  },
  'store-in-use': {
    retry: 'operator',
    blame: 'operator',
    de: 'Auf diesem Datenordner arbeitet schon eine Box.',
    en: 'A box is already working on this data folder.',
  },
  'store-no-such-row': {
    retry: 'never',
    blame: 'operator',
    de: 'Diese Kennung gibt es nicht: {id}',
    en: 'There is nothing with this id: {id}',
  },
  'store-not-in-state': {
    retry: 'never',
    blame: 'operator',
    de: 'Das geht jetzt nicht: {id} ist im Zustand „{state}“.',
    en: 'This cannot be done now: {id} is in state “{state}”.',
  },
} as const satisfies CodeTable;
