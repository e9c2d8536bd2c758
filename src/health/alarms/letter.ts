import { alarmLimits } from '../../core/alarm-limits.ts';
import type { Language } from '../../core/errors.ts';
import { momentText } from '../../core/figures.ts';
import type { Alarm } from '../../store/desk/alarms.ts';
import { adviceText } from '../advice.ts';
import { type HealthSay, healthSay } from '../say.ts';
import { type News, subjectsOf } from './news.ts';

/** A mail for people: plain and short. */
export interface Letter {
  readonly subject: string;
  /** Lines end with LF. */
  readonly text: string;
}

/** What begins, what is over, from when to when, and what to do. Nothing of patients is known here. */
export function letterOf(news: News, o: { site: string; language: Language }): Letter {
  const { site, language } = o;
  const say = healthSay(language);
  const { begun, over, still } = news;
  const text = [
    say('alarm.lead', { site }),
    ...section(say, 'alarm.begun', begun, (alarm) => told(say, alarm, language)),
    ...section(say, 'alarm.over', over, (alarm) => told(say, alarm, language)),
    ...section(say, 'alarm.still', still, (alarm) => [head(say, alarm, language)]),
    '',
    say('alarm.where'),
    say('alarm.about'),
    '',
  ].join('\n');
  return { subject: subjectOf(say, news, o), text };
}

function subjectOf(say: HealthSay, news: News, { site, language }: { site: string; language: Language }): string {
  const all = subjectsOf(news);
  const title = all[0]?.title[language] ?? '';
  const subject = say(news.begun.length > 0 ? 'alarm.subject-begun' : 'alarm.subject-over', { site, title });
  return all.length > 1 ? say('alarm.subject-more', { subject, count: all.length - 1 }) : subject;
}

function section(
  say: HealthSay,
  title: 'alarm.begun' | 'alarm.over' | 'alarm.still',
  alarms: readonly Alarm[],
  lines: (alarm: Alarm) => string[],
): string[] {
  if (alarms.length === 0) return [];
  const rest = alarms.length - alarmLimits.told;
  const listed = alarms.slice(0, alarmLimits.told).flatMap(lines);
  const name = say(title);
  return ['', name, '-'.repeat(name.length), ...listed, ...(rest > 0 ? [say('alarm.more', { count: rest })] : [])];
}

/** One alarm, with what to do while it stands. */
function told(say: HealthSay, alarm: Alarm, language: Language): string[] {
  const code = alarm.code === null ? '' : ` [${alarm.code}]`;
  const advice = alarm.until_ms === null ? adviceText(alarm.code, language) : undefined;
  return [
    head(say, alarm, language),
    `  ${alarm.words[language]}${code}`,
    ...(advice === undefined ? [] : [`  ${say('alarm.advice', { advice })}`]),
  ];
}

function head(say: HealthSay, { title, since_ms, until_ms, times }: Alarm, language: Language): string {
  const at = (ms: number) => momentText(ms, language);
  const since =
    until_ms === null
      ? say('alarm.since', { time: at(since_ms) })
      : say('alarm.from-to', { from: at(since_ms), to: at(until_ms) });
  return `* ${title[language]}, ${times > 1 ? say('alarm.again', { since, times }) : since}`;
}
