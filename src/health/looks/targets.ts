import type { Settings, Target } from '../../config/schema.ts';
import type { Clock } from '../../core/clock.ts';
import { RohrpostError } from '../../core/errors.ts';
import { spanText } from '../../core/figures.ts';
import { healthLimits } from '../../core/limits.ts';
import { runCheck } from '../check.ts';
import type { Finding } from '../finding.ts';
import type { House, WorkingBox } from '../house.ts';
import { type Sign, signOf } from '../signs.ts';
import { targetCheck } from '../targets.ts';
import { waitingSign } from './mail.ts';

/** What a target answered when it was knocked at, in both languages: the findings of kits are worded as they are made. */
export interface Knock {
  readonly at_ms: number;
  readonly de: Finding;
  readonly en: Finding;
}

/** How deliveries have fared, and whether the target answered last. */
export function lookAtTargets(
  { clock }: House,
  { settings, store, sightings }: WorkingBox,
  knocks: ReadonlyMap<string, Knock>,
): Sign[] {
  const { targets } = settings.current();
  const undelivered = store.signs.undelivered();
  if (targets.length === 0) {
    const title: Sign['title'] = (say) => say('light.targets');
    return [{ id: 'targets', tone: 'warn', link: '/targets', title, words: (say) => say('light.targets-none') }];
  }
  return targets.map((target) => {
    const { id, name = id } = target;
    const sign = {
      id: `target-${id}`,
      link: '/targets',
      title: ((say) => say('light.target', { name })) as Sign['title'],
    };
    const waiting = undelivered.filter(({ lane }) => lane === id);
    if (waiting.length > 0) return waitingSign(waiting, { ...sign, text: 'light.target-waiting' });
    const renamed_ms = sightings.last_ms('deliver-renamed', id);
    if (renamed_ms !== null && clock.now() - renamed_ms < healthLimits.sighting_ms) {
      const renamed = new RohrpostError('deliver-renamed', { details: { target: name } });
      return { ...signOf(renamed, { ...sign, tone: 'warn' }), calls: 'act' };
    }
    return knockSign(knocks.get(id), clock, sign);
  });
}

function knockSign(knock: Knock | undefined, clock: Clock, sign: Pick<Sign, 'id' | 'link' | 'title'>): Sign {
  if (!knock) return { ...sign, tone: 'ok', words: (say) => say('light.target-idle') };
  const { at_ms } = knock;
  const { state, code } = knock.en;
  const words: Sign['words'] = (say, language) => {
    const time = spanText(clock.now() - at_ms, language);
    return state === 'ok' ? say('light.target-answers', { time }) : knock[language].words;
  };
  return { ...sign, tone: state, ...(code && { code }), words };
}

/**
 * Knocks at every PACS (C-ECHO), one after the other. Shares and folders are left in peace: the test would write a file there,
 * and programs that import whatever appears would find it. Partners are never knocked at.
 */
export async function knockAtTargets(
  house: House,
  settings: Settings,
  isStopped: () => boolean,
): Promise<Map<string, Knock>> {
  const knocks = new Map<string, Knock>();
  for (const target of settings.targets) {
    if (isStopped()) break;
    if (target.kind !== 'dicom') continue;
    knocks.set(target.id, await knockAt(house, settings, target));
  }
  return knocks;
}

async function knockAt({ folder, secrets, clock }: House, settings: Settings, target: Target): Promise<Knock> {
  const parts = { folder, secrets, settings };
  const en = await runCheck(targetCheck({ ...parts, language: 'en' }, target), 'en');
  // A second knock only to word what went wrong.
  const de = en.state === 'ok' ? en : await runCheck(targetCheck({ ...parts, language: 'de' }, target), 'de');
  return { at_ms: clock.now(), de, en };
}
