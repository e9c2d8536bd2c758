import { backoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type UpdateLimits, updateLimits } from '../core/update-limits.ts';
import { ask, type HttpsRequest } from './https.ts';
import type { BoxReport } from './words.ts';

/** Where reports go; the web first, if both are there. */
export interface ReportTarget {
  url: string | null;
  address: string | null;
}

export interface Reporter {
  /** Something happened that the operator shall hear of. */
  tell(): void;
  /** Sends what is due. @returns when the next look is worth it, in ms from now */
  step(): Promise<number>;
  /** Sends one now. @throws RohrpostError update-no-operator, and why it could not be sent */
  send(): Promise<void>;
  last(): { at_ms: number; code: string | null } | null;
}

/**
 * Tells the operator how the box is: after the start, after each result, when its colour changes, and once a day. One report waits
 * at a time; it is made when it is sent, so what is late is not out of date.
 */
export function openReporter(o: {
  clock: Clock;
  log: Log;
  limits: UpdateLimits;
  /** Null: nothing may be told now. */
  target(): ReportTarget | null;
  report(): BoxReport;
  line: Pick<HttpsRequest, 'signal' | 'agent'>;
  ca(): string | undefined;
  mail(to: string, report: BoxReport): Promise<void>;
}): Reporter {
  const { clock, limits } = o;
  let isDue = true;
  // The first one when it is known how the box is.
  let notBefore_ms = clock.steady() + limits.report_first_ms;
  let attempts = 0;
  let sent_ms = clock.steady();
  let sentHealth: BoxReport['health'] | null = null;
  let last: ReturnType<Reporter['last']> = null;

  const send = async () => {
    const to = o.target();
    if (!to || (to.url === null && to.address === null)) throw new RohrpostError('update-no-operator');
    const report = o.report();
    try {
      if (to.url !== null) await post(to.url, report, o);
      else await o.mail(to.address!, report);
      last = { at_ms: clock.now(), code: null };
      [isDue, attempts, sent_ms, sentHealth] = [false, 0, clock.steady(), report.health];
    } catch (thrown) {
      const error = asRohrpostError(thrown, 'internal');
      last = { at_ms: clock.now(), code: error.code };
      throw error;
    }
  };
  const look = () => {
    const since_ms = clock.steady() - sent_ms;
    if (since_ms >= limits.report_ms) isDue = true;
    if (since_ms >= limits.report_health_ms && sentHealth !== null && o.report().health !== sentHealth) isDue = true;
  };
  const step = async () => {
    const to = o.target();
    if (!to || (to.url === null && to.address === null)) return limits.look_ms;
    look();
    if (!isDue) return limits.look_ms;
    if (clock.steady() >= notBefore_ms) {
      try {
        await send();
      } catch (thrown) {
        const error = asRohrpostError(thrown, 'internal');
        if (error.code === 'stopped') throw error;
        const wait = { first_ms: limits.report_first_ms, cap_ms: limits.report_most_ms };
        notBefore_ms = clock.steady() + backoff(++attempts, wait);
        o.log.warn('report to the operator not sent', { code: error.code });
      }
    }
    return isDue ? Math.max(1_000, notBefore_ms - clock.steady()) : limits.look_ms;
  };
  return {
    step,
    send,
    last: () => last,
    tell: () => {
      isDue = true;
    },
  };
}

async function post(
  url: string,
  report: BoxReport,
  o: { line: Pick<HttpsRequest, 'signal' | 'agent'>; ca(): string | undefined },
): Promise<void> {
  const ca = o.ca();
  const { status } = await ask({
    ...{ method: 'POST', url, body: JSON.stringify(report), headers: { 'content-type': 'application/json' } },
    ...{ limit_bytes: updateLimits.answer_bytes, ...o.line },
    ...(ca !== undefined && { ca }),
  });
  if (status >= 200 && status < 300) return;
  throw new RohrpostError('update-report-refused', { details: { host: new URL(url).host, status } });
}
