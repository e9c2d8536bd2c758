import type { Database } from 'better-sqlite3';
import { sha256 } from '../../core/ids.ts';

/** What one act was about, beyond its subject: ids, codes, counts, settings' names. Never patient data or a password. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One act of a person, or about who may come in. */
export interface AuditRow {
  /** 1, 2, 3 … without a gap. */
  id: number;
  at_ms: number;
  /** The name of who did it, as it was then. */
  by: string;
  act: string;
  subject: string;
  details: AuditDetails;
  /** SHA-256 over the hash of the row before and this row: lower-case hex. */
  hash: string;
}

export interface AuditFilter {
  act?: string | undefined;
  by?: string | undefined;
  since_ms?: number | undefined;
  until_ms?: number | undefined;
}

/** A place in the chain: the row and its hash. The chain begins at { id: 0, hash: '' }. */
export interface ChainPlace {
  readonly id: number;
  readonly hash: string;
}

export const CHAIN_START: ChainPlace = { id: 0, hash: '' };

export interface AuditTable {
  add(o: { by: string; act: string; subject?: string; details?: AuditDetails; now_ms: number }): AuditRow;
  /** The latest first, from before the row `before` on. */
  list(o: AuditFilter & { before?: number | undefined; limit: number }): AuditRow[];
  /** The oldest first, from after the row `after` on. */
  following(o: AuditFilter & { after: number; limit: number }): AuditRow[];
  /** The acts, and the people, that there are. */
  words(): { acts: string[]; people: string[] };
  last(): ChainPlace;
  /** The row of that number, whether it fits or not. */
  at(id: number): ChainPlace | undefined;
  /** Checks up to `limit` rows behind `from`: where the chain is sound up to, or the first row that does not fit. */
  verifyFrom(from: ChainPlace, limit: number): { upTo: ChainPlace; rows: number; brokenAt: number | null };
  /** The whole chain at once. A chain that was cut off at its end is sound: see src/audit. */
  verify(): { rows: number; brokenAt: number | null };
}

type Stored = Omit<AuditRow, 'details'> & { details: string };

/** The row as it is hashed: one spelling, whatever program writes it. */
function chain(previous: string, row: Omit<Stored, 'hash'>): string {
  return sha256(`${previous}\n${JSON.stringify([row.id, row.at_ms, row.by, row.act, row.subject, row.details])}`);
}

const read = (row: unknown): AuditRow => ({ ...(row as Stored), details: JSON.parse((row as Stored).details) });

export function auditTable(db: Database): AuditTable {
  const insert = db.prepare(
    `INSERT INTO audit (id, at_ms, by, act, subject, details, hash)
     VALUES (@id, @at_ms, @by, @act, @subject, @details, @hash)`,
  );
  const last = db.prepare('SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1');
  const filter = `(@act IS NULL OR act = @act) AND (@by IS NULL OR by = @by)
    AND (@since_ms IS NULL OR at_ms >= @since_ms) AND (@until_ms IS NULL OR at_ms < @until_ms)`;
  const list = db.prepare(`SELECT * FROM audit WHERE id < @before AND ${filter} ORDER BY id DESC LIMIT @limit`);
  const following = db.prepare(`SELECT * FROM audit WHERE id > @after AND ${filter} ORDER BY id LIMIT @limit`);
  const one = db.prepare('SELECT id, hash FROM audit WHERE id = ?');
  const raw = db.prepare('SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?');
  const acts = db.prepare('SELECT DISTINCT act FROM audit ORDER BY act').pluck();
  const people = db.prepare('SELECT DISTINCT by FROM audit ORDER BY by').pluck();
  const none = { act: null, by: null, since_ms: null, until_ms: null };

  const append = db.transaction((row: Omit<Stored, 'id' | 'hash'>): Stored => {
    const end = (last.get() ?? CHAIN_START) as ChainPlace;
    const next = { ...row, id: end.id + 1 };
    const whole = { ...next, hash: chain(end.hash, next) };
    insert.run(whole);
    return whole;
  }).immediate;

  const table: AuditTable = {
    add: ({ by, act, subject = '', details = {}, now_ms }) =>
      read(append({ at_ms: now_ms, by, act, subject, details: JSON.stringify(details) })),
    list: ({ before = Number.MAX_SAFE_INTEGER, ...o }) => list.all({ ...none, ...defined(o), before }).map(read),
    following: (o) => following.all({ ...none, ...defined(o) }).map(read),
    words: () => ({ acts: acts.all() as string[], people: people.all() as string[] }),
    last: () => (last.get() ?? CHAIN_START) as ChainPlace,
    at: (id) => one.get(id) as ChainPlace | undefined,
    verifyFrom: (from, limit) => {
      let upTo = from;
      let rows = 0;
      // A row that somebody put before the first one does not fit either.
      const after = from.id === 0 ? -Number.MAX_SAFE_INTEGER : from.id;
      for (const row of raw.iterate(after, limit) as IterableIterator<Stored>) {
        if (row.id !== upTo.id + 1 || row.hash !== chain(upTo.hash, row)) return { upTo, rows, brokenAt: row.id };
        upTo = { id: row.id, hash: row.hash };
        rows++;
      }
      return { upTo, rows, brokenAt: null };
    },
    verify: () => {
      const { rows, brokenAt } = table.verifyFrom(CHAIN_START, Number.MAX_SAFE_INTEGER);
      return { rows, brokenAt };
    },
  };
  return table;
}

function defined<T extends object>(o: T): object {
  return Object.fromEntries(Object.entries(o).filter(([, value]) => value !== undefined));
}
