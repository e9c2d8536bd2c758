import type { ClockDoubt } from '../../box/clock-watch.ts';
import { unclaimedFiles } from '../../box/spool.ts';
import type { Language, RohrpostError } from '../../core/errors.ts';
import { numberText } from '../../core/figures.ts';
import { entityText, stateText } from '../../line/state-texts.ts';
import type { House, WorkingBox } from '../house.ts';
import { type Case, type Sign, signOf } from '../signs.ts';
import type { TimeService } from '../time.ts';

/** Whether the box works at all, and with which settings. */
export function lookAtBox(house: House): Sign[] {
  const title: Sign['title'] = (say) => say('light.box');
  const box = house.box();
  if (!box) {
    const trouble = house.trouble();
    if (trouble) return [signOf(trouble, { id: 'box', title, link: '/system' })];
    return [
      { id: 'box', tone: 'warn', code: 'box-not-set-up', link: '/setup', title, words: (say) => say('light.box-new') },
    ];
  }
  const alarm = box.settings.alarm();
  return [
    { id: 'box', tone: 'ok', title, words: (say) => say('light.box-fine') },
    ...(alarm ? [settingsSign(alarm)] : []),
  ];
}

/** Whoever has just spoiled the file by hand shall hear of it at once. */
function settingsSign(alarm: RohrpostError): Sign {
  return { ...signOf(alarm, { id: 'settings', title: (say) => say('light.settings'), link: '/system' }), calls: 'now' };
}

const DOORS: Readonly<Record<string, string>> = { dicom: 'DICOM', dicomTls: 'DICOM/TLS', smtp: 'SMTP' };

/** Ports that should be open and are not: modalities, or partners, find nobody there. */
export function lookAtDoors(box: WorkingBox): Sign[] {
  return [...box.shutDoors()].flatMap(([door, error]) => {
    const name = DOORS[door];
    if (name === undefined) return []; // the mailbox has a light of its own
    return [signOf(error, { id: `door ${door}`, title: (say) => say('light.door', { name }), link: '/system' })];
  });
}

/** Rows that only a person can help; each kind of them is a case for somebody. */
export function lookAtRows({ store }: WorkingBox): Sign[] {
  const stuck = store.moving.attention();
  const count = stuck.reduce((sum, row) => sum + row.count, 0);
  const sign = { id: 'attention', title: ((say) => say('light.attention')) as Sign['title'] };
  if (count === 0) return [{ ...sign, tone: 'ok', words: (say) => say('light.attention-none') }];
  const words: Sign['words'] = (say) => say('light.attention-rows', { count });
  const cases = stuck.map(({ entity, state, count }): Case => {
    const what = (language: Language) => `${entityText(entity, language)} – ${stateText(entity, state, language)}`;
    return {
      id: `${entity} ${state}`,
      words: (say, language) => `${what(language)}: ${say('light.attention-rows', { count })}`,
    };
  });
  return [{ ...sign, tone: 'warn', link: '/studies?attention=true', words, calls: 'act', cases }];
}

/** Files that a ledger which was lost left behind, and of which nobody can say whose they are. */
export async function lookAtUnclaimed({ folder }: House): Promise<Sign[]> {
  const count = (await unclaimedFiles(folder)).length;
  if (count === 0) return [];
  const words: Sign['words'] = (say) => say('light.unclaimed-files', { count });
  return [
    { id: 'unclaimed', tone: 'warn', link: '/system', title: (say) => say('light.unclaimed'), words, calls: 'act' },
  ];
}

/** A clock further from its time service than this is worth a word; signatures bear a quarter of an hour. */
const OFFSET_MS = 5_000;

/** Whether the clock can be right, and who keeps it; `service` as asked last, undefined while nobody was asked. */
export function lookAtClock(doubt: ClockDoubt | null, service: TimeService | null | undefined): Sign[] {
  const sign = { id: 'clock', link: '/system', title: ((say) => say('light.clock')) as Sign['title'] };
  if (doubt) {
    const words = doubt === 'wrong' ? 'light.clock-wrong' : 'light.clock-waits';
    return [{ ...sign, tone: 'fail', code: 'clock-untrusted', words: (say) => say(words) }];
  }
  if (service === undefined) return [];
  if (service === null) return [{ ...sign, tone: 'ok', words: (say) => say('light.clock-unknown') }];
  const { name, isSynchronised, offset_ms } = service;
  if (!isSynchronised)
    return [{ ...sign, tone: 'warn', words: (say) => say('light.clock-drifting', { service: name }) }];
  if (offset_ms === null)
    return [{ ...sign, tone: 'ok', words: (say) => say('light.clock-synchronised', { service: name }) }];
  const tone = Math.abs(offset_ms) > OFFSET_MS ? 'warn' : 'ok';
  const words: Sign['words'] = (say, language) =>
    say('light.clock-offset', { service: name, offset: numberText(offset_ms, language, 1) });
  return [{ ...sign, tone, words }];
}
