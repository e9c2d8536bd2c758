import { backoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, framesOf, RohrpostError, reasonOf } from '../core/errors.ts';
import { diskError, isOfDisk } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { serviceLimits } from '../core/program-limits.ts';
import type { Move, WorkRow, WorkTable } from '../store/work.ts';
import type { Outcome } from './outcome.ts';

/** One station as the conveyor sees it. */
export interface Station<Row extends WorkRow = WorkRow> {
  readonly name: string;
  readonly table: WorkTable<Row>;
  /** The state whose due rows this station works on. */
  readonly from: string;
  /** Rows (or trips of rows) at work at once, over all lanes. */
  readonly concurrency: number;
  /** At most so many of them for one partner or target: one that is stuck never holds up another. */
  readonly perLane: number;
  /** After this the work is told to stop (its signal aborts); it counts as timed-out and is tried again later. */
  readonly deadline_ms: number;
  /** How far ahead a row may fall due where that is further than `lineLimits.longest_wait_ms`. */
  readonly longestWait_ms?: number;
  /** Where a row goes that only a person can help. */
  readonly heldState: string;
  /** What else must be written when a row is held after a failure; runs in the same transaction. */
  onHeld?(row: Row, error: RohrpostError): void;
  /** Takes further due rows for the same trip (same target, same study), owned like the first. */
  gather?(first: Row, owner: string): Row[];
  /** Does the work. What it returns holds for every row of the trip that `report` did not name. */
  run(rows: readonly Row[], trip: Trip): Promise<Outcome> | Outcome;
}

export interface Trip {
  readonly signal: AbortSignal;
  /** Writes down what became of one row at once, while the trip goes on. */
  report(id: string, outcome: Outcome): void;
}

export interface Conveyor {
  /** Something may be due: look now. Cheap; call it after every commit that makes work. */
  wake(): void;
  /** The name of a station that does not look for work any more, or whose work does not end when it is told to; null: none. */
  hanging(): string | null;
  /** Starts nothing new, tells running work to stop, and waits for it. */
  stop(): Promise<void>;
}

/**
 * Moves rows along the lines: claim, run, commit the outcome, back off. Every row is claimed by a conditional UPDATE, so
 * it has one worker; a row whose worker died with the process is given free at the next boot.
 */
export function startConveyor(
  stations: readonly Station[],
  o: { clock: Clock; log: Log; owner: string; transaction: (work: () => void) => void },
): Conveyor {
  const runners = stations.map((station) => {
    const freed = station.table.freeAll();
    if (freed > 0) o.log.info('rows of an earlier boot freed', { station: station.name, rows: freed });
    const steady = o.clock.steady();
    station.table.pullDue(station.from, steady + (station.longestWait_ms ?? lineLimits.longest_wait_ms), steady);
    return new Runner(station, o, () => wake());
  });
  const wake = () => {
    for (const runner of runners) runner.pump();
  };
  queueMicrotask(wake);
  return {
    wake,
    hanging: () => runners.find((runner) => runner.isHanging())?.name ?? null,
    stop: async () => {
      await Promise.all(runners.map((runner) => runner.stop()));
    },
  };
}

type Surroundings = Parameters<typeof startConveyor>[1];

/** The work of one trip. */
interface UnderWay {
  /** When it must have ended. */
  readonly by_ms: number;
  readonly over: AbortController;
}

class Runner {
  private readonly station: Station;
  private readonly o: Surroundings;
  private readonly wakeAll: () => void;
  private readonly lanes = new Map<string, number>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private trips = 0;
  private looked_ms = performance.now();
  private readonly underWay = new Set<UnderWay>();

  constructor(station: Station, o: Surroundings, wakeAll: () => void) {
    this.station = station;
    this.o = o;
    this.wakeAll = wakeAll;
  }

  /** Starts what is due. A database that is busy or full just now is a reason to look again, not to end. */
  pump(): void {
    if (this.stopping.signal.aborted) return;
    let pause: number = lineLimits.look_again_ms;
    this.looked_ms = performance.now();
    try {
      this.startDue();
      pause = Math.min(pause, this.untilDue());
    } catch (thrown) {
      this.o.log.error('station cannot claim', { station: this.station.name, reason: reasonOf(thrown) });
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.pump(), pause);
  }

  get name(): string {
    return this.station.name;
  }

  isHanging(): boolean {
    const now_ms = performance.now();
    if (now_ms - this.looked_ms > serviceLimits.idle_station_ms) return true;
    return [...this.underWay].some(({ by_ms }) => now_ms > by_ms);
  }

  async stop(): Promise<void> {
    clearTimeout(this.timer);
    const stopped = new RohrpostError('stopped');
    this.stopping.abort(stopped);
    for (const { over } of this.underWay) over.abort(stopped);
    await Promise.allSettled(this.running);
  }

  private fullLanes(): string[] {
    return [...this.lanes].filter(([, count]) => count >= this.station.perLane).map(([lane]) => lane);
  }

  private startDue(): void {
    while (this.running.size < this.station.concurrency) {
      const rows = this.claim();
      if (rows.length === 0) return;
      this.start(rows);
    }
  }

  /** The rows of one trip, all of them or none: one that is claimed and not started would wait for the next boot. */
  private claim(): WorkRow[] {
    const { table, from, gather } = this.station;
    // Every trip owns its rows by itself: a row that was taken from one and claimed by the next is not the first's.
    const owner = `${this.o.owner}.${this.station.name}.${++this.trips}`;
    let rows: WorkRow[] = [];
    this.o.transaction(() => {
      const first = table.claim(from, owner, this.o.clock.steady(), this.fullLanes());
      if (first) rows = [first, ...(gather?.(first, owner) ?? [])];
    });
    return rows;
  }

  /** How long until the next row falls due that could be started; for ever when none waits or all hands are full. */
  private untilDue(): number {
    if (this.running.size >= this.station.concurrency) return Number.POSITIVE_INFINITY;
    const due = this.station.table.nextDue(this.station.from, this.fullLanes());
    return due === null ? Number.POSITIVE_INFINITY : Math.max(1, due - this.o.clock.steady());
  }

  private start(rows: readonly WorkRow[]): void {
    const lane = rows[0]!.lane;
    this.lanes.set(lane, (this.lanes.get(lane) ?? 0) + 1);
    const by_ms = performance.now() + this.station.deadline_ms + serviceLimits.overrun_ms;
    const underWay = { by_ms, over: new AbortController() };
    this.underWay.add(underWay);
    const work = this.work(rows, underWay).finally(() => {
      const left = this.lanes.get(lane)! - 1;
      if (left === 0) this.lanes.delete(lane);
      else this.lanes.set(lane, left);
      this.running.delete(work);
      if (!this.stopping.signal.aborted) this.wakeAll();
    });
    this.running.add(work);
  }

  private async work(rows: readonly WorkRow[], underWay: UnderWay): Promise<void> {
    const open = new Map(rows.map((row) => [row.id, row]));
    /** What was reported and the disk did not take. */
    const unwritten = new Map<string, Outcome>();
    // Rows that fail together come back together: one connection to a target that is back, not hundreds.
    const spread = Math.random();
    const report = (id: string, outcome: Outcome) => {
      const row = open.get(id);
      if (!row) throw new Error(`${this.station.name} reported a row twice, or one that is not its own: ${id}`);
      try {
        this.write(row, outcome, spread);
        open.delete(id);
      } catch (thrown) {
        if (!isOfDisk(thrown)) throw thrown;
        unwritten.set(id, outcome);
      }
    };
    let isLate = false;
    // Goes with the work: AbortSignal.timeout would keep what hangs on it for the hours of the deadline, trip by trip.
    const deadline = setTimeout(() => {
      isLate = true;
      underWay.over.abort(new DOMException('past its deadline', 'TimeoutError'));
    }, this.station.deadline_ms);
    let rest: Outcome;
    try {
      rest = await this.station.run(rows, { signal: underWay.over.signal, report });
    } catch (thrown) {
      rest = { kind: 'failed', error: this.explain(thrown, isLate) };
    }
    clearTimeout(deadline);
    // Only the outcome is left to be written.
    this.underWay.delete(underWay);
    await Promise.all([...open.values()].map((row) => this.finish(row, unwritten.get(row.id) ?? rest, spread)));
  }

  /**
   * Writes the outcome. What the disk does not take now (F04) is written later, and the row is ours until then; where the box ends
   * before that, the next start does the work again. If it fails otherwise it is a bug of the station, and the row is held like after
   * any other.
   */
  private async finish(row: WorkRow, outcome: Outcome, spread: number): Promise<void> {
    let last = outcome;
    for (let attempt = 1; ; attempt++) {
      try {
        this.write(row, last, spread);
        return;
      } catch (thrown) {
        if (isOfDisk(thrown)) {
          if (this.stopping.signal.aborted) return;
          this.o.log.error('outcome not written', {
            station: this.station.name,
            row: row.id,
            reason: reasonOf(thrown),
          });
          const pause = backoff(attempt, {
            first_ms: lineLimits.backoff_first_ms,
            cap_ms: lineLimits.backoff_urgent_cap_ms,
          });
          await this.o.clock.sleep(pause, this.stopping.signal).catch(() => {});
        } else if (last === outcome) last = { kind: 'failed', error: this.bug(thrown) };
        else throw thrown;
      }
    }
  }

  private explain(thrown: unknown, isLate: boolean): RohrpostError {
    if (this.stopping.signal.aborted) return new RohrpostError('stopped', { cause: thrown });
    if (isLate) {
      return new RohrpostError('timed-out', {
        cause: thrown,
        details: { timeout_ms: this.station.deadline_ms, what: this.station.name },
      });
    }
    if (thrown instanceof RohrpostError) return thrown;
    if (isOfDisk(thrown)) return diskError(thrown);
    return this.bug(thrown);
  }

  /** One poisoned row must not stop everybody else's studies, so it is held, loudly. */
  private bug(thrown: unknown): RohrpostError {
    this.o.log.error('station threw', {
      station: this.station.name,
      name: thrown instanceof Error ? thrown.name : typeof thrown,
      stack: framesOf(thrown),
    });
    return asRohrpostError(thrown, 'internal');
  }

  private write(row: WorkRow, outcome: Outcome, spread: number): void {
    const { station, o } = this;
    const now = o.clock.now();
    const to = this.moveFor(row, outcome, spread);
    let own = false;
    o.transaction(() => {
      own = station.table.finish(row.id, row.owner!, to, now);
      if (!own) return;
      if (outcome.kind === 'done' || outcome.kind === 'stop') outcome.commit?.();
      else if (outcome.kind === 'failed' && to.state === station.heldState) station.onHeld?.(row, outcome.error);
    });
    if (!own) o.log.info('row was taken from its station', { station: station.name, row: row.id });
    else if (outcome.kind === 'done') outcome.after?.();
  }

  private moveFor(row: WorkRow, outcome: Outcome, spread: number): Move {
    switch (outcome.kind) {
      case 'done':
        return { state: outcome.to, due_ms: outcome.due_ms };
      case 'wait': {
        const why = outcome.error && { code: outcome.error.code, reason: outcome.error.message };
        return { state: row.state, due_ms: outcome.until_ms, attempts: row.attempts, ...why };
      }
      case 'stop':
        this.tell(row, outcome.error, outcome.to);
        return { state: outcome.to, code: outcome.error.code, reason: outcome.error.message };
      case 'failed':
        return this.afterFailure(row, outcome.error, spread);
    }
  }

  private afterFailure(row: WorkRow, error: RohrpostError, spread: number): Move {
    const why = { code: error.code, reason: error.message };
    // What breaks off because the box stops is no failure of its own.
    const stopped = error.code === 'stopped' || (this.stopping.signal.aborted && error.retry === 'later');
    if (stopped) return { ...pick(row), due_ms: this.o.clock.steady() };
    if (error.retry !== 'later') {
      this.tell(row, error, this.station.heldState);
      return { state: this.station.heldState, ...why };
    }
    const attempts = row.attempts + 1;
    const cap_ms = row.urgent ? lineLimits.backoff_urgent_cap_ms : lineLimits.backoff_cap_ms;
    const pause = backoff(attempts, { first_ms: lineLimits.backoff_first_ms, cap_ms, random: () => spread });
    this.tell(row, error, row.state, pause);
    return { state: row.state, attempts, due_ms: this.o.clock.steady() + pause, ...why };
  }

  private tell(row: WorkRow, error: RohrpostError, to: string, retry_in_ms?: number): void {
    const fields = { station: this.station.name, row: row.id, lane: row.lane, code: error.code, to, retry_in_ms };
    this.o.log.warn('not done', fields);
  }
}

function pick(row: WorkRow) {
  return { state: row.state, attempts: row.attempts, code: row.code, reason: row.reason };
}
