import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { storeLimits } from '../../src/core/limits.ts';
import { moves } from '../../src/line/states.ts';
import { lockFolder, openDatabase } from '../../src/store/database.ts';
import { openStore } from '../../src/store/store.ts';
import { newItem, rawDatabase, temporaryFolder, temporaryStore } from '../support/store.ts';

const FILE = 'rohrpost.sqlite';

describe('opening', () => {
  test('F03: every open has WAL, synchronous FULL and foreign keys, also the second one, where SQLite forgets', () => {
    const folder = temporaryFolder();
    for (const _ of [1, 2]) {
      const db = openDatabase(folder, moves);
      const pragmas = ['journal_mode', 'synchronous', 'foreign_keys'].map((name) => db.pragma(name, { simple: true }));
      expect(pragmas).toEqual(['wal', 2, 1]);
      db.close();
    }
  });

  test('without our care the second open would have synchronous NORMAL', () => {
    const { folder } = temporaryStore();
    expect(rawDatabase(folder).pragma('synchronous', { simple: true })).not.toBe(2);
  });

  test('every table is STRICT', () => {
    const { folder } = temporaryStore();
    const tables = rawDatabase(folder).pragma('table_list') as { schema: string; name: string; strict: number }[];
    const loose = tables.filter((t) => t.schema === 'main' && !t.name.startsWith('sqlite_') && t.strict === 0);
    expect(loose).toEqual([]);
  });

  test('a text in a number column is refused', () => {
    const { store } = temporaryStore();
    const item = newItem(null, 1, { size_bytes: 'many' as unknown as number });
    expect(() => store.items.add(item)).toThrow(/cannot store TEXT value in INTEGER column/);
  });
});

describe('migrations', () => {
  test('an empty database gets the whole schema, and opening again changes nothing', () => {
    const folder = temporaryFolder();
    const schema = () => {
      openStore(folder, moves).close();
      const db = new Sqlite(join(folder, FILE), { readonly: true });
      const rows = db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
      const version = db.pragma('user_version', { simple: true });
      db.close();
      return { rows, version };
    };
    const first = schema();
    expect(first.version).toBeGreaterThan(0);
    expect(first.rows.length).toBeGreaterThan(20);
    expect(schema()).toEqual(first);
  });

  test('F70: the database of a newer version is refused and left as it was', () => {
    const folder = temporaryFolder();
    openStore(folder, moves).close();
    const db = new Sqlite(join(folder, FILE));
    db.pragma('user_version = 999');
    db.close();
    expect(() => openStore(folder, moves)).toThrow(expect.objectContaining({ code: 'store-too-new' }));
    const after = new Sqlite(join(folder, FILE), { readonly: true });
    expect(after.pragma('user_version', { simple: true })).toBe(999);
    after.close();
  });

  test('F70: a migration that died half way left nothing, and the next open does it whole', () => {
    const folder = temporaryFolder();
    const db = new Sqlite(join(folder, FILE));
    db.exec('BEGIN; CREATE TABLE study (half TEXT); ROLLBACK;');
    db.close();
    const store = openStore(folder, moves);
    expect(store.overview.counts()).toEqual([]);
    store.close();
  });
});

describe('F68: damage is found when the box starts', () => {
  test('a file that is no database', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, FILE), Buffer.alloc(20_000, 'no database '));
    expect(() => openStore(folder, moves)).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
  });

  test('a database with a page overwritten in its middle', () => {
    const folder = temporaryFolder();
    const store = openStore(folder, moves);
    store.transaction(() => {
      for (let n = 0; n < 2_000; n++) store.items.add(newItem(null, n, { state: 'candidate' }));
    });
    store.close();
    const path = join(folder, FILE);
    const { size } = statSync(path);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(size / 2 / 4_096) * 4_096);
    closeSync(fd);
    expect(() => openStore(folder, moves)).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
    expect(readFileSync(path).length).toBe(size);
  });

  test('a database that was cut short', () => {
    const folder = temporaryFolder();
    openStore(folder, moves).close();
    const path = join(folder, FILE);
    writeFileSync(path, readFileSync(path).subarray(0, 30_000));
    expect(() => openStore(folder, moves)).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
  });
});

describe('F68: a large database is not read whole at every start', () => {
  /** Larger than what is always checked, and damaged where nobody looks at the start. */
  function damaged(): string {
    const folder = temporaryFolder();
    openStore(folder, moves, 'keeper').close();
    const db = new Sqlite(join(folder, FILE));
    db.exec(`CREATE TABLE ballast (x BLOB); WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 260)
      INSERT INTO ballast SELECT zeroblob(1048576) FROM n; CREATE TABLE rotten (x TEXT PRIMARY KEY);
      WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000) INSERT INTO rotten SELECT hex(randomblob(50)) FROM n`);
    db.close();
    const path = join(folder, FILE);
    const { size } = statSync(path);
    expect(size).toBeGreaterThan(storeLimits.check_always_bytes);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor((size - 100_000) / 4_096) * 4_096);
    closeSync(fd);
    return folder;
  }

  test('after an orderly end the box opens it at once; after its death it looks, and finds the damage', () => {
    const folder = damaged();
    const keeper = openStore(folder, moves, 'keeper');
    // A visitor beside the box neither reads it all nor takes the mark of the box away.
    openStore(folder, moves, 'visitor').close();
    keeper.close();
    openStore(folder, moves, 'keeper').close();
    const db = new Sqlite(join(folder, FILE));
    db.exec('UPDATE keeper SET at_work = 1');
    db.close();
    expect(() => openStore(folder, moves, 'keeper')).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
    expect(() => openStore(folder, moves)).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
    openStore(folder, moves, 'visitor').close();
  });

  test('a small one is looked through every time', () => {
    const folder = temporaryFolder();
    const store = openStore(folder, moves, 'keeper');
    store.transaction(() => {
      for (let n = 0; n < 2_000; n++) store.items.add(newItem(null, n, { state: 'candidate' }));
    });
    store.close();
    const path = join(folder, FILE);
    const fd = openSync(path, 'r+');
    writeSync(fd, Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(statSync(path).size / 2 / 4_096) * 4_096);
    closeSync(fd);
    expect(() => openStore(folder, moves, 'keeper')).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
  });
});

describe('F77: one process for each data folder', () => {
  async function holder(folder: string): Promise<ChildProcess> {
    const module = resolve(import.meta.dirname, '../../src/store/database.ts');
    const script = `const { lockFolder } = await import(${JSON.stringify(module)});
      const lock = lockFolder(process.argv[1]); process.stdout.write('held'); setInterval(() => lock, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await once(child.stdout!, 'data');
    return child;
  }

  test('a second process is refused; kill -9 of the first frees the folder', async () => {
    const folder = temporaryFolder();
    const child = await holder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store-in-use' }));
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(folder).release();
  });

  test('a lock that was given back can be taken again', () => {
    const folder = temporaryFolder();
    lockFolder(folder).release();
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'store-in-use' }));
    lock.release();
  });

  test('a folder whose lock cannot be read is not called "in use"', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'lock.sqlite'), Buffer.alloc(5_000, 'garbage '));
    expect(() => lockFolder(folder)).toThrow(expect.objectContaining({ code: 'disk-error' }));
  });
});
