import Sqlite, { type Database } from 'better-sqlite3';

/**
 * Copies the desk as it is at one moment into a file of its own, piece by piece, while it is in use. Nobody is logged in to the
 * copy, wrong guesses are forgotten, and nothing is wrong yet with the box that it becomes.
 */
export async function copyDesk(db: Database, path: string): Promise<void> {
  await db.backup(path);
  const copy = new Sqlite(path);
  try {
    copy.pragma('journal_mode = DELETE');
    copy.exec('DELETE FROM session; DELETE FROM guess; DELETE FROM alarm WHERE until_ms IS NULL;');
  } finally {
    copy.close();
  }
}
