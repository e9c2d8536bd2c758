import type { AlarmLimits } from '../../core/alarm-limits.ts';
import { reasonOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Alarm, AlarmTable } from '../../store/desk/alarms.ts';

/** The alarms of a box, in memory and on disk. */
export interface AlarmBook {
  /** The oldest first. */
  standing(): readonly Alarm[];
  /** What is over, the latest end first; bounded by `past`. */
  past(): readonly Alarm[];
  /** Notes alarms that are new, or other than they were. */
  note(alarms: readonly Alarm[]): void;
}

/**
 * What is noted counts at once; on disk it is as soon as the disk takes it. A full disk is one of the things that there are alarms
 * for, so it must not keep one from being raised and told.
 */
export function alarmBook(table: AlarmTable, o: { limits: AlarmLimits; log: Log }): AlarmBook {
  let standing = table.standing();
  let past = table.past();
  const unwritten = new Map<string, Alarm>();
  let isFailing = false;

  const write = () => {
    try {
      table.put([...unwritten.values()], o.limits.past);
      unwritten.clear();
      isFailing = false;
    } catch (thrown) {
      if (!isFailing) o.log.error('alarms not written', { reason: reasonOf(thrown) });
      isFailing = true;
    }
  };
  return {
    standing: () => standing,
    past: () => past,
    note: (alarms) => {
      for (const alarm of alarms) unwritten.set(alarm.id, alarm);
      const changed = new Map(alarms.map((alarm) => [alarm.id, alarm]));
      const others = [...standing, ...past].filter(({ id }) => !changed.has(id));
      const all = [...others, ...changed.values()];
      standing = all.filter(({ until_ms }) => until_ms === null).toSorted((a, b) => a.since_ms - b.since_ms);
      past = all
        .filter(({ until_ms }) => until_ms !== null)
        .toSorted((a, b) => b.until_ms! - a.until_ms!)
        .slice(0, o.limits.past);
      const kept = new Set([...standing, ...past].map(({ id }) => id));
      for (const id of unwritten.keys()) if (!kept.has(id)) unwritten.delete(id);
      if (unwritten.size > 0) write();
    },
  };
}
