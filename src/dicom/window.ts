import type { Clock } from '../core/clock.ts';

/** A stretch of time and the bytes that came in it: what deadlines and the minimum rate are measured by. */
export class Window {
  bytes = 0;
  private readonly clock: Clock;
  private since_ms: number;

  constructor(clock: Clock) {
    this.clock = clock;
    this.since_ms = clock.steady();
  }

  age_ms(): number {
    return this.clock.steady() - this.since_ms;
  }

  restart(): void {
    this.since_ms = this.clock.steady();
    this.bytes = 0;
  }
}
