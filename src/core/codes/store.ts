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
