import { closeSync, unlinkSync } from 'node:fs';
import { relative } from 'node:path';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { diskError, makeFolderSync, type NewFile } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import type { RefusalReason } from '../dicom/contract.ts';
import type { Admission, AssociationEnd, AssociationInfo, ReceivedInstance, StoreAnswer } from '../dicom/scp.ts';
import { instancesFolder } from '../line/places.ts';
import { isKnownCalledAe, routingFacts, type Way, wayOf } from '../line/rules.ts';
import { factsOf, tagsWith } from '../line/study-facts.ts';
import type { ItemTable } from '../store/items.ts';
import type { StudyFacts, StudyRow, StudyTable } from '../store/studies.ts';
import { type CommitRound, commitRound } from './commit-round.ts';
import { type Arrival, enter, isOtherPatient } from './enter.ts';
import { spareFiles } from './spare-files.ts';

/**
 * Station "receive": a modality's association → instance file durable, row committed, only then success.
 *
 * INVARIANT: a C-STORE is answered with success only when its bytes are in a flushed file and its row is committed, or when
 * the same bytes under the same UIDs already are (F02, F11).
 */
export interface Receiver {
  admit(association: AssociationInfo): Admission;
  canStore(): StoreAnswer | null;
  newFile(): NewFile;
  onInstance(instance: ReceivedInstance): Promise<StoreAnswer>;
  onEnd(end: AssociationEnd): void;
  /** Call it when nothing can arrive any more. */
  close(): Promise<void>;
}

export interface ReceiverParts {
  store: { studies: StudyTable; items: ItemTable; transaction<T>(work: () => T): T };
  settings(): Settings;
  /** The data folder; instances go to `spool/instances/DAY/`. */
  folder: string;
  /** Bytes that may still be written before the box must refuse; kept fresh by the box. */
  roomLeft(): number;
  allowed(association: AssociationInfo): boolean;
  /** Told of each association that is refused for its titles or its address. */
  turnedAway?(association: AssociationInfo, reason: RefusalReason): void;
  clock: Clock;
  log: Log;
  wake(): void;
}

type Marking = Pick<ReceiverParts, 'store' | 'settings' | 'clock'>;

/** DIMSE statuses of C-STORE (PS3.4 Table B.2-1). */
const SUCCESS = 0x0000;
const OUT_OF_RESOURCES = 0xa700;
const DATA_SET_DOES_NOT_MATCH = 0xa900;
const CANNOT_UNDERSTAND = 0xc000;
const WARNING_COERCION = 0xb000;

type Verdict = { answer: StoreAnswer; studyId?: string; keepFile: boolean; remark?: string };

export function receiver(o: ReceiverParts): Receiver {
  const round = commitRound(o.store.transaction);
  const spares = spareFiles(() => dayFolder(o));
  /** Which studies each open association has brought something for. */
  const touched = new Map<string, Set<string>>();
  return {
    admit: (association) => admit(o, association),
    canStore: () => (o.roomLeft() > 0 ? null : { status: OUT_OF_RESOURCES, comment: 'disk of the box is full' }),
    newFile: spares.take,
    onInstance: async (instance) => {
      const { answer, studyId } = await receive(o, round, instance);
      const { id } = instance.association;
      if (studyId) touched.set(id, (touched.get(id) ?? new Set()).add(studyId));
      return answer;
    },
    onEnd: (end) => {
      associationEnded(o, end, touched.get(end.association.id) ?? new Set());
      touched.delete(end.association.id);
    },
    close: spares.close,
  };
}

function admit(o: ReceiverParts, association: AssociationInfo): Admission {
  const reason = whyRefused(o, association);
  if (reason === null) return { accept: true };
  o.turnedAway?.(association, reason);
  return { accept: false, reason };
}

function whyRefused(o: ReceiverParts, association: AssociationInfo): RefusalReason | null {
  if (!isKnownCalledAe(o.settings(), association.calledAe)) return 'called-ae-unknown';
  return o.allowed(association) ? null : 'calling-ae-unknown';
}

function dayFolder(o: ReceiverParts): string {
  const folder = instancesFolder(o.folder, o.clock.now());
  makeFolderSync(folder);
  return folder;
}

async function receive(o: ReceiverParts, round: CommitRound, instance: ReceivedInstance): Promise<Verdict> {
  const { header } = instance;
  if (header && header.studyInstanceUid === '') {
    closeSync(instance.fd);
    unlinkSync(instance.path);
    return { answer: { status: DATA_SET_DOES_NOT_MATCH, comment: 'Study Instance UID is missing' }, keepFile: false };
  }
  let verdict: Verdict;
  try {
    verdict = await round.add(instance.fd, () => record(o, instance));
  } catch (error) {
    removeQuietly(instance.path);
    const why = diskError(error);
    o.log.error('instance not stored', { association: instance.association.id, code: why.code });
    throw why;
  }
  if (!verdict.keepFile) removeQuietly(instance.path);
  if (verdict.remark) {
    o.log.warn('instance remarkable', { association: instance.association.id, code: verdict.remark });
  }
  o.wake();
  return verdict;
}

/** Writes the rows of one instance; runs inside the round's transaction. */
function record(o: ReceiverParts, instance: ReceivedInstance): Verdict {
  const arrival = arrivalOf(o, instance);
  const at = { now_ms: o.clock.now(), open_since_ms: o.clock.steady(), birth: 'arriving' } as const;
  const entry = enter(o, arrival, at);
  const studyId = entry.study.id;
  switch (entry.as) {
    case 'known':
      return { answer: { status: SUCCESS }, studyId, keepFile: false };
    case 'contradiction':
      return { ...contradiction(o), studyId, keepFile: entry.isNew };
    case 'new': {
      const remark = schedule(o, entry.study, instance, arrival.facts);
      return { answer: { status: SUCCESS }, studyId, keepFile: true, remark };
    }
  }
}

/** Other bytes under a known UID are answered alike as often as they come (F12). */
function contradiction(o: ReceiverParts): Pick<Verdict, 'answer' | 'remark'> {
  const status = o.settings().dicom.duplicates === 'refuse' ? CANNOT_UNDERSTAND : WARNING_COERCION;
  return {
    answer: { status, comment: 'SOP instance is known with other content' },
    remark: 'receive-same-uid-other-bytes',
  };
}

/** Sets when the study is due, or holds it; returns the code of what is remarkable. */
function schedule(
  o: ReceiverParts,
  before: StudyRow,
  instance: ReceivedInstance,
  facts: StudyFacts,
): string | undefined {
  const { studies } = o.store;
  const now_ms = o.clock.now();
  if (before.state === 'held') return undefined;
  const hold = (code: 'receive-header-unreadable' | 'receive-conflicting-patient') => {
    studies.move(before.id, { state: 'held', code, reason: new RohrpostError(code).message }, now_ms);
    return code;
  };
  if (!instance.header) return hold('receive-header-unreadable');
  if (isOtherPatient(before, facts)) return hold('receive-conflicting-patient');
  // A settled study is about to be routed with all that is stored by then; a late image opens a routed one again.
  if (before.state === 'settled') return undefined;
  const way = wayOf(o.settings(), {
    ...routingFacts({
      ...before,
      modality: `${before.modality} ${facts.modality}`,
      tags: tagsWith(before.tags, facts.tags),
    }),
    callingAe: instance.association.callingAe,
  });
  const due_ms = way.urgent ? urgentDue(o, before) : dueOf(o, before, way, before.aborted === 1);
  if (before.state !== 'arriving') studies.move(before.id, { state: 'arriving' }, now_ms);
  studies.setDue(before.id, due_ms, way.urgent);
  return undefined;
}

/** Quiet time after the latest image, at most the cap after the first; the cap alone where images are known to be missing. */
function dueOf(o: Pick<ReceiverParts, 'clock'>, study: StudyRow, way: Way, aborted: boolean): number {
  const steady = o.clock.steady();
  const cap = (study.open_since_ms ?? steady) + way.cap_ms;
  return aborted ? cap : Math.min(cap, steady + way.quiet_ms);
}

/** Soon after the first image of a set, whatever came before it was known to be urgent. */
function urgentDue(o: ReceiverParts, study: StudyRow): number {
  return Math.min(study.due_ms ?? Number.POSITIVE_INFINITY, o.clock.steady() + lineLimits.urgent_gather_ms);
}

function arrivalOf(o: ReceiverParts, instance: ReceivedInstance): Arrival {
  const { header, association } = instance;
  // An object whose header cannot be read is kept, in a study of its own per association, for a person to look at (F19).
  const studyUid = header?.studyInstanceUid ?? `unreadable-${association.id}`;
  return {
    origin: association.calledAe,
    facts: factsOf(header, { studyUid, callingAe: association.callingAe }),
    instance: {
      path: relative(o.folder, instance.path),
      sha256: instance.sha256,
      size_bytes: instance.sizeBytes,
      data_offset: instance.dataSetOffset,
      sop_class: instance.sopClassUid,
      sop_uid: instance.sopInstanceUid,
      series_uid: header?.seriesInstanceUid ?? '',
      study_uid: header?.studyInstanceUid ?? '',
      transfer_syntax: instance.transferSyntaxUid,
    },
  };
}

/**
 * An association that broke off in the middle says that more was to come: what it brought is not sent as if complete before
 * the cap (F10). One that ends well afterwards, with the images sent again, takes the mark away.
 */
function associationEnded(o: ReceiverParts, end: AssociationEnd, studyIds: ReadonlySet<string>): void {
  const studies = [...studyIds].flatMap((id) => o.store.studies.get(id) ?? []);
  markEnded(o, studies, end.outcome !== 'released');
}

/**
 * What a killed box was receiving when it died is treated like a broken association: the modality had no success for the
 * rest and sends again. Call it at the start, before anything is due.
 */
export function markCutOff(o: Marking): void {
  markEnded(o, o.store.studies.cutOff(), true);
}

function markEnded(o: Marking, studies: readonly StudyRow[], aborted: boolean): void {
  o.store.transaction(() => {
    for (const study of studies) {
      o.store.studies.setAborted(study.id, aborted);
      if (study.state !== 'arriving' || study.aborted === Number(aborted)) continue;
      const way = wayOf(o.settings(), routingFacts(study));
      if (!way.urgent) o.store.studies.setDue(study.id, dueOf(o, study, way, aborted), false);
    }
  });
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The sweep at the next start finds it: no row names it.
  }
}
