import Sqlite, { type Database } from 'better-sqlite3';

/**
 * Copies the desk as it is at one moment into a file of its own, piece by piece, while it is in use. Nobody is logged in to the
 * copy, and wrong guesses are forgotten.
 */
export async function copyDesk(db: Database, path: string): Promise<void> {
  await db.backup(path);
  const copy = new Sqlite(path);
  try {
    copy.pragma('journal_mode = DELETE');
    copy.exec('DELETE FROM session; DELETE FROM guess;');
  } finally {
    copy.close();
  }
}
