import { link, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Partner } from '../config/schema.ts';
import { errorText, RohrpostError } from '../core/errors.ts';
import { diskError, isOfDisk, makeFolder, removeFile, syncFile, syncFolder } from '../core/files.ts';
import { newId, sha256 } from '../core/ids.ts';
import { BY_HAND, consign } from '../line/consign.ts';
import { instancesFolder, UPLOADED } from '../line/places.ts';
import type { NewItem } from '../store/items.ts';
import type { Store } from '../store/store.ts';
import type { StudyFacts, StudyRow } from '../store/studies.ts';
import { addInstance, enter, isOtherPatient } from './enter.ts';
import type { BatchDocument, BatchInstance } from './upload-look.ts';

export interface AcceptParts {
  store: Pick<Store, 'studies' | 'items' | 'consignments' | 'history' | 'transaction'>;
  /** The data folder. */
  folder: string;
  now(): number;
  steady(): number;
}

/** What goes to whom, once a person has decided. */
export interface Decided {
  by: string;
  partners: readonly Partner[];
  urgent: boolean;
  studies: readonly DecidedStudy[];
}

export interface DecidedStudy {
  /** Of the study that documents belong to where no image of it was uploaded. */
  facts: StudyFacts;
  instances: readonly BatchInstance[];
  documents: readonly BatchDocument[];
  comment: string;
}

/** What became of it. */
export interface Sent {
  studies: SentStudy[];
}

export interface SentStudy {
  id: string;
  study_uid: string;
  state: string;
  code: string | null;
  /** Objects that are new here, that were here already (they go to partners who have not got them), that contradict such. */
  images: number;
  known: number;
  set_aside: number;
  documents: number;
  /** `already`: the partner had been sent all of it before. */
  consignments: { id: string; partner: string; state: string; code: string | null; already: boolean }[];
}

/** A found file under its own name in the spool, durable; nobody's until a row names it. */
interface Kept<Thing> {
  thing: Thing;
  /** Absolute. */
  path: string;
}

/** Files that are made durable side by side. */
const SIDE_BY_SIDE = 8;

/**
 * Accepts uploaded files: each is an item of its study, and all of them are on their way to their partners.
 *
 * INVARIANT: one commit. Before it, every file is flushed under a name that no row knows, and the uploads are still there; a
 * crash leaves orphans for the sweep, and a person who sends again. After it everything is on its way, and sending the same
 * again finds that the partner has it.
 * @throws RohrpostError disk-full, disk-error; nothing was accepted then
 */
export async function accept(o: AcceptParts, decided: Decided): Promise<Sent> {
  const folder = instancesFolder(o.folder, o.now(), UPLOADED);
  const paths: string[] = [];
  try {
    await makeFolder(folder);
    const keep = <Thing extends { found: { path: string } }>(things: readonly Thing[], ending: string) =>
      sideBySide(things, async (thing): Promise<Kept<Thing>> => {
        const path = join(folder, `${newId()}${ending}`);
        await syncFile(thing.found.path);
        await link(thing.found.path, path);
        paths.push(path);
        return { thing, path };
      });
    const kept: KeptStudy[] = [];
    for (const { instances, documents, facts, comment } of decided.studies) {
      kept.push({
        facts,
        instances: await keep(instances, '.dcm'),
        documents: await keep(documents, ''),
        comment: comment === '' ? null : await keepComment(folder, comment, paths),
      });
    }
    await syncFolder(folder);
    const drop: string[] = [];
    const sent = o.store.transaction(() => kept.map((study) => enterStudy(o, decided, study, drop)));
    // What was here before needs no second file; a crash here leaves it to the sweep.
    await sideBySide(drop, (path) => removeFile(path).catch(() => {}));
    return { studies: sent };
  } catch (error) {
    for (const path of paths) await removeFile(path).catch(() => {});
    throw isOfDisk(error) ? diskError(error) : error;
  }
}

interface KeptStudy {
  facts: StudyFacts;
  instances: readonly Kept<BatchInstance>[];
  documents: readonly Kept<BatchDocument>[];
  comment: Kept<string> | null;
}

async function keepComment(folder: string, text: string, paths: string[]): Promise<Kept<string>> {
  const path = join(folder, newId());
  paths.push(path);
  await writeFile(path, text, { flag: 'wx', mode: 0o600 });
  await syncFile(path);
  return { thing: text, path };
}

async function sideBySide<Thing, Result>(things: readonly Thing[], work: (thing: Thing) => Promise<Result>) {
  const results: Result[] = [];
  for (let at = 0; at < things.length; at += SIDE_BY_SIDE) {
    results.push(...(await Promise.all(things.slice(at, at + SIDE_BY_SIDE).map(work))));
  }
  return results;
}

/** The rows of one study; runs inside the transaction. `drop` takes the files that no row needs. */
function enterStudy(o: AcceptParts, decided: Decided, kept: KeptStudy, drop: string[]): SentStudy {
  const { studies, items } = o.store;
  const now_ms = o.now();
  const tally = { images: 0, known: 0, set_aside: 0 };
  const itemIds: string[] = [];
  let isTwoPatients = false;
  for (const { thing, path } of kept.instances) {
    const arrival = arrivalOf(o, thing, path);
    const entry = enter(o, arrival, { now_ms, open_since_ms: null, birth: 'routed' });
    isTwoPatients ||= isOtherPatient(entry.study, thing.facts);
    if (entry.as === 'contradiction') {
      tally.set_aside++;
      if (!entry.isNew) drop.push(path);
    } else if (entry.as === 'known' && entry.item.state === 'stored') {
      tally.known++;
      itemIds.push(entry.item.id);
      drop.push(path);
    } else {
      tally.images++;
      // Known by the ledger, but its file is gone: it is here again.
      itemIds.push(
        entry.as === 'new' ? entry.itemId : addInstance(o, entry.study.id, arrival, { state: 'stored', now_ms }),
      );
    }
  }
  const { study_uid } = kept.facts;
  const study =
    studies.find('out', BY_HAND, study_uid) ??
    studies.add({ direction: 'out', origin: BY_HAND, facts: kept.facts, state: 'routed', lane: BY_HAND, now_ms });
  for (const document of documentsOf(kept)) {
    const item = { ...document, study_id: study.id, study_uid, path: relative(o.folder, document.path) };
    const same = items.sameDocument(study.id, document.sha256);
    if (same?.state === 'stored') drop.push(document.path);
    itemIds.push(same?.state === 'stored' ? same.id : items.add({ ...NO_DICOM, ...item, received_ms: now_ms }));
  }
  studies.touch(study.id, { now_ms, open_since_ms: null, modality: '' });
  // An association would say when it is over; here nothing more is to come.
  studies.setAborted(study.id, false);
  const because = standing(o, studies.get(study.id)!, isTwoPatients);
  const consignments = decided.partners.flatMap((partner) => address(o, decided, study.id, partner, itemIds, because));
  items.markConsigned(study.id);
  const { id, state, code } = studies.get(study.id)!;
  return { id, study_uid, state, code, ...tally, documents: kept.documents.length, consignments };
}

function arrivalOf(o: AcceptParts, { facts, found }: BatchInstance, path: string) {
  return {
    origin: BY_HAND,
    facts,
    instance: {
      path: relative(o.folder, path),
      sha256: found.sha256,
      size_bytes: found.sizeBytes,
      data_offset: found.dataSetOffset,
      sop_class: found.header.sopClassUid,
      sop_uid: found.header.sopInstanceUid,
      series_uid: found.header.seriesInstanceUid,
      study_uid: facts.study_uid,
      transfer_syntax: found.header.transferSyntaxUid,
    },
  };
}

const NO_DICOM = {
  ...{ data_offset: 0, sop_class: '', sop_uid: '', series_uid: '', transfer_syntax: '', state: 'stored' },
};

type DocumentItem = Pick<NewItem, 'kind' | 'path' | 'sha256' | 'size_bytes' | 'media_type' | 'name'>;

function documentsOf({ documents, comment }: KeptStudy): DocumentItem[] {
  const found = documents.map(({ thing: { found: file }, path }): DocumentItem => {
    const { sha256: hash, sizeBytes, mediaType, name } = file;
    return { kind: 'document', path, sha256: hash, size_bytes: sizeBytes, media_type: mediaType, name };
  });
  if (!comment) return found;
  const { thing: text, path } = comment;
  const said = { sha256: sha256(text), size_bytes: Buffer.byteLength(text), media_type: 'text/plain', name: '' };
  return [...found, { kind: 'comment', path, ...said }];
}

/**
 * Brings the study to where one stands whose items are all consigned. What was held stays so, and what is held for two
 * patients under its UID (F14) too: the reason, for its consignments to wait with it.
 */
function standing(o: AcceptParts, study: StudyRow, isTwoPatients: boolean): { code: string; message: string } | null {
  const { studies } = o.store;
  const now_ms = o.now();
  if (study.state === 'held') return { code: study.code!, message: study.reason ?? '' };
  if (study.state === 'discarded') studies.move(study.id, { state: 'arriving' }, now_ms);
  if (isTwoPatients) {
    const error = new RohrpostError('receive-conflicting-patient');
    studies.move(study.id, { state: 'held', code: error.code, reason: error.message }, now_ms);
    return error;
  }
  if (study.state === 'discarded') {
    studies.move(study.id, { state: 'settled' }, now_ms);
    studies.move(study.id, { state: 'routed' }, now_ms);
  }
  return null;
}

/** Nothing is sent twice: only what of this study is not on its way to the partner, or there, already. */
function address(
  o: AcceptParts,
  { by, urgent }: Decided,
  studyId: string,
  partner: Partner,
  itemIds: readonly string[],
  because: { code: string; message: string } | null,
): SentStudy['consignments'] {
  const before = o.store.consignments
    .ofStudy(studyId)
    .filter(({ partner_id, state }) => partner_id === partner.id && !['discarded', 'refused'].includes(state));
  const has = new Set(before.flatMap(({ id }) => o.store.items.ofConsignment(id).map((item) => item.id)));
  const fresh = itemIds.filter((id) => !has.has(id));
  if (fresh.length === 0) {
    return before.slice(-1).map(({ id, state, code }) => ({ id, partner: partner.id, state, code, already: true }));
  }
  const row = consign(
    { consignments: o.store.consignments, now: o.now, steady: o.steady },
    { studyId, partner, itemIds: fresh, urgent, because },
  );
  const sent = { code: 'operator-sent', reason: errorText('operator-sent', 'en', { by }) };
  o.store.history.note({ entity: 'consignment', rowId: row.id, state: row.state, ...sent, now_ms: o.now() });
  return [{ id: row.id, partner: partner.id, state: row.state, code: row.code, already: false }];
}
