import { type Age, age } from './age.ts';
import { type ConsignmentTable, consignmentTable } from './consignments.ts';
import { closeDatabase, type MoveTables, type Opener, openDatabase } from './database.ts';
import { type DeliveryTable, deliveryTable } from './deliveries.ts';
import { type Doubt, doubt } from './doubt.ts';
import { type FactTable, factTable } from './facts.ts';
import { type Hanging, hanging } from './hanging.ts';
import { type HistoryTable, historyTable } from './history.ts';
import { type ItemTable, itemTable } from './items.ts';
import { type Lookup, lookup } from './lookup.ts';
import { type MailTable, mailTable } from './mails.ts';
import { type Moving, moving } from './moving.ts';
import { type Overview, overview } from './overview.ts';
import { type PartTable, partTable } from './parts.ts';
import { type Quarantine, quarantine } from './quarantine.ts';
import { type ReceiptTable, receiptTable } from './receipts.ts';
import { type Removals, removals } from './removals.ts';
import { type SetTable, setTable } from './sets.ts';
import { type Signs, signs } from './signs.ts';
import { type StudyTable, studyTable } from './studies.ts';
import { type Throughput, throughput } from './throughput.ts';
import { type Traffic, traffic } from './traffic.ts';

/** The database of the box, a file per table. */
export interface Store {
  readonly studies: StudyTable;
  readonly items: ItemTable;
  readonly consignments: ConsignmentTable;
  readonly parts: PartTable;
  readonly mails: MailTable;
  readonly sets: SetTable;
  readonly deliveries: DeliveryTable;
  readonly receipts: ReceiptTable;
  readonly facts: FactTable;
  readonly history: HistoryTable;
  readonly overview: Overview;
  readonly moving: Moving;
  readonly throughput: Throughput;
  readonly traffic: Traffic;
  readonly signs: Signs;
  readonly lookup: Lookup;
  readonly hanging: Hanging;
  readonly quarantine: Quarantine;
  readonly removals: Removals;
  readonly age: Age['age'];
  readonly doubt: Doubt;
  /** Another one after every change of a row, by whichever process. */
  revision(): string;
  /** All or nothing, durable when it returns. Nests as a savepoint. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens the store of a data folder.
 * @throws RohrpostError store-too-new, store-corrupt
 */
export function openStore(folder: string, moves: MoveTables, opener: Opener = 'inspector'): Store {
  const db = openDatabase(folder, moves, opener);
  const ownChanges = db.prepare('SELECT total_changes()').pluck();
  return {
    studies: studyTable(db),
    items: itemTable(db),
    consignments: consignmentTable(db),
    parts: partTable(db),
    mails: mailTable(db),
    sets: setTable(db),
    deliveries: deliveryTable(db),
    receipts: receiptTable(db),
    facts: factTable(db),
    history: historyTable(db),
    overview: overview(db),
    moving: moving(db),
    throughput: throughput(db),
    traffic: traffic(db),
    signs: signs(db),
    lookup: lookup(db),
    hanging: hanging(db),
    quarantine: quarantine(db),
    removals: removals(db),
    ...age(db),
    doubt: doubt(db),
    revision: () => `${db.pragma('data_version', { simple: true })}:${ownChanges.get()}`,
    transaction: (work) => db.transaction(work).immediate(),
    close: () => closeDatabase(db, opener),
  };
}
