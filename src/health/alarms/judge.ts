import type { AlarmLimits } from '../../core/alarm-limits.ts';
import { newId } from '../../core/ids.ts';
import type { Alarm } from '../../store/desk/alarms.ts';
import { type Condition, lightIdOf } from './conditions.ts';

/** One look, as far as alarms go. */
export interface Seen {
  readonly conditions: readonly Condition[];
  /** The lights that were seen, whatever they show. */
  readonly lights: ReadonlySet<string>;
  /** Whether what is missing is known to be gone. */
  readonly isWhole: boolean;
  readonly now_ms: number;
  readonly steady_ms: number;
}

export interface Judge {
  /** Takes in a look; gives back the alarms that it has raised or ended. */
  look(seen: Seen): Alarm[];
  /** Whether it is not there any more, and it is only waited for whether it comes back. */
  isGoing(alarm: Alarm): boolean;
}

/**
 * Decides what is an alarm: a condition that has lasted; and when it is over: once it has been gone for a while, and longer where it
 * came and went before. It knows the alarms by `standing()`, so that neither a restart nor anything else raises one twice.
 * @param o.past what is over, the latest first
 */
export function alarmJudge(o: { standing(): readonly Alarm[]; past(): readonly Alarm[]; limits: AlarmLimits }): Judge {
  const { limits } = o;
  /** Conditions that are no alarm yet: since when. */
  const coming = new Map<string, { now_ms: number; steady_ms: number }>();
  /** Alarms whose condition is not there: since when. */
  const going = new Map<string, { now_ms: number; steady_ms: number }>();

  const raise = (seen: Seen, standing: readonly Alarm[]): Alarm[] => {
    const there = new Set(seen.conditions.map(keyOf));
    for (const key of coming.keys()) if (!there.has(key)) coming.delete(key);
    const known = new Set(standing.map(keyOf));
    const raised: Alarm[] = [];
    for (const condition of seen.conditions) {
      const key = keyOf(condition);
      if (known.has(key) || standing.length + raised.length >= limits.standing) continue;
      const since = coming.get(key) ?? { now_ms: seen.now_ms, steady_ms: seen.steady_ms };
      coming.set(key, since);
      if (!condition.urgent && seen.steady_ms - since.steady_ms < limits.raise_ms) continue;
      coming.delete(key);
      known.add(key);
      const before = o.past().find((alarm) => keyOf(alarm) === key);
      const isAgain = before !== undefined && since.now_ms - before.until_ms! < limits.again_ms;
      const times = isAgain ? before.times + 1 : 1;
      raised.push({ ...condition, id: newId(), since_ms: since.now_ms, until_ms: null, times, told: 0 });
    }
    return raised;
  };

  const end = (seen: Seen, standing: readonly Alarm[]): Alarm[] => {
    const there = new Set(seen.conditions.map(keyOf));
    const ended: Alarm[] = [];
    for (const alarm of standing) {
      const isGone = !there.has(keyOf(alarm)) && (seen.isWhole || seen.lights.has(lightIdOf(alarm)));
      if (!isGone) {
        going.delete(alarm.id);
        continue;
      }
      const since = going.get(alarm.id) ?? { now_ms: seen.now_ms, steady_ms: seen.steady_ms };
      going.set(alarm.id, since);
      if (seen.steady_ms - since.steady_ms < clearMs(alarm.times, limits)) continue;
      going.delete(alarm.id);
      ended.push({ ...alarm, until_ms: Math.max(since.now_ms, alarm.since_ms) });
    }
    // Where the same light stands for another reason, nothing is in order again: that one speaks for it.
    const left = new Set(standing.filter(({ id }) => !ended.some((one) => one.id === id)).map(({ light }) => light));
    return ended.map((alarm) => (left.has(alarm.light) ? { ...alarm, told: 2 } : alarm));
  };

  return {
    look: (seen) => {
      const raised = raise(seen, o.standing());
      return [...raised, ...end(seen, [...o.standing(), ...raised])];
    },
    isGoing: ({ id }) => going.has(id),
  };
}

/** How long it must have been gone. */
function clearMs(times: number, { clear_ms, clear_most_ms }: AlarmLimits): number {
  return Math.min(clear_most_ms, clear_ms * 2 ** Math.min(times - 1, 20));
}

const keyOf = ({ light, matter }: Pick<Alarm, 'light' | 'matter'>) => `${light} / ${matter}`;
