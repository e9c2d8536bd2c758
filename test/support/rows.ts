import type { Entity } from '../../src/line/states.ts';
import type { NewItem } from '../../src/store/items.ts';
import type { Store } from '../../src/store/store.ts';
import type { StudyFacts } from '../../src/store/studies.ts';
import { START_MS } from './clock.ts';

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

/** One row of every entity, made by the store's own functions; tells its id. */
export function oneOfEach(store: Store): Record<Entity, string> {
  const { study, consignment, itemIds } = addConsignment(store);
  const [part] = addParts(store, consignment.id);
  const mail = store.mails.add({
    ...{ source: 'imap', mailboxKey: '1:1', messageId: '<1@b.example>', sha256: 'a'.repeat(64) },
    ...{ sizeBytes: 1, path: 'spool/inbox/1.eml', now_ms: START_MS, due_ms: START_MS },
  });
  store.mails.setSender(mail, { partnerId: 'klinik', receiptTo: true });
  const set = store.sets.add({
    ...{ partnerId: 'klinik', setId: 's1', total: 1, urgent: false, due_ms: START_MS, now_ms: START_MS },
  });
  const inbound = store.studies.add({
    ...{ direction: 'in', origin: 'klinik', facts: studyFacts(), state: 'received', lane: 'klinik', now_ms: START_MS },
  });
  const item = store.items.add(newItem(inbound.id, 900));
  store.deliveries.add({
    ...{ itemId: item, studyId: inbound.id, targetId: 'pacs', urgent: false, due_ms: START_MS, now_ms: START_MS },
  });
  store.receipts.owe({
    ...{ partnerId: 'klinik', mailId: mail, originalMessageId: '<1@b.example>', disposition: 'displayed' },
    ...{ errorCode: null, messageId: (id) => `<${id}@a.example>`, due_ms: START_MS, now_ms: START_MS },
  });
  return {
    study: study.id,
    consignment: consignment.id,
    part: part!.id,
    mail,
    inbound_set: set.id,
    delivery: store.deliveries.ofItem(item)[0]!.id,
    receipt: store.receipts.answerTo('klinik', '<1@b.example>')!.id,
    item: itemIds[0]!,
  };
}
