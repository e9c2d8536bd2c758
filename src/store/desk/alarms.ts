import type { Database } from 'better-sqlite3';
import type { Text } from '../../core/texts.ts';

/** How much of an alarm people have been told by mail: nothing, that it began, that it ended. */
export type Told = 0 | 1 | 2;

/** One condition that people were called for, from its beginning to its end. Times are wall time: people read them. */
export interface Alarm {
  readonly id: string;
  /** The light that shows it, and, behind a blank, which of the cases that it tells together. */
  readonly light: string;
  /** What is wrong with it, roughly: two codes that come of one cause are one matter. */
  readonly matter: string;
  readonly tone: 'warn' | 'fail';
  readonly code: string | null;
  /** Nobody waits for company before telling it. */
  readonly urgent: boolean;
  readonly title: Text;
  /** How it was when it was raised. */
  readonly words: Text;
  readonly link: string | null;
  readonly since_ms: number;
  /** When it was last there; null while it stands. */
  readonly until_ms: number | null;
  /** Which time in a row it is; more than the first: it comes and goes. */
  readonly times: number;
  readonly told: Told;
}

export interface AlarmTable {
  /** Writes an alarm as it is now; of those that are over, the oldest beyond `past` go. */
  put(alarms: readonly Alarm[], past: number): void;
  standing(): Alarm[];
  /** What is over, the latest end first. */
  past(): Alarm[];
}

interface Row extends Omit<Alarm, 'urgent' | 'title' | 'words'> {
  urgent: number;
  title: string;
  words: string;
}

export function alarmTable(db: Database): AlarmTable {
  const put = db.prepare(
    `INSERT INTO alarm (id, light, matter, tone, code, urgent, title, words, link, since_ms, until_ms, times, told)
     VALUES (@id, @light, @matter, @tone, @code, @urgent, @title, @words, @link, @since_ms, @until_ms, @times, @told)
     ON CONFLICT (id) DO UPDATE SET until_ms = excluded.until_ms, told = excluded.told`,
  );
  const trim = db.prepare(
    `DELETE FROM alarm WHERE until_ms IS NOT NULL AND id NOT IN
       (SELECT id FROM alarm WHERE until_ms IS NOT NULL ORDER BY until_ms DESC, id LIMIT ?)`,
  );
  const standing = db.prepare('SELECT * FROM alarm WHERE until_ms IS NULL ORDER BY since_ms, id');
  const past = db.prepare('SELECT * FROM alarm WHERE until_ms IS NOT NULL ORDER BY until_ms DESC, id');
  const alarmOf = (row: unknown): Alarm => {
    const { urgent, title, words, ...alarm } = row as Row;
    return { ...alarm, urgent: urgent === 1, title: JSON.parse(title), words: JSON.parse(words) };
  };
  return {
    put: db.transaction((alarms: readonly Alarm[], most: number) => {
      for (const { urgent, title, words, ...alarm } of alarms) {
        const texts = { title: JSON.stringify(title), words: JSON.stringify(words) };
        put.run({ ...alarm, ...texts, urgent: urgent ? 1 : 0 });
      }
      trim.run(most);
    }),
    standing: () => standing.all().map(alarmOf),
    past: () => past.all().map(alarmOf),
  };
}
