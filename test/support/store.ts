import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { moves } from '../../src/line/states.ts';
import type { NewItem } from '../../src/store/items.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { StudyFacts } from '../../src/store/studies.ts';
import { START_MS } from './clock.ts';

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

export function studyFacts(more: Partial<StudyFacts> = {}): StudyFacts {
  return {
    study_uid: '1.2.3.1',
    calling_ae: 'CT1',
    patient_name: 'Testperson^Erika',
    patient_id: 'TEST-0001',
    patient_birth_date: '19700101',
    patient_sex: 'F',
    accession_number: 'A1',
    study_date: '20261120',
    study_time: '080000',
    description: '',
    modality: 'CT',
    tags: '{}',
    ...more,
  };
}

export function newItem(studyId: string | null, number: number, more: Partial<NewItem> = {}): NewItem {
  return {
    study_id: studyId,
    kind: 'instance',
    path: `spool/instances/2026-11-20/${number}.dcm`,
    sha256: String(number).padStart(64, '0'),
    size_bytes: 1000,
    data_offset: 0,
    sop_class: '1.2.840.10008.5.1.4.1.1.2',
    sop_uid: `1.2.3.1.1.${number}`,
    series_uid: '1.2.3.1.1',
    study_uid: '1.2.3.1',
    transfer_syntax: '1.2.840.10008.1.2.1',
    media_type: 'application/dicom',
    name: '',
    received_ms: START_MS + number,
    state: 'stored',
    ...more,
  };
}

/** An outbound study with `items` stored instances in one consignment for `partnerId`. */
export function addConsignment(store: Store, o: { partnerId?: string; items?: number; studyUid?: string } = {}) {
  const { partnerId = 'klinik', items: count = 1, studyUid = '1.2.3.1' } = o;
  const study =
    store.studies.find('out', 'KLINIK', studyUid) ??
    store.studies.add({
      direction: 'out',
      origin: 'KLINIK',
      facts: studyFacts({ study_uid: studyUid }),
      state: 'routed',
      lane: 'KLINIK',
      now_ms: START_MS,
    });
  const before = store.items.ofStudy(study.id).length;
  const itemIds = Array.from({ length: count }, (_, n) =>
    store.items.add(newItem(study.id, before + n + 1, { study_uid: studyUid })),
  );
  const due = { state: 'routed' as const, due_ms: START_MS, now_ms: START_MS };
  const consignment = store.consignments.add({ studyId: study.id, partnerId, itemIds, urgent: false, ...due });
  return { study, consignment, itemIds };
}

/** Parts of a consignment that was packed, one item each. */
export function addParts(store: Store, consignmentId: string, o: { urgent?: boolean; due_ms?: number } = {}) {
  const consignment = store.consignments.get(consignmentId)!;
  const items = store.items.ofConsignment(consignmentId);
  for (const [index, item] of items.entries()) {
    store.parts.add({
      consignmentId,
      partnerId: consignment.partner_id,
      number: index + 1,
      total: items.length,
      innerEncoding: 'base64',
      messageId: (id) => `<${id}@a.example>`,
      itemIds: [item.id],
      urgent: o.urgent ?? false,
      due_ms: o.due_ms ?? START_MS,
      now_ms: START_MS,
    });
  }
  store.consignments.move(consignmentId, { state: 'packed' }, START_MS);
  return store.parts.ofConsignment(consignmentId);
}
