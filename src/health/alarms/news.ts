import type { Alarm, Told } from '../../store/desk/alarms.ts';

/** What one address has not been told yet, and what it may want to know beside it. */
export interface News {
  /** They have begun. */
  readonly begun: readonly Alarm[];
  /** They are over; of some, it was never told that they had begun. */
  readonly over: readonly Alarm[];
  /** They stand as before, and were told of. */
  readonly still: readonly Alarm[];
}

/** How much there is to be told of an alarm. */
export const tellable = ({ until_ms }: Alarm): Told => (until_ms === null ? 1 : 2);

/** @param told how much the address knows of an alarm. @param isGoing it may be over soon: then it is told as one piece of news */
export function newsOf(
  alarms: { standing: readonly Alarm[]; past: readonly Alarm[] },
  told: (alarm: Alarm) => Told,
  isGoing: (alarm: Alarm) => boolean,
): News {
  return {
    begun: alarms.standing.filter((alarm) => told(alarm) < 1 && !isGoing(alarm)),
    over: alarms.past.filter((alarm) => told(alarm) < 2).toReversed(),
    still: alarms.standing.filter((alarm) => told(alarm) >= 1),
  };
}

/** What is told of by it: `still` is only a reminder. */
export const subjectsOf = ({ begun, over }: News): readonly Alarm[] => [...begun, ...over];
