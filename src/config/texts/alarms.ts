import { type SaidOf, said } from '../said.ts';
import type { Settings } from '../schema.ts';

export const alarmsTexts: SaidOf<Settings['alarms']> = {
  ...said('Alarme', 'Alarms', 'Alarme'),
  fields: {
    mail_to: {
      ...said(
        'Mail an',
        'Mail to',
        'Wer eine Mail bekommt, wenn mit der Box etwas nicht stimmt und wenn es vorbei ist; leer: niemand',
      ),
      item: said('Mailadresse', 'Mail address', 'Mailadresse von jemandem, der sich um die Box kümmert'),
    },
    language: {
      ...said('Sprache', 'Language', 'Sprache dieser Mails; aus (null): die des Standorts'),
      values: { de: { de: 'Deutsch', en: 'German' }, en: { de: 'Englisch', en: 'English' } },
    },
  },
};
