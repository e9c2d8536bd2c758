import { lstat, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError, reasonOf } from '../core/errors.ts';
import { hashFile, ifThere, isDiskError, makeFolder, removeFile, syncFolder, writeDurably } from '../core/files.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { repeat } from '../core/repeat.ts';
import { readPart10 } from '../dicom/part10.ts';
import { isUid } from '../dicom/uids.ts';
import { endsWhole } from '../dicom/whole.ts';
import { BY_HAND } from '../line/consign.ts';
import { fromPartner, UPLOADED } from '../line/places.ts';
import { followParts } from '../line/progress.ts';
import { confirmWithin_ms, targetsOf } from '../line/rules.ts';
import { factsOf } from '../line/study-facts.ts';
import { readHead } from '../mail/read.ts';
import { type Arrival, addInstance, enter, isOtherPatient } from '../outbound/enter.ts';
import type { Store } from '../store/store.ts';
import { filesUnder, UNCLAIMED_FOLDER } from './spool.ts';

// F68: a ledger that is older than what the box has done (restored from a copy, cut short, made anew after damage) knows neither
// what has been sent since nor what has come since. So nothing that waits in it goes on by itself, and no file in the spool that
// it does not name is taken for an orphan: each is entered again and held, for a person to decide.

/** Remembers, outside of the ledger, how far it had come. */
const MARK_FILE = 'ledger-age.json';
/** Files that a ledger in doubt did not name; those that it names by now stay where they are. */
const FOUND = 'found';

interface DoubtParts {
  folder: string;
  store: Store;
  settings(): Settings;
  clock: Clock;
  log: Log;
}

/**
 * Looks whether the ledger is older than it was when it was seen last. If so, whatever would leave or be delivered next is held,
 * and files that the ledger does not name are put where `adoptFound` looks for them. Call it before the spool is swept.
 * INVARIANT: killed at any moment, it is done again as a whole.
 */
export async function settleDoubt(o: DoubtParts): Promise<void> {
  const { folder, store, clock, log } = o;
  const seen = await lastSeen(folder, log);
  const age = store.age();
  if (seen === null || age >= seen) return;
  const { code, message } = new RohrpostError('ledger-older');
  const rows = store.transaction(() => {
    const { rows, consignments } = store.doubt.holdAll({ code, reason: message, now_ms: clock.now() });
    for (const id of consignments) followParts({ ...store, ...timesOf(o) }, id);
    return rows;
  });
  const files = await putFound(folder, store.overview.paths());
  log.error('ledger older than what was done', { code, age, seen, rows, files });
  await see(folder, store.age());
}

function timesOf(o: DoubtParts) {
  return {
    now: () => o.clock.now(),
    steady: () => o.clock.steady(),
    confirmWithin_ms: (partner: string) => confirmWithin_ms(o.settings(), partner),
  };
}

/** Says beforehand that the next ledger of this folder is older than what was done: the one before was put aside. */
export const expectOlder = (folder: string) => see(folder, Number.MAX_SAFE_INTEGER);

const see = (folder: string, age: number) => writeDurably(join(folder, MARK_FILE), `${JSON.stringify({ age })}\n`);

async function lastSeen(folder: string, log: Log): Promise<number | null> {
  const text = await ifThere(readFile(join(folder, MARK_FILE), 'utf8'));
  if (text === null) return null;
  try {
    const { age } = JSON.parse(text);
    if (typeof age === 'number') return age;
  } catch {
    // Told below.
  }
  log.warn('age of the ledger not readable', { file: MARK_FILE });
  return null;
}

/** Keeps the mark up with the ledger, some seconds behind it, and to the very row once everything else has stopped. */
export function startMark({ folder, store, clock, log }: Omit<DoubtParts, 'settings'>): { stop(): Promise<void> } {
  let seen = -1;
  const keepUp = async () => {
    const age = store.age();
    if (age === seen) return;
    await see(folder, age);
    seen = age;
  };
  const told = (error: unknown) => log.error('age of the ledger not kept', { reason: reasonOf(error) });
  const keeping = repeat(() => keepUp().catch(told), { clock, pause_ms: lineLimits.mark_ms, atOnce: true });
  return {
    stop: async () => {
      await keeping.stop();
      await keepUp().catch(told);
    },
  };
}

/** Renames what no row names; empty files are spares (outbound/spare-files.ts), which stay for the sweep. */
async function putFound(folder: string, needed: ReadonlySet<string>): Promise<number> {
  const spool = join(folder, 'spool');
  let files = 0;
  const changed = new Set<string>();
  for (const kind of ['instances', 'inbox']) {
    for (const path of await filesUnder(join(spool, kind))) {
      if (needed.has(relative(folder, path)) || (await lstat(path)).size === 0) continue;
      const to = join(spool, FOUND, relative(spool, path));
      await makeFolder(dirname(to));
      await rename(path, to);
      changed.add(dirname(path)).add(dirname(to));
      files++;
    }
  }
  for (const each of changed) await syncFolder(each);
  return files;
}

/**
 * Enters what `settleDoubt` has found, beside the work of the box: instances into studies and deliveries that are held, mails as if
 * they had just come. What was entered by an earlier start is named by its row, so a crash costs nothing.
 */
export function adoptFound(o: DoubtParts & { wake(): void }): { stop(): Promise<void>; readonly done: Promise<void> } {
  const { folder, store, log } = o;
  const stopping = new AbortController();
  const run = async () => {
    const paths = await filesUnder(join(folder, 'spool', FOUND));
    if (paths.length === 0) return;
    const named = store.overview.paths();
    const count = { entered: 0, known: 0, unclaimed: 0 };
    for (const path of paths) {
      if (stopping.signal.aborted) return;
      if (!named.has(relative(folder, path))) count[await adopt(o, path)]++;
    }
    if (count.entered + count.known + count.unclaimed === 0) return;
    log.warn('found in the spool', count);
    o.wake();
  };
  const done = run().catch((error) => log.error('found files not entered', { reason: reasonOf(error) }));
  return {
    done,
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

/** What became of a file: a row names it now; a row knew its content, and it is gone; nobody can say whose it is. */
type Fate = 'entered' | 'known' | 'unclaimed';

async function adopt(o: DoubtParts, path: string): Promise<Fate> {
  const [kind, , place] = relative(join(o.folder, 'spool', FOUND), path).split(sep);
  const fate = kind === 'inbox' ? await adoptMail(o, path) : await adoptInstance(o, path, place!);
  if (fate === 'known') await removeFile(path);
  if (fate === 'unclaimed') {
    const folder = join(o.folder, UNCLAIMED_FOLDER);
    await makeFolder(folder);
    await rename(path, join(folder, basename(path)));
  }
  return fate;
}

/** The ledger of mails and sets tells whether it is a repeat. */
async function adoptMail(o: DoubtParts, path: string): Promise<Fate> {
  const [sha256, { size: sizeBytes }, head] = await Promise.all([hashFile(path), lstat(path), readHead(path)]);
  o.store.mails.add({
    ...{ source: 'found', mailboxKey: null, sha256, sizeBytes, path: relative(o.folder, path) },
    messageId: head.get('Message-ID') ?? `<${sha256}@no-message-id.invalid>`,
    ...{ now_ms: o.clock.now(), due_ms: o.clock.steady() },
  });
  return 'entered';
}

/** @param place the name of the file, or of the folder in its day's folder */
async function adoptInstance(o: DoubtParts, path: string, place: string): Promise<Fate> {
  const file = await readPart10(path).catch((error: unknown) => {
    if (error instanceof RohrpostError && !isDiskError(error)) return null;
    throw error;
  });
  // Half an object was never answered with success; a document alone says nothing of whose it is.
  if (!file || !isUid(file.header.studyInstanceUid) || !(await endsWhole(path, file))) return 'unclaimed';
  const partner = o.settings().partners.find(({ id }) => place === fromPartner(id));
  const arrival: Arrival = {
    origin: place === UPLOADED ? BY_HAND : file.receivingAe || BY_HAND,
    facts: factsOf(file.header, { studyUid: file.header.studyInstanceUid, callingAe: file.sourceAe }),
    instance: {
      path: relative(o.folder, path),
      sha256: await hashFile(path, file.dataSetOffset),
      size_bytes: file.sizeBytes,
      data_offset: file.dataSetOffset,
      sop_class: file.sopClassUid,
      sop_uid: file.sopInstanceUid,
      series_uid: file.header.seriesInstanceUid,
      study_uid: file.header.studyInstanceUid,
      transfer_syntax: file.transferSyntaxUid,
    },
  };
  if (partner) return o.store.transaction(() => enterInbound(o, partner, arrival));
  // From a partner that is in the settings no more.
  if (place.startsWith(fromPartner(''))) return 'unclaimed';
  return o.store.transaction(() => enterOutbound(o, arrival));
}

/** It may have been sent already: its study waits for a person. */
function enterOutbound({ store, clock }: DoubtParts, arrival: Arrival): Fate {
  const now_ms = clock.now();
  const entry = enter({ store }, arrival, { now_ms, open_since_ms: clock.steady(), birth: 'arriving' });
  const { id, aborted } = entry.study;
  // No association brought it.
  store.studies.setAborted(id, aborted === 1);
  if (entry.as === 'known' || (entry.as === 'contradiction' && !entry.isNew)) return 'known';
  const { state } = store.studies.get(id)!;
  if (state === 'discarded') store.studies.move(id, { state: 'arriving' }, now_ms);
  if (state !== 'held') {
    const isConflict = isOtherPatient(entry.study, arrival.facts);
    const { code, message } = new RohrpostError(isConflict ? 'receive-conflicting-patient' : 'ledger-found');
    store.studies.move(id, { state: 'held', code, reason: message }, now_ms);
  }
  return 'entered';
}

/** It may have been delivered already: its deliveries wait for a person. */
function enterInbound(o: DoubtParts, partner: Settings['partners'][number], arrival: Arrival): Fate {
  const { store } = o;
  const { facts, instance } = arrival;
  const now_ms = o.clock.now();
  const targets = targetsOf(o.settings(), partner);
  if (targets.length === 0) return 'unclaimed';
  const add = { direction: 'in', origin: partner.id, facts, state: 'received', lane: partner.id, now_ms } as const;
  const study = store.studies.find('in', partner.id, facts.study_uid) ?? store.studies.add(add);
  const twins = store.items.withSopUid(study.id, instance.sop_uid).filter((i) => i.series_uid === instance.series_uid);
  if (twins.some(({ sha256 }) => sha256 === instance.sha256)) return 'known';
  if (twins.length > 0 || isOtherPatient(study, facts)) return 'unclaimed';
  const itemId = addInstance({ store }, study.id, arrival, { state: 'stored', now_ms });
  store.studies.touch(study.id, { now_ms, open_since_ms: null, modality: facts.modality });
  const { code, message } = new RohrpostError('ledger-found');
  for (const { id: targetId } of targets) {
    store.deliveries.add({ itemId, studyId: study.id, targetId, urgent: false, due_ms: o.clock.steady(), now_ms });
  }
  for (const { id } of store.deliveries.ofItem(itemId)) {
    store.deliveries.move(id, { state: 'held', code, reason: message }, now_ms);
  }
  return 'entered';
}
