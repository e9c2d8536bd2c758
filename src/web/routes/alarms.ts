import { group, integer, list, nullable, oneOf, text, type ValueOf } from '../../config/kinds.ts';
import { alarmLimits } from '../../core/alarm-limits.ts';
import { errorText, type Language } from '../../core/errors.ts';
import type { Alarm } from '../../store/desk/alarms.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const moment = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });

const alarm = group(
  {
    id: text({ description: 'Its name' }),
    tone: oneOf(['warn', 'fail'], { description: 'Attention, fault' }),
    title: text({ description: 'What it is about', maxLength: alarmLimits.title_characters }),
    words: text({ description: 'How it was when it was raised', maxLength: alarmLimits.words_characters }),
    code: nullable(text({ description: 'Code of the error table' })),
    link: nullable(text({ description: 'Page where something can be done about it', maxLength: 300 })),
    since_ms: moment('Since when'),
    until_ms: nullable(moment('Until when; null while it stands')),
    times: integer(1, Number.MAX_SAFE_INTEGER, { description: 'The how manieth time in a row' }),
    told: oneOf(['no', 'begun', 'over'], { description: 'What was told of it by mail' }),
  },
  { description: 'A condition that people are called for' },
);

const answer = group(
  {
    standing: list(alarm, { description: 'What stands now, the oldest first' }),
    past: list(alarm, { description: 'What is over, the latest end first' }),
    mail: group(
      {
        addresses: integer(0, 10, { description: 'How many addresses get a mail' }),
        last: nullable(
          group(
            {
              at_ms: moment('When'),
              words: nullable(text({ description: 'Why it could not be sent; null: it went', maxLength: 2_000 })),
            },
            { description: 'The last mail' },
          ),
          { description: 'How the last mail fared; null: none since the start' },
        ),
      },
      { description: 'Mails about alarms' },
    ),
  },
  { description: 'What people are called for' },
);

export type AlarmsAnswer = ValueOf<typeof answer>;

const TOLD = ['no', 'begun', 'over'] as const;

/** What people are, and were, called for. Answers also while the box is not set up or cannot start. */
export function alarmRoutes(web: Web, premises: Premises): void {
  web.get(
    '/api/alarms',
    {
      config: { right: 'viewer' },
      schema: {
        tags: ['overview'],
        summary: 'Alarms that stand, and the last that are over',
        response: { 200: answer },
      },
    },
    async ({ language }): Promise<AlarmsAnswer> => {
      const { alarms } = premises;
      const last = alarms.mailed();
      return {
        standing: alarms.standing().map(inWords(language)),
        past: alarms.past().map(inWords(language)),
        mail: {
          addresses: alarms.addresses(),
          last: last && {
            at_ms: last.at_ms,
            words: last.error && errorText(last.error.code, language, last.error.details),
          },
        },
      };
    },
  );
}

function inWords(language: Language): (alarm: Alarm) => AlarmsAnswer['standing'][number] {
  return ({ id, tone, title, words, code, link, since_ms, until_ms, times, told }) => ({
    ...{ id, tone, code, link, since_ms, until_ms, times },
    ...{ title: title[language], words: words[language], told: TOLD[told] },
  });
}
