import type { Database } from 'better-sqlite3';
import { newId } from '../../core/ids.ts';
import type { AccountRole, AccountRow } from './accounts.ts';

/** What a script comes in with, for the account that made it. Times are wall time: people chose the expiry by date. */
export interface TokenRow {
  id: string;
  /** SHA-256 of the token. */
  hash: string;
  account_id: string;
  name: string;
  role: AccountRole;
  created_ms: number;
  expires_ms: number;
  used_ms: number | null;
}

export interface TokenTable {
  add(o: Omit<TokenRow, 'id' | 'used_ms'>): string;
  find(hash: string): { token: TokenRow; account: AccountRow } | undefined;
  get(id: string): TokenRow | undefined;
  /** Of one account, or of all; the latest first. */
  list(accountId?: string): TokenRow[];
  countOf(accountId: string): number;
  touch(id: string, now_ms: number): void;
  remove(id: string): void;
  /** Whoever had the account before must not come back by a token made then. */
  removeOfAccount(accountId: string): void;
}

export function tokenTable(db: Database): TokenTable {
  const add = db.prepare(
    `INSERT INTO token (id, hash, account_id, name, role, created_ms, expires_ms)
     VALUES (@id, @hash, @account_id, @name, @role, @created_ms, @expires_ms)`,
  );
  const find = db.prepare('SELECT * FROM token WHERE hash = ?');
  const account = db.prepare('SELECT * FROM account WHERE id = ?');
  const get = db.prepare('SELECT * FROM token WHERE id = ?');
  const all = db.prepare('SELECT * FROM token ORDER BY created_ms DESC, id');
  const ofAccount = db.prepare('SELECT * FROM token WHERE account_id = ? ORDER BY created_ms DESC, id');
  const count = db.prepare('SELECT count(*) FROM token WHERE account_id = ?').pluck();
  const touch = db.prepare('UPDATE token SET used_ms = ? WHERE id = ?');
  const remove = db.prepare('DELETE FROM token WHERE id = ?');
  const removeAll = db.prepare('DELETE FROM token WHERE account_id = ?');
  return {
    add: (o) => {
      const id = newId();
      add.run({ id, ...o });
      return id;
    },
    find: (hash) => {
      const token = find.get(hash) as TokenRow | undefined;
      return token && { token, account: account.get(token.account_id) as AccountRow };
    },
    get: (id) => get.get(id) as TokenRow | undefined,
    list: (id) => (id === undefined ? all.all() : ofAccount.all(id)) as TokenRow[],
    countOf: (id) => count.get(id) as number,
    touch: (id, now) => {
      touch.run(now, id);
    },
    remove: (id) => {
      remove.run(id);
    },
    removeOfAccount: (id) => {
      removeAll.run(id);
    },
  };
}
