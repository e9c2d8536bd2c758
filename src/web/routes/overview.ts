import { group, integer, list, nullable, oneOf, optional, text, type ValueOf } from '../../config/kinds.ts';
import type { Settings } from '../../config/schema.ts';
import type { Language } from '../../core/errors.ts';
import { webLimits } from '../../core/limits.ts';
import { retell } from '../../core/retell.ts';
import { lightIdOf } from '../../health/alarms/conditions.ts';
import type { Light } from '../../health/lights.ts';
import type { Alarm } from '../../store/desk/alarms.ts';
import type { Movement } from '../../store/moving.ts';
import type { Hour } from '../../store/throughput.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const HOURS = 24;
const DAYS = 30;

const count = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });
const moment = count;
const words = (description: string) => text({ description, maxLength: 2_000 });
const tone = oneOf(['ok', 'warn', 'fail'], { description: 'All right, attention, fault' });

const overviewAnswer = group(
  {
    tone,
    lights: list(
      group(
        {
          id: text({ description: 'Its name' }),
          tone,
          title: words('What it is about'),
          words: words('How it is'),
          code: optional(text({ description: 'Code of the error table' })),
          link: optional(text({ description: 'Page where something can be done about it', maxLength: 300 })),
          since_ms: optional(moment('Since when it has been alarmed')),
        },
        { description: 'One thing that the box looks at' },
      ),
      { description: 'The traffic light and its reasons, the worst first' },
    ),
    attention: list(
      group(
        {
          entity: text({ description: 'Kind of row' }),
          state: text({ description: 'Its state' }),
          count: count('How many'),
        },
        { description: 'Rows that only a person can help' },
      ),
      { description: 'What waits for a person' },
    ),
    moving: list(
      group(
        {
          kind: oneOf(['arriving', 'sending', 'incoming', 'delivering'], { description: 'What happens' }),
          study_id: nullable(text({ description: 'The study, once it is known' })),
          patient_name: words('As in the header (PN)'),
          modality: words('Modalities'),
          peer: words('Calling AE title, or name of the partner or target'),
          done: count('Objects so far, mails sent or come, objects delivered'),
          total: nullable(count('Of how many, where that is known')),
          since_ms: moment('Since when'),
          words: nullable(words('Why it is tried again')),
        },
        { description: 'One thing under way' },
      ),
      { description: 'What is moving now' },
    ),
  },
  { description: 'How the box is' },
);

const throughputAnswer = group(
  {
    hours: list(
      group(
        {
          at_ms: moment('When the hour began'),
          sent_bytes: count('Mails sent, as they travel'),
          received_bytes: count('Mails received, as they travel'),
        },
        { description: 'An hour' },
      ),
      { description: `The last ${HOURS} hours` },
    ),
    days: list(
      group(
        {
          date: text({ description: 'The day, in the time zone of the box (ISO 8601)' }),
          studies_out: count('Studies to partners'),
          studies_in: count('Studies from partners'),
        },
        { description: 'A day' },
      ),
      { description: `The last ${DAYS} days` },
    ),
  },
  { description: 'What went through' },
);

export type Overview = ValueOf<typeof overviewAnswer>;
export type ThroughputAnswer = ValueOf<typeof throughputAnswer>;

const ORDER = ['fail', 'warn', 'ok'] as const;

/** How the box is, in one look. Both routes answer also while the box is not set up or cannot start. */
export function overviewRoutes(web: Web, premises: Premises): void {
  web.get(
    '/api/overview',
    {
      config: { right: 'viewer' },
      schema: { tags: ['overview'], summary: 'How the box is', response: { 200: overviewAnswer } },
    },
    async ({ language }): Promise<Overview> => {
      const all = premises.health.lights(language).map(withSince(premises.alarms.standing()));
      const box = premises.box();
      const attention = box?.store.moving.attention() ?? [];
      const worst = worstOf(all) ?? 'ok';
      return {
        tone: worst === 'ok' && attention.length > 0 ? 'warn' : worst,
        lights: all.toSorted((a, b) => ORDER.indexOf(a.tone) - ORDER.indexOf(b.tone)),
        attention,
        moving: box ? box.store.moving.now(webLimits.moving).map(teller(box.settings.current(), language)) : [],
      };
    },
  );
  web.get(
    '/api/overview/throughput',
    {
      config: { right: 'viewer' },
      schema: { tags: ['overview'], summary: 'What went through', response: { 200: throughputAnswer } },
    },
    async (): Promise<ThroughputAnswer> => {
      // One day more than is shown: the first is cut off somewhere.
      const hours = premises.box()?.store.throughput.hours(premises.clock.now(), (DAYS + 1) * 24) ?? [];
      return { hours: hours.slice(-HOURS).map(bytesOf), days: daysOf(hours).slice(-DAYS) };
    },
  );
}

/** Lights with the moment since which people are called for what they show, where they are. */
function withSince(alarms: readonly Alarm[]): (light: Light) => Overview['lights'][number] {
  const since = new Map<string, number>();
  // The oldest stands first, and speaks for its light.
  for (const alarm of alarms) {
    const id = lightIdOf(alarm);
    if (!since.has(id)) since.set(id, alarm.since_ms);
  }
  return (light) => {
    const since_ms = since.get(light.id);
    return light.tone === 'ok' || since_ms === undefined ? light : { ...light, since_ms };
  };
}

function worstOf(all: readonly Pick<Light, 'tone'>[]): Light['tone'] | undefined {
  return ORDER.find((known) => all.some((light) => light.tone === known));
}

/** Movements with peers by the names that people gave them, and reasons in their language. */
function teller({ partners, targets }: Settings, language: Language) {
  return ({ code, reason, ...movement }: Movement): Overview['moving'][number] => {
    const { kind, peer } = movement;
    const peers = kind === 'arriving' ? [] : kind === 'delivering' ? targets : partners;
    const name = peers.find(({ id }) => id === peer)?.name;
    return { ...movement, peer: name ?? peer, words: code === null ? null : retell(code, reason, language) };
  };
}

const bytesOf = ({ at_ms, sent_bytes, received_bytes }: Hour) => ({ at_ms, sent_bytes, received_bytes });

/** Days as people count them: by the clock on the wall of the clinic. */
function daysOf(hours: readonly Hour[]): ThroughputAnswer['days'] {
  const days = new Map<string, ThroughputAnswer['days'][number]>();
  for (const { at_ms, studies_out, studies_in } of hours) {
    const date = dateOf(at_ms);
    const day = days.get(date) ?? { date, studies_out: 0, studies_in: 0 };
    days.set(date, {
      date,
      studies_out: day.studies_out + studies_out,
      studies_in: day.studies_in + studies_in,
    });
  }
  return [...days.values()];
}

function dateOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
