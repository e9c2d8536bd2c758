import type { Partner, Settings } from '../config/schema.ts';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { sha256 } from '../core/ids.ts';
import { repeat } from '../core/repeat.ts';
import { uploadLimits } from '../core/upload-limits.ts';
import type { Store } from '../store/store.ts';
import type { StudyFacts } from '../store/studies.ts';
import { accept, type DecidedStudy, type Sent } from './upload-accept.ts';
import { type Batch, batchOf, type Look, lookOf, STILL_LOOKING } from './upload-look.ts';
import { openShelf, type Shelf, type ShelfParts, type Upload } from './upload-shelf.ts';
import { type SurveyorParts, surveyor } from './upload-survey.ts';

export type { Sent } from './upload-accept.ts';
export type { Look } from './upload-look.ts';
export type { Upload } from './upload-shelf.ts';

export interface UploadParts extends ShelfParts, SurveyorParts {
  store: Pick<Store, 'studies' | 'items' | 'consignments' | 'history' | 'transaction'>;
  settings(): Settings;
  wake(): void;
}

/** What a person decided about files that were uploaded. */
export interface Order {
  uploads: readonly string[];
  partners: readonly string[];
  urgent: boolean;
  /** Which of the studies go, by Study Instance UID; all, where it is left out. */
  studies?: readonly string[] | undefined;
  /** Which of the documents go, by their keys; all, where it is left out. */
  documents?: readonly string[] | undefined;
  /** Where documents belong: a Study Instance UID among the files, or the id of a study that is here. */
  study?: string | undefined;
  comment?: string | undefined;
}

/**
 * Station "receive", the other door: files that a person brings → items of studies, and at once consignments to the partners
 * that the person chose.
 */
export interface Uploads extends Pick<Shelf, 'begin' | 'find' | 'append' | 'remove'> {
  /** What is in these uploads. @throws RohrpostError upload-unknown, upload-incomplete, disk-… */
  look(ids: readonly string[], by: string): Promise<Look>;
  /**
   * Accepts the uploads and sends what is in them; they are gone then. Who asks again with the same order gets the same
   * answer, and nothing happens (`isNew` is false).
   * @throws RohrpostError upload-unknown, upload-incomplete, upload-in-use, send-…, store-no-such-row, disk-…
   */
  send(order: Order, by: string): Promise<{ sent: Sent; isNew: boolean }>;
  close(): Promise<void>;
}

export async function openUploads(o: UploadParts): Promise<Uploads> {
  const shelf = await openShelf(o);
  const surveys = surveyor(o, shelf);
  const stopping = new AbortController();
  const answers = new Map<string, Sent>();
  const inUse = new Set<string>();
  const clearing = new Set<Promise<void>>();

  const sweep = () =>
    shelf
      .sweep()
      .catch((error) => o.log.error('uploads not swept', { code: asRohrpostError(error, 'disk-error').code }));
  const sweeping = repeat(sweep, { clock: o.clock, pause_ms: uploadLimits.sweep_ms });
  const noteWhole = (upload: Upload) => {
    if (upload.offset_bytes === upload.length_bytes) void surveys.of(upload).catch(() => {});
    return upload;
  };
  /** The files go while others work on; one that a crash leaves is swept within a day. */
  const clear = (uploads: readonly Upload[]) => {
    const gone = shelf
      .clear(uploads)
      .catch((error) => o.log.warn('uploads not removed', { code: asRohrpostError(error, 'disk-error').code }));
    clearing.add(gone);
    void gone.finally(() => clearing.delete(gone));
  };
  const sendNow = async (order: Order, by: string): Promise<Sent> => {
    const partners = partnersOf(o.settings(), order.partners);
    const uploads = shelf.whole(order.uploads, by);
    if (uploads.some(({ id }) => inUse.has(id))) throw new RohrpostError('upload-in-use');
    for (const { id } of uploads) inUse.add(id);
    try {
      const opened = await surveys.all(uploads);
      const studies = decide(o, order, batchOf(opened));
      if (o.roomLeft() <= 0) throw new RohrpostError('disk-full', { details: { free_bytes: 0 } });
      const time = { now: () => o.clock.now(), steady: () => o.clock.steady() };
      const sent = await accept({ ...o, ...time }, { by, partners, urgent: order.urgent, studies });
      clear(uploads);
      o.wake();
      return sent;
    } finally {
      for (const { id } of uploads) inUse.delete(id);
    }
  };

  return {
    begin: async (card) => noteWhole(await shelf.begin(card)),
    find: shelf.find,
    append: async (id, by, piece) => noteWhole(await shelf.append(id, by, piece)),
    remove: async (id, by) => {
      if (inUse.has(id)) throw new RohrpostError('upload-in-use');
      surveys.end(await shelf.find(id, by));
      await shelf.remove(id, by);
    },
    look: async (ids, by) => {
      const uploads = shelf.whole(ids, by);
      const ready = surveys.all(uploads);
      const late = new AbortController();
      const waited = o.clock.sleep(uploadLimits.look_ms, late.signal).catch(() => {});
      const opened = await Promise.race([ready, waited]).finally(() => late.abort());
      if (opened) return lookOf(batchOf(opened), o.store.studies);
      void ready.catch(() => {});
      return { ...STILL_LOOKING, pending: surveys.pending(uploads) };
    },
    send: async (order, by) => {
      const key = sha256(JSON.stringify([by, order]));
      const before = answers.get(key);
      if (before) return { sent: before, isNew: false };
      const sent = await sendNow(order, by);
      answers.set(key, sent);
      if (answers.size > uploadLimits.answers_kept) answers.delete(answers.keys().next().value!);
      return { sent, isNew: true };
    },
    close: async () => {
      stopping.abort();
      surveys.close();
      await shelf.close();
      await Promise.all([sweeping.stop(), ...clearing]);
    },
  };
}

function partnersOf(settings: Settings, ids: readonly string[]): Partner[] {
  return [...new Set(ids)].map((id) => {
    const partner = settings.partners.find((candidate) => candidate.id === id);
    if (!partner) throw new RohrpostError('send-partner-unknown', { details: { partner: id } });
    return partner;
  });
}

/** Which studies go with which documents. Nothing is guessed: where a choice is open, the person has to make it. */
function decide(o: UploadParts, order: Order, batch: Batch): DecidedStudy[] {
  const uids = chosen(order.studies, [...batch.studies.keys()]);
  const keys = new Set(
    chosen(
      order.documents,
      batch.documents.map(({ key }) => key),
    ),
  );
  const documents = batch.documents.filter(({ key }) => keys.has(key));
  const { documents: maximum } = uploadLimits;
  if (documents.length > maximum) throw new RohrpostError('send-too-many-documents', { details: { maximum } });
  if (uids.length === 0 && documents.length === 0) throw new RohrpostError('send-nothing');
  const comment = plain(order.comment ?? '');
  const studies = uids.map((uid): DecidedStudy => {
    const instances = batch.studies.get(uid)!;
    return { facts: instances[0]!.facts, instances, documents: [], comment };
  });
  if (documents.length === 0) return studies;
  const home = order.study ?? (uids.length === 1 ? uids[0]! : undefined);
  if (home === undefined) throw new RohrpostError('send-document-study');
  const among = studies.find(({ facts }) => facts.study_uid === home);
  if (among) return studies.map((study) => (study === among ? { ...study, documents } : study));
  return [...studies, { facts: factsOfRow(o, home), instances: [], documents, comment }];
}

/** A comment as it goes to the partner: lines that end as mails want them, and nothing that is no text. */
function plain(text: string): string {
  const lines = text.trim().split(/\r\n|\r|\n/);
  return lines.map((line) => line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')).join('\r\n');
}

function chosen(wanted: readonly string[] | undefined, there: readonly string[]): string[] {
  const what = wanted?.find((one) => !there.includes(one));
  if (what !== undefined) throw new RohrpostError('send-choice-unknown', { details: { what: what.slice(0, 80) } });
  return wanted ? [...new Set(wanted)] : [...there];
}

/** A study that is here, received or sent: what is known of it goes with its documents. */
function factsOfRow(o: UploadParts, id: string): StudyFacts {
  const row = o.store.studies.get(id);
  if (!row) throw new RohrpostError('store-no-such-row', { details: { id: id.slice(0, 40) } });
  const { study_uid, patient_name, patient_id, patient_birth_date, patient_sex } = row;
  const { accession_number, study_date, study_time, description, tags } = row;
  return {
    ...{ study_uid, patient_name, patient_id, patient_birth_date, patient_sex },
    ...{ accession_number, study_date, study_time, description, tags, calling_ae: '', modality: '' },
  };
}
