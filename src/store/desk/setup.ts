import type { Database } from 'better-sqlite3';

/** What is remembered of a box's beginning, and small decisions about the page: by name. */
export interface SetupTable {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  delete(name: string): void;
}

export function setupTable(db: Database): SetupTable {
  const get = db.prepare('SELECT value FROM setup WHERE name = ?');
  const set = db.prepare(
    'INSERT INTO setup (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const remove = db.prepare('DELETE FROM setup WHERE name = ?');
  return {
    get: (name) => (get.get(name) as { value: string } | undefined)?.value,
    set: (name, value) => {
      set.run(name, value);
    },
    delete: (name) => {
      remove.run(name);
    },
  };
}
