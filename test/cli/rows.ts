import { newId } from '../../src/core/ids.ts';
import { moves } from '../../src/line/states.ts';
import type { Store } from '../../src/store/store.ts';
import type { WorkRow, WorkTable } from '../../src/store/work.ts';

/** Rows for tests, brought into any state along legal moves. Patients are invented. */

const NOW_MS = Date.UTC(2026, 10, 20, 9, 0, 0);

const facts = (studyUid: string) => ({
  study_uid: studyUid,
  calling_ae: 'CT1',
  patient_name: 'Testperson^Erika',
  patient_id: 'TEST-0001',
  patient_birth_date: '19700101',
  patient_sex: 'F',
  accession_number: 'ACC-1',
  study_date: '20261120',
  study_time: '0900',
  description: 'Schädel',
  modality: 'CT',
  tags: '{}',
});

/** Moves a row to a state by the shortest legal way. */
export function bring<Row extends WorkRow>(table: WorkTable<Row>, id: string, to: string, why: Partial<WorkRow> = {}) {
  const table_moves = moves[table.name as keyof typeof moves] as Record<string, readonly string[]>;
  const paths: string[][] = [[table.get(id)!.state]];
  for (const path of paths) {
    if (path.at(-1) === to) {
      for (const state of path.slice(1)) {
        const code = why.code ?? (['held', 'quarantined'].includes(state) ? 'internal' : null);
        table.move(id, { state, code, reason: why.reason ?? null }, NOW_MS);
      }
      return;
    }
    for (const next of table_moves[path.at(-1)!]!) if (!path.includes(next)) paths.push([...path, next]);
  }
  throw new Error(`${table.name} cannot come to ${to}`);
}

export function addStudy(store: Store, state: string, direction: 'out' | 'in' = 'out') {
  const uid = `1.2.826.0.1.3680043.10.1.${Math.floor(Math.random() * 1e15)}`;
  return store.studies.add({
    direction,
    origin: direction === 'out' ? 'SUED' : 'sued',
    facts: facts(uid),
    state,
    lane: 'sued',
    now_ms: NOW_MS,
  });
}

export function addItem(
  store: Store,
  studyId: string | null,
  state = 'stored',
  kind: 'instance' | 'document' = 'instance',
) {
  const id = newId();
  return store.items.add({
    study_id: studyId,
    kind,
    path: `spool/instances/${id}.dcm`,
    sha256: id,
    size_bytes: 524_288,
    data_offset: 300,
    sop_class: '1.2.840.10008.5.1.4.1.1.2',
    sop_uid: `1.2.3.${id}`,
    series_uid: '1.2.3',
    study_uid: '1.2',
    transfer_syntax: '1.2.840.10008.1.2.1',
    media_type: 'application/dicom',
    name: '',
    received_ms: NOW_MS,
    state,
  });
}

/** An outbound study with one consignment of one item; with a part in the given state, or none. */
export function addConsignment(store: Store, state: string, partState: string | null, studyId?: string) {
  const study = studyId ?? addStudy(store, 'routed').id;
  const item = addItem(store, study);
  const consignment = store.consignments.add({
    studyId: study,
    partnerId: 'sued',
    itemIds: [item],
    urgent: false,
    state: 'routed',
    due_ms: 1,
    now_ms: NOW_MS,
  });
  if (partState) {
    store.parts.add({
      consignmentId: consignment.id,
      partnerId: 'sued',
      number: 1,
      total: 1,
      innerEncoding: 'base64',
      messageId: (id) => `<${id}@nord.example>`,
      itemIds: [item],
      urgent: false,
      due_ms: 1,
      now_ms: NOW_MS,
    });
    bring(store.parts, store.parts.ofConsignment(consignment.id)[0]!.id, partState);
  }
  if (state !== 'routed') {
    if (partState) store.consignments.move(consignment.id, { state: 'packed' }, NOW_MS);
    bring(store.consignments, consignment.id, state);
  }
  return { study, item, consignment: consignment.id, part: store.parts.ofConsignment(consignment.id)[0]?.id ?? '' };
}

/** A mail of partner "sued", verified and with the wish for a receipt. */
export function addMail(store: Store, state: string, o: { signed?: boolean; receiptTo?: boolean } = {}) {
  const id = store.mails.add({
    source: 'smtp',
    mailboxKey: null,
    messageId: `<${newId()}@sued.example>`,
    sha256: newId(),
    sizeBytes: 700_000,
    path: `spool/inbox/${newId()}.eml`,
    now_ms: NOW_MS,
    due_ms: 1,
  });
  store.mails.setSender(id, {
    partnerId: 'sued',
    receiptTo: o.receiptTo ?? true,
    ...((o.signed ?? true) && { signer: 'A'.repeat(40), signed_ms: NOW_MS }),
  });
  if (state === 'done') bring(store.mails, id, 'opened');
  bring(store.mails, id, state);
  return id;
}

/** A set of one part that holds one candidate, in a state. */
export function addSet(store: Store, state: string, o: { total?: number; admitted?: boolean } = {}) {
  const mail = addMail(store, 'done');
  const set = store.sets.add({
    partnerId: 'sued',
    setId: newId(),
    total: o.total ?? 1,
    urgent: false,
    due_ms: 1,
    now_ms: NOW_MS,
  });
  const item = addItem(store, null, 'candidate');
  store.sets.addPart({ setRow: set.id, number: 1, mailId: mail, contentSha256: newId(), itemIds: [item] });
  if (o.admitted) store.sets.setAdmitted(set.id, 1);
  bring(store.sets, set.id, state);
  return { set: set.id, mail, item };
}

/** A received study whose one item has a delivery in a state; its set is admitted and waits for the outcome. */
export function addDelivery(store: Store, state: string, itemState = 'stored') {
  const study = addStudy(store, 'received', 'in').id;
  const { set, mail, item } = addSet(store, 'admitted', { admitted: true });
  store.items.adopt(item, study, NOW_MS);
  store.deliveries.add({ itemId: item, studyId: study, targetId: 'pacs', urgent: false, due_ms: 1, now_ms: NOW_MS });
  const delivery = store.deliveries.ofItem(item)[0]!.id;
  bring(store.deliveries, delivery, state);
  if (itemState !== 'stored') store.items.setState(item, itemState, NOW_MS);
  return { study, set, mail, item, delivery };
}

export function addReceipt(store: Store, state: string) {
  const mail = store.mails.get(addMail(store, 'done'))!;
  store.receipts.owe({
    partnerId: 'sued',
    mailId: mail.id,
    originalMessageId: mail.message_id,
    disposition: 'displayed',
    errorCode: null,
    messageId: (id) => `<${id}@nord.example>`,
    due_ms: 1,
    now_ms: NOW_MS,
  });
  const receipt = store.receipts.answerTo('sued', mail.message_id)!.id;
  bring(store.receipts, receipt, state);
  return receipt;
}
