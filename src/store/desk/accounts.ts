import type { Database } from 'better-sqlite3';
import type { Language } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';

export type AccountRole = 'viewer' | 'operator' | 'admin';

export interface AccountRow {
  id: string;
  name: string;
  role: AccountRole;
  language: Language;
  /** argon2id in PHC notation. */
  password: string;
  must_change: 0 | 1;
  disabled: 0 | 1;
  second_factor: 0 | 1;
  /** The last time step whose code was taken. */
  totp_step: number;
  created_ms: number;
  login_ms: number | null;
}

export interface AccountTable {
  /** @throws a constraint error where the name is taken; ask `named` first */
  add(o: Pick<AccountRow, 'name' | 'role' | 'language' | 'password' | 'must_change'> & { now_ms: number }): AccountRow;
  get(id: string): AccountRow | undefined;
  /** Upper and lower case are one. */
  named(name: string): AccountRow | undefined;
  /** By name. */
  all(): AccountRow[];
  count(): number;
  /** Admins who can log in. */
  activeAdmins(): number;
  update(id: string, change: Partial<Omit<AccountRow, 'id' | 'created_ms'>>): void;
  /** With its sessions, tokens and recovery codes. */
  remove(id: string): void;
  /** The recovery codes of an account from now on, as SHA-256. */
  setRecoveryCodes(id: string, hashes: readonly string[]): void;
  /** Whether there was such a code; it is gone then. */
  useRecoveryCode(id: string, hash: string): boolean;
  recoveryCodes(id: string): number;
}

const CHANGEABLE = [
  'name',
  'role',
  'language',
  'password',
  'must_change',
  'disabled',
  'second_factor',
  'totp_step',
  'login_ms',
] as const;

export function accountTable(db: Database): AccountTable {
  const add = db.prepare(
    `INSERT INTO account (id, name, role, language, password, must_change, created_ms)
     VALUES (@id, @name, @role, @language, @password, @must_change, @now_ms)`,
  );
  const get = db.prepare('SELECT * FROM account WHERE id = ?');
  const named = db.prepare('SELECT * FROM account WHERE name = ?');
  const all = db.prepare('SELECT * FROM account ORDER BY name');
  const count = db.prepare('SELECT count(*) FROM account').pluck();
  const activeAdmins = db.prepare(`SELECT count(*) FROM account WHERE role = 'admin' AND disabled = 0`).pluck();
  const update = new Map(CHANGEABLE.map((key) => [key, db.prepare(`UPDATE account SET ${key} = ? WHERE id = ?`)]));
  const remove = db.prepare('DELETE FROM account WHERE id = ?');
  const forget = db.prepare('DELETE FROM recovery_code WHERE account_id = ?');
  const remember = db.prepare('INSERT INTO recovery_code (account_id, hash) VALUES (?, ?)');
  const use = db.prepare('DELETE FROM recovery_code WHERE account_id = ? AND hash = ?');
  const left = db.prepare('SELECT count(*) FROM recovery_code WHERE account_id = ?').pluck();
  const table: AccountTable = {
    add: (o) => {
      const id = newId();
      add.run({ id, ...o });
      return table.get(id)!;
    },
    get: (id) => get.get(id) as AccountRow | undefined,
    named: (name) => named.get(name) as AccountRow | undefined,
    all: () => all.all() as AccountRow[],
    count: () => count.get() as number,
    activeAdmins: () => activeAdmins.get() as number,
    update: db.transaction((id: string, change: object) => {
      for (const [key, value] of Object.entries(change)) update.get(key as (typeof CHANGEABLE)[number])!.run(value, id);
    }),
    remove: (id) => {
      remove.run(id);
    },
    setRecoveryCodes: db.transaction((id: string, hashes: readonly string[]) => {
      forget.run(id);
      for (const hash of hashes) remember.run(id, hash);
    }),
    useRecoveryCode: (id, hash) => use.run(id, hash).changes > 0,
    recoveryCodes: (id) => left.get(id) as number,
  };
  return table;
}
