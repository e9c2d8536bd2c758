import { lineLimits } from '../core/limits.ts';
import type { Station } from '../line/conveyor.ts';
import { done } from '../line/outcome.ts';
import type { StudyRow, StudyTable } from '../store/studies.ts';

/**
 * Station "settle": a study whose quiet time or cap has passed counts as complete enough to go. When that is, "receive"
 * wrote down as the study's due time; a new image moves it.
 */
export function settleStation(o: { studies: StudyTable; steady(): number }): Station<StudyRow> {
  return {
    name: 'settle',
    table: o.studies,
    from: 'arriving',
    concurrency: 1,
    perLane: 1,
    deadline_ms: 60_000,
    longestWait_ms: lineLimits.longest_settle_ms,
    heldState: 'held',
    run: () => done('settled', { due_ms: o.steady() }),
  };
}
