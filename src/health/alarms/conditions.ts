import { alarmLimits } from '../../core/alarm-limits.ts';
import { codes, type ErrorCode, type Language } from '../../core/errors.ts';
import { harmless } from '../../core/figures.ts';
import type { Text } from '../../core/texts.ts';
import type { Alarm } from '../../store/desk/alarms.ts';
import { healthSay } from '../say.ts';
import type { Sign, Words } from '../signs.ts';

/** Something that people are to be called for, as it was seen in one look. */
export type Condition = Pick<Alarm, 'light' | 'matter' | 'tone' | 'code' | 'urgent' | 'title' | 'words' | 'link'>;

/**
 * What people are to be called for. Of the lights, those that show a fault, and those of the warnings that nothing but a person can
 * end (`Sign.calls`): the others are for whoever looks at the page.
 */
export function conditionsOf(signs: readonly Sign[]): Condition[] {
  return signs.flatMap((sign) => {
    const { id, tone, code, calls } = sign;
    if (tone === 'ok' || (tone === 'warn' && !calls)) return [];
    const common = {
      ...{ tone, code: code ?? null, matter: matterOf(sign), urgent: calls === 'now' },
      ...{ title: inBoth(sign.title, alarmLimits.title_characters), link: sign.link ?? null },
    };
    const cases = sign.cases ?? [{ id: '', words: sign.plain ?? sign.words }];
    return cases.map((one) => ({
      ...common,
      light: one.id === '' ? id : `${id} ${one.id}`,
      words: inBoth(one.words, alarmLimits.words_characters),
    }));
  });
}

/** The light that shows an alarm. */
export function lightIdOf({ light }: Pick<Alarm, 'light'>): string {
  return light.split(' ', 1)[0]!;
}

/**
 * On whose side it is, rather than the code: with the cable out, one try says "host unknown" and the next "no answer", and that is
 * one condition. A refused log-in is another. A fault is another than the warning that it began as.
 */
function matterOf({ code, tone }: Sign): string {
  if (code === undefined) return tone;
  return Object.hasOwn(codes, code) ? `${tone} ${codes[code as ErrorCode].blame}` : `${tone} ${code}`;
}

function inBoth(words: Words, most: number): Text {
  const inOne = (language: Language) => harmless(words(healthSay(language), language)).slice(0, most);
  return { de: inOne('de'), en: inOne('en') };
}
