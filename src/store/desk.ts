import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolderSync } from '../core/files.ts';
import { openFile } from './database.ts';
import { type AccountTable, accountTable } from './desk/accounts.ts';
import { type AlarmTable, alarmTable } from './desk/alarms.ts';
import { type AuditTable, auditTable } from './desk/audit.ts';
import { copyDesk } from './desk/copy.ts';
import { type GuessTable, guessTable } from './desk/guesses.ts';
import { dropOldDesks, keepOldDesk, takeOldDesk } from './desk/older.ts';
import { deskMigrations } from './desk/schema.ts';
import { type SessionTable, sessionTable } from './desk/sessions.ts';
import { type SetupTable, setupTable } from './desk/setup.ts';
import { type TokenTable, tokenTable } from './desk/tokens.ts';
import { migrate } from './migrations.ts';

/** The name of the desk's database in a data folder. */
export const DESK_FILE = 'desk.sqlite';

/**
 * Who may come in, and what they did: accounts, sessions, API tokens, the audit, the progress of setting up; and what people
 * are called for. A database of its own, apart from the ledger of studies, so that the page opens, and somebody is called, even
 * where the ledger does not open.
 */
export interface Desk {
  readonly accounts: AccountTable;
  readonly sessions: SessionTable;
  readonly tokens: TokenTable;
  readonly guesses: GuessTable;
  readonly audit: AuditTable;
  readonly setup: SetupTable;
  readonly alarms: AlarmTable;
  /** Another text after every act and log-in, whichever process made it; not because somebody was seen again. */
  revision(): string;
  /** All or nothing, durable when it returns. Nests as a savepoint. */
  transaction<T>(work: () => T): T;
  /** A copy for a backup, in which nobody is logged in. */
  copyTo(path: string): Promise<void>;
  close(): void;
}

/**
 * Opens the desk of a data folder, and makes both where they are not there. Several processes may hold it open.
 * @throws RohrpostError store-too-new, store-corrupt
 */
export function openDesk(folder: string): Desk {
  makeFolderSync(folder);
  const path = join(folder, DESK_FILE);
  // SQLite would make it readable for all; its companions (-wal, -shm) get the rights of the file.
  closeSync(openSync(path, 'a', 0o600));
  const db = openFile(path, (opened) => migrate(opened, deskMigrations));
  const revision = db.prepare(`SELECT (SELECT max(id) FROM audit) || ':' || (SELECT count(*) FROM session)`).pluck();
  return {
    accounts: accountTable(db),
    sessions: sessionTable(db),
    tokens: tokenTable(db),
    guesses: guessTable(db),
    audit: auditTable(db),
    setup: setupTable(db),
    alarms: alarmTable(db),
    revision: () => String(revision.get()),
    transaction: (work) => db.transaction(work).immediate(),
    copyTo: (path) => copyDesk(db, path),
    close: () => db.close(),
  };
}

/** What becomes of the desk around the trial of an image; call these while no other process has it open. */
export const deskOnTrial = {
  /** Before the desk is opened by an image on trial: a copy that the program before it can read. */
  keepOld: (folder: string): void => keepOldDesk(folder, DESK_FILE, deskMigrations.length),
  /** After an image was given up: its desk, which we cannot read, makes way for the copy. Says whether it did. */
  takeOld: (folder: string): boolean => takeOldDesk(folder, DESK_FILE, deskMigrations.length),
  /** The image is to stay. */
  dropOld: (folder: string): void => dropOldDesks(folder, DESK_FILE),
} as const;
