import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { LEDGER_FILE } from './database.ts';
import { migrations, versionOf } from './migrations.ts';

/**
 * Whether this program must change the schema of a folder's ledger before it can work with it. Only looks. What cannot be read
 * needs no migration: who opens it says what is wrong.
 */
export function needsMigration(folder: string): boolean {
  const path = join(folder, LEDGER_FILE);
  if (!existsSync(path)) return false;
  let db: Sqlite.Database | null = null;
  try {
    db = new Sqlite(path, { fileMustExist: true });
    const version = versionOf(db);
    return version > 0 && version < migrations.length;
  } catch {
    return false;
  } finally {
    db?.close();
  }
}
