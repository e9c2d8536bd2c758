import { type AlarmLimits, alarmLimits } from '../../core/alarm-limits.ts';
import type { Clock } from '../../core/clock.ts';
import { reasonOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Alarm, AlarmTable } from '../../store/desk/alarms.ts';
import type { Health, Look } from '../lights.ts';
import { alarmBook } from './book.ts';
import { conditionsOf, lightIdOf } from './conditions.ts';
import { alarmCourier, type Courier, type Post } from './courier.ts';
import { alarmJudge } from './judge.ts';

/** What people are called for. */
export interface Alarms {
  /** What stands now, the oldest first. */
  standing(): readonly Alarm[];
  /** What is over, the latest end first. */
  past(): readonly Alarm[];
  /** How many get a mail. */
  addresses: Courier['addresses'];
  /** How the last mail about them fared; null: there was none since the start. */
  mailed: Courier['last'];
  /** Another number after each change. */
  revision(): number;
  /** Waits for the mails that are under way. */
  told(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Makes alarms of what the lights show: judges each look, writes down what has begun and ended, and tells it by mail. What is wrong
 * the lights alone decide; here it is only whether it lasts, and who has been told.
 */
export function keepAlarms(o: {
  health: Pick<Health, 'onLook'>;
  table: AlarmTable;
  post(): Promise<Post | null>;
  clock: Clock;
  log: Log;
  limits?: AlarmLimits;
}): Alarms {
  const { clock, log, limits = alarmLimits } = o;
  const book = alarmBook(o.table, { limits, log });
  const judge = alarmJudge({ standing: book.standing, past: book.past, limits });
  const courier = alarmCourier({ clock, log, limits, book, isGoing: judge.isGoing, post: o.post });
  const stop = new AbortController();
  let telling: Promise<void> | null = null;
  let changes = 0;

  const tell = () => {
    telling ??= courier
      .step(stop.signal)
      .catch((thrown) => log.error('alarms not told', { reason: reasonOf(thrown) }))
      .finally(() => {
        telling = null;
      });
  };
  const look = ({ signs, isWhole }: Look) => {
    const lights = new Set(signs.map(({ id }) => id));
    const time = { now_ms: clock.now(), steady_ms: clock.steady() };
    const changed = judge.look({ conditions: conditionsOf(signs), lights, isWhole, ...time });
    for (const { light, code, until_ms } of changed) {
      // Lights are named by ids of the settings, which say nothing about patients.
      const fields = { light: lightIdOf({ light }), code };
      if (until_ms === null) log.warn('alarm raised', fields);
      else log.info('alarm over', fields);
    }
    changes += changed.length;
    // Also without news: what could not be written before may be by now.
    book.note(changed);
    tell();
  };
  const unhear = o.health.onLook(look);
  return {
    standing: book.standing,
    past: book.past,
    addresses: courier.addresses,
    mailed: courier.last,
    revision: () => changes,
    told: async () => {
      await telling;
    },
    stop: async () => {
      unhear();
      stop.abort();
      await telling;
    },
  };
}
