import type { Database } from 'better-sqlite3';

/** Wrong guesses that are counted together: those at one account, from one address, at the pairing code. Steady times. */
export interface GuessRow {
  key: string;
  count: number;
  last_ms: number;
  /** No further guess is looked at before. */
  until_ms: number;
}

export interface GuessTable {
  get(key: string): GuessRow | undefined;
  /** Keeps a counter; the oldest go beyond `most` of them. */
  put(row: GuessRow, most: number): void;
  clear(key: string): void;
  /** Clears every counter whose key begins so. */
  clearAll(prefix: string): void;
  /** Remembers that somebody logged in to the account from there; the oldest beyond `most` of its addresses are forgotten. */
  know(accountId: string, address: string, now_ms: number, most: number): void;
  knows(accountId: string, address: string): boolean;
}

export function guessTable(db: Database): GuessTable {
  const get = db.prepare('SELECT * FROM guess WHERE key = ?');
  const put = db.prepare(
    `INSERT INTO guess (key, count, last_ms, until_ms) VALUES (@key, @count, @last_ms, @until_ms)
     ON CONFLICT (key) DO UPDATE SET count = excluded.count, last_ms = excluded.last_ms, until_ms = excluded.until_ms`,
  );
  const count = db.prepare('SELECT count(*) FROM guess').pluck();
  const trim = db.prepare(
    'DELETE FROM guess WHERE key IN (SELECT key FROM guess WHERE key <> ? ORDER BY last_ms LIMIT ?)',
  );
  const clear = db.prepare('DELETE FROM guess WHERE key = ?');
  const clearAll = db.prepare('DELETE FROM guess WHERE substr(key, 1, length(@prefix)) = @prefix');
  const know = db.prepare(
    `INSERT INTO known_address (account_id, address, at_ms) VALUES (?, ?, ?)
     ON CONFLICT (account_id, address) DO UPDATE SET at_ms = excluded.at_ms`,
  );
  const forget = db.prepare(
    `DELETE FROM known_address WHERE account_id = @account AND address NOT IN
       (SELECT address FROM known_address WHERE account_id = @account ORDER BY at_ms DESC LIMIT @most)`,
  );
  const knows = db.prepare('SELECT 1 FROM known_address WHERE account_id = ? AND address = ?');
  return {
    get: (key) => get.get(key) as GuessRow | undefined,
    put: db.transaction((row: GuessRow, most: number) => {
      put.run(row);
      const surplus = (count.get() as number) - most;
      if (surplus > 0) trim.run(row.key, surplus);
    }),
    clear: (key) => {
      clear.run(key);
    },
    clearAll: (prefix) => {
      clearAll.run({ prefix });
    },
    know: db.transaction((account: string, address: string, now_ms: number, most: number) => {
      know.run(account, address, now_ms);
      forget.run({ account, most });
    }),
    knows: (account, address) => knows.get(account, address) !== undefined,
  };
}
