import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { moves } from '../../src/line/states.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openStore } from '../../src/store/store.ts';
import { addConsignment, addParts } from './store.ts';

/** What the last migration made, to be undone, and the column that no ledger had before. Another migration needs another list. */
const LAST = { number: 5, undo: 'ALTER TABLE part DROP COLUMN mail_sha256;', column: 'mail_sha256' };

/** A ledger with studies in it, as the version before this one left it. */
export function makeOldLedger(folder: string, studies = 3): void {
  if (migrations.length !== LAST.number) throw new Error('old-ledger.ts undoes another migration than the last');
  const store = openStore(folder, moves, 'keeper');
  store.transaction(() => {
    for (let n = 1; n <= studies; n++) {
      const { consignment } = addConsignment(store, { items: 2, studyUid: `1.2.3.${n}` });
      addParts(store, consignment.id);
    }
  });
  store.close();
  changeLedger(folder, `${LAST.undo} PRAGMA user_version = ${LAST.number - 1};`);
}

/** A ledger that only a later version can read. */
export function makeNewerLedger(folder: string): void {
  openStore(folder, moves, 'keeper').close();
  changeLedger(folder, `PRAGMA user_version = ${migrations.length + 1};`);
}

/** Makes the last migration fail on this ledger. */
export function spoilMigration(folder: string): void {
  changeLedger(folder, 'ALTER TABLE part ADD COLUMN mail_sha256 TEXT;');
}

function changeLedger(folder: string, sql: string): void {
  const db = new Sqlite(join(folder, 'rohrpost.sqlite'));
  db.exec(sql);
  db.close();
}

/** The schema's version and every row that no migration may lose or change; throws where the file is damaged. */
export function ledgerOf(folder: string): { version: number; rows: string } {
  const db = new Sqlite(join(folder, 'rohrpost.sqlite'), { fileMustExist: true });
  try {
    const sound = db.pragma('quick_check', { simple: true });
    if (sound !== 'ok') throw new Error(`ledger is damaged: ${sound}`);
    const rows = ['study', 'item', 'consignment', 'part', 'history'].map((table) =>
      db.prepare(`SELECT * FROM ${table} ORDER BY rowid`).all(),
    );
    const told = JSON.stringify(rows, (key, value) => (key === LAST.column ? undefined : value));
    return { version: db.pragma('user_version', { simple: true }) as number, rows: told };
  } finally {
    db.close();
  }
}
