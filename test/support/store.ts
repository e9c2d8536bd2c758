import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { moves } from '../../src/line/states.ts';
import { openStore, type Store } from '../../src/store/store.ts';

export { addConsignment, addParts, newItem, oneOfEach, studyFacts } from './rows.ts';

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rohrpost-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store on a real database in a temporary folder, closed when the test ends. */
export function temporaryStore(folder = temporaryFolder()): { store: Store; folder: string } {
  const store = openStore(folder, moves);
  onTestFinished(() => store.close());
  return { store, folder };
}

/** A second connection to the store's database: to look past the program's own statements. */
export function rawDatabase(folder: string): Database {
  const db = new Sqlite(join(folder, 'rohrpost.sqlite'));
  onTestFinished(() => {
    db.close();
  });
  return db;
}
