import type { Database } from 'better-sqlite3';
import { newId } from '../../core/ids.ts';
import type { AccountRow } from './accounts.ts';

/** Somebody who is logged in. Times are steady. */
export interface SessionRow {
  /** SHA-256 of what the browser holds. */
  hash: string;
  /** Its name among people. */
  id: string;
  account_id: string;
  created_ms: number;
  seen_ms: number;
  address: string;
  agent: string;
}

export interface SessionTable {
  add(o: { hash: string; accountId: string; address: string; agent: string; steady_ms: number }): string;
  /** The session with its account. */
  find(hash: string): { session: SessionRow; account: AccountRow } | undefined;
  get(id: string): SessionRow | undefined;
  touch(id: string, steady_ms: number): void;
  /** The latest first. */
  ofAccount(accountId: string): SessionRow[];
  end(id: string): void;
  /** Ends those of an account, but one, if it is given; says how many they were. */
  endOfAccount(accountId: string, but?: string): number;
  /** Forgets those that were made or seen last before, or after `now_ms` (by a clock that was set back since). */
  sweep(o: { madeBefore_ms: number; seenBefore_ms: number; now_ms: number }): void;
}

export function sessionTable(db: Database): SessionTable {
  const add = db.prepare(
    `INSERT INTO session (hash, id, account_id, created_ms, seen_ms, address, agent)
     VALUES (@hash, @id, @accountId, @steady_ms, @steady_ms, @address, @agent)`,
  );
  const find = db.prepare('SELECT * FROM session WHERE hash = ?');
  const account = db.prepare('SELECT * FROM account WHERE id = ?');
  const get = db.prepare('SELECT * FROM session WHERE id = ?');
  const touch = db.prepare('UPDATE session SET seen_ms = ? WHERE id = ?');
  const ofAccount = db.prepare('SELECT * FROM session WHERE account_id = ? ORDER BY seen_ms DESC, id');
  const end = db.prepare('DELETE FROM session WHERE id = ?');
  const endAll = db.prepare('DELETE FROM session WHERE account_id = ? AND id <> ?');
  const sweep = db.prepare(
    `DELETE FROM session WHERE created_ms < @madeBefore_ms OR seen_ms < @seenBefore_ms
       OR created_ms > @now_ms OR seen_ms > @now_ms`,
  );
  return {
    add: (o) => {
      const id = newId();
      add.run({ id, ...o });
      return id;
    },
    find: (hash) => {
      const session = find.get(hash) as SessionRow | undefined;
      return session && { session, account: account.get(session.account_id) as AccountRow };
    },
    get: (id) => get.get(id) as SessionRow | undefined,
    touch: (id, now) => {
      touch.run(now, id);
    },
    ofAccount: (id) => ofAccount.all(id) as SessionRow[],
    end: (id) => {
      end.run(id);
    },
    endOfAccount: (id, but = '') => endAll.run(id, but).changes,
    sweep: (o) => {
      sweep.run(o);
    },
  };
}
