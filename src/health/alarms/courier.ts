import type { AlarmLimits } from '../../core/alarm-limits.ts';
import { backoff } from '../../core/backoff.ts';
import type { Clock } from '../../core/clock.ts';
import { asRohrpostError, type Language, RohrpostError } from '../../core/errors.ts';
import { mailLimits } from '../../core/limits.ts';
import type { Log } from '../../core/log.ts';
import type { Alarm, Told } from '../../store/desk/alarms.ts';
import type { AlarmBook } from './book.ts';
import { type News, newsOf, subjectsOf, tellable } from './news.ts';

/** How mails go out just now. */
export interface Post {
  readonly addresses: readonly string[];
  readonly language: Language;
  /** @throws RohrpostError transport-…, and whatever else hinders it: it is not told, then */
  send(address: string, news: News, signal: AbortSignal): Promise<void>;
  /** Whether the mail server is there and lets us in. @throws RohrpostError transport-… */
  reach(signal: AbortSignal): Promise<void>;
}

export interface Courier {
  /** Tells what is to be told now. Ends when it is told, or could not be. */
  step(signal: AbortSignal): Promise<void>;
  /** How many get a mail, by the settings as they were seen last. */
  addresses(): number;
  /** How the last mail fared; null: there was none since the start. */
  last(): { at_ms: number; error: RohrpostError | null } | null;
}

/** One address, and how it is with mails to it. */
interface Line {
  /** Nothing goes to it before (steady). */
  notBefore_ms: number;
  /** When the first of its news came up (steady). */
  news_ms: number | null;
  /** Failures since a mail went last. */
  attempts: number;
  failing_ms: number | null;
  /** Of what others have been told and this one not: how much it knows. */
  readonly behind: Map<string, Told>;
}

/**
 * Brings the news of alarms to each address: everything there is in one mail, and not often. Nothing piles up while the mail server
 * is away: a mail is made when it goes. After an outage it waits until the lights have seen that it is over, so that one mail
 * tells what began and what ended.
 */
export function alarmCourier(o: {
  clock: Clock;
  log: Log;
  limits: AlarmLimits;
  book: AlarmBook;
  isGoing(alarm: Alarm): boolean;
  /** Null: nothing can be said about it, as long as there are no settings. */
  post(): Promise<Post | null>;
}): Courier {
  const { clock, limits, book } = o;
  const lines = new Map<string, Line>();
  let last: ReturnType<Courier['last']> = null;

  const newsFor = (line: Line) => newsOf(alarmsOf(book), (alarm) => line.behind.get(alarm.id) ?? alarm.told, o.isGoing);

  const failed = (address: string, error: RohrpostError) => {
    last = { at_ms: clock.now(), error };
    o.log.warn('alarms not told by mail', { code: error.code });
    // What is wrong with one recipient says nothing about the others; everything else is the same for all of them.
    const isTheirs = error.code === 'transport-recipient-refused';
    for (const [other, line] of lines) if (!isTheirs || other === address) putOff(line, error);
  };
  const putOff = (line: Line, { code }: RohrpostError) => {
    line.failing_ms ??= clock.steady();
    const wait_ms = backoff(++line.attempts, { first_ms: limits.first_retry_ms, cap_ms: limits.last_retry_ms });
    // Servers lock accounts that knock too often with a wrong password.
    const least_ms = code === 'transport-auth-failed' ? mailLimits.auth_pause_ms : 0;
    line.notBefore_ms = clock.steady() + Math.max(wait_ms, least_ms);
  };

  /** The news is told to one; the others are behind now. */
  const delivered = (address: string, news: News) => {
    const told = subjectsOf(news);
    for (const [other, line] of lines) {
      if (other === address) for (const { id } of told) line.behind.delete(id);
      else for (const alarm of told) if (!line.behind.has(alarm.id)) line.behind.set(alarm.id, alarm.told);
    }
    markTold(book, told);
    const line = lines.get(address)!;
    Object.assign(line, { news_ms: null, attempts: 0, failing_ms: null, notBefore_ms: clock.steady() + limits.gap_ms });
    last = { at_ms: clock.now(), error: null };
  };

  const serve = async (address: string, line: Line, post: Post, signal: AbortSignal): Promise<void> => {
    const news = newsFor(line);
    const subjects = subjectsOf(news);
    if (subjects.length === 0) {
      line.news_ms = null;
      return;
    }
    const now_ms = clock.steady();
    line.news_ms ??= now_ms;
    if (now_ms < line.notBefore_ms) return;
    if (now_ms - line.news_ms < limits.gather_ms && !subjects.some(({ urgent }) => urgent)) return;
    const within = AbortSignal.any([signal, AbortSignal.timeout(limits.send_ms)]);
    if (line.failing_ms !== null && now_ms - line.failing_ms >= limits.outage_ms) {
      await post.reach(within);
      line.failing_ms = null;
      line.notBefore_ms = clock.steady() + limits.settle_ms;
      return;
    }
    await post.send(address, news, within);
    delivered(address, news);
  };

  return {
    addresses: () => lines.size,
    last: () => last,
    step: async (signal) => {
      const post = await o.post();
      if (!post) return;
      adjust(lines, post.addresses, book);
      // Nobody is to be told: what is over is nobody's news any more.
      if (lines.size === 0) markTold(book, book.past());
      for (const [address, line] of lines) {
        if (signal.aborted) return;
        await serve(address, line, post, signal).catch((thrown) => {
          if (!signal.aborted) failed(address, whyOf(thrown, limits));
        });
      }
    },
  };
}

/** What our own deadline ended says that it was ended, but not that it took too long. */
function whyOf(thrown: unknown, { send_ms }: AlarmLimits): RohrpostError {
  const error = asRohrpostError(thrown, 'internal');
  if (error.code !== 'stopped') return error;
  return new RohrpostError('timed-out', { cause: error, details: { timeout_ms: send_ms, what: 'SMTP' } });
}

const alarmsOf = (book: AlarmBook) => ({ standing: book.standing(), past: book.past() });

/** As of now in the book: an alarm may have ended while the mail about its beginning was under way. */
function markTold(book: AlarmBook, told: readonly Alarm[]): void {
  const level = new Map(told.map((alarm) => [alarm.id, tellable(alarm)]));
  const marked = [...book.standing(), ...book.past()].flatMap((alarm) => {
    const known = level.get(alarm.id);
    return known === undefined || known <= alarm.told ? [] : [{ ...alarm, told: known }];
  });
  if (marked.length > 0) book.note(marked);
}

/** A line for each address of the settings; what is forgotten, nobody is behind with. */
function adjust(lines: Map<string, Line>, addresses: readonly string[], book: AlarmBook): void {
  for (const address of lines.keys()) if (!addresses.includes(address)) lines.delete(address);
  for (const address of addresses) {
    if (lines.has(address)) continue;
    const never = Number.NEGATIVE_INFINITY;
    lines.set(address, { notBefore_ms: never, news_ms: null, attempts: 0, failing_ms: null, behind: new Map() });
  }
  const known = new Set([...book.standing(), ...book.past()].map(({ id }) => id));
  for (const { behind } of lines.values()) for (const id of behind.keys()) if (!known.has(id)) behind.delete(id);
}
