import { RohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { wait } from '../line/outcome.ts';
import type { SetRow, SetTable } from '../store/sets.ts';

/** Watch "incomplete": a set that waits too long for its missing parts says so, and goes on waiting (F47). */
export function incompleteStation(o: { sets: SetTable; steady(): number }): Station<SetRow> {
  return {
    name: 'incomplete',
    table: o.sets,
    from: 'waiting',
    concurrency: 1,
    perLane: 1,
    deadline_ms: 60_000,
    heldState: 'quarantined',
    run: ([set]) => {
      const come = o.sets.parts(set!.id).length;
      const error = new RohrpostError('set-incomplete', { details: { come, total: set!.total } });
      return wait(o.steady() + lineLimits.set_incomplete_ms, error);
    },
  };
}
