import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Partner, Settings } from '../../src/config/schema.ts';
import { type ErrorCode, RohrpostError } from '../../src/core/errors.ts';
import { newId, sha256 } from '../../src/core/ids.ts';
import type { Header } from '../../src/dicom/header.ts';
import type { StoreOutcome } from '../../src/dicom/scu.ts';
import { acknowledgeStation } from '../../src/inbound/acknowledge.ts';
import { admitStation } from '../../src/inbound/admit.ts';
import { answers } from '../../src/inbound/answers.ts';
import { intake } from '../../src/inbound/collect.ts';
import { deliverStation } from '../../src/inbound/deliver.ts';
import { incompleteStation } from '../../src/inbound/incomplete.ts';
import { joinStation } from '../../src/inbound/join.ts';
import { openStation } from '../../src/inbound/open.ts';
import { unpackStation } from '../../src/inbound/unpack.ts';
import { followItem, followSet } from '../../src/line/deliveries.ts';
import { layout } from '../../src/share/layout.ts';
import type { Share } from '../../src/share/share.ts';
import type { OpenResult } from '../../src/workers/open.ts';
import type { UnpackedItem, UnpackResult } from '../../src/workers/unpack.ts';
import { manualClock } from '../support/clock.ts';
import { openTestLog, run, settled, type TestConveyor } from '../support/line.ts';
import { testSettings } from '../support/settings.ts';
import { temporaryStore } from '../support/store.ts';

export interface Content {
  kind: 'instance' | 'document';
  sop?: string;
  series?: string;
  study?: string;
  patient?: string;
  bytes: string;
}

/** What the kits would find in a mail; the "mail file" is this as JSON. */
export interface FakeMail {
  from: string;
  messageId: string;
  set?: { setId: string; part: number; total: number } | null;
  contents?: Content[];
  signedDaysAgo?: number;
  receiptTo?: boolean;
  /** What opening finds instead of content. */
  opens?: OpenResult;
  receipts?: UnpackResult['receipts'];
  damaged?: ErrorCode;
  /** A fragment of the mail whose JSON text was cut. */
  fragment?: { id: string; number: number; total: number | null; text: string };
}

export const image = (n: number, more: Partial<Content> = {}): Content => ({
  ...{ kind: 'instance', sop: `1.2.3.1.1.${n}`, series: '1.2.3.1.1', study: '1.2.3.1' },
  ...{ patient: 'TEST-0001', bytes: `pixels of ${n}`, ...more },
});

export const pdf = (name: string, study = ''): Content => ({ kind: 'document', study, bytes: `document ${name}` });

/** Mails of one set, one object each. */
export function classic(contents: readonly Content[], o: { from?: string; setId?: string } = {}): FakeMail[] {
  const { from = 'klinik', setId = 'set-1' } = o;
  return contents.map((content, index) => ({
    from,
    messageId: `<${setId}.${index + 1}@${from}.example>`,
    set: { setId, part: index + 1, total: contents.length },
    contents: [content],
  }));
}

/** The whole inbound line on a real database, with kits that only pretend. */
export function inbox(given: { partners?: object[]; targets?: object[] } = {}) {
  const { store, folder } = temporaryStore();
  for (const name of ['inbox', 'work', 'instances']) mkdirSync(join(folder, 'spool', name), { recursive: true });
  const clock = manualClock();
  const log = openTestLog();
  const time = { now: () => clock.now(), steady: () => clock.steady() };
  const partners = given.partners ?? [{ id: 'klinik' }];
  const pacs = { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: 104, ae_title: 'PACS' };
  const targets = given.targets ?? [pacs];
  const state = {
    settings: testSettings({ partners, targets } as Parameters<typeof testSettings>[0]) as Settings,
    /** What the PACS says of an object; by its SOP UID. */
    pacs: (_sop: string, _target: string): Omit<StoreOutcome, 'id'> => ({ kind: 'accepted' }),
    /** A reason for which the whole association fails. */
    away: null as RohrpostError | null,
    /** The PACS has the object and never says so. */
    hangs: false,
    /** The thread that does this dies in the middle of its writing, once. */
    threadDies: null as 'open' | 'unpack' | null,
    ownKey: true,
    clockTrusted: true,
    mailServer: (_messageId: string): 'accepted' | 'later' => 'accepted',
    putFails: (_name: string): boolean => false,
    beforePut: async () => {},
    markerFails: false,
  };
  /** What reached a target: `target sop`, as often as it did. */
  const delivered: string[] = [];
  const trips: number[] = [];
  const share = new Map<string, string>();
  const answered: { to: string; original: string; disposition: string; code: string | null }[] = [];
  const learned: string[] = [];
  const unknown: string[] = [];
  /** Targets at which something else lay under the name of a file. */
  const renamed: string[] = [];
  const partner = (id: string) => state.settings.partners.find((one) => one.id === id);

  const dieIn = (thread: 'open' | 'unpack', ...paths: string[]) => {
    if (state.threadDies !== thread) return;
    state.threadDies = null;
    for (const path of paths) writeFileSync(path, 'half of it');
    throw new RohrpostError('worker-died', { details: { reason: 'out of memory' } });
  };
  const answersOf = answers({
    ...store,
    ...time,
    followParts: () => {},
    sendsReceipts: (id) => (partner(id)?.receipts.send ?? 'none') !== 'none',
    learn: (id, accepts) => learned.push(`${id} ${accepts}`),
    unknown: (id, original) => unknown.push(`${id} ${original}`),
    messageId: (id) => `<${id}@a.example>`,
    log,
  });
  const follow = { ...store, owe: answersOf.owe, now: time.now };

  const open = openStation({
    mails: store.mails,
    folder,
    open: async (job) => {
      dieIn('open', job.out, `${job.out}.signed.x.tmp`);
      return openFake(job, clock.now());
    },
    ownKey: async () => {
      if (!state.ownKey) throw new RohrpostError('own-key-missing');
      return {} as never;
    },
    partners: async () => state.settings.partners.map(({ id }) => ({ id })) as never,
    acceptsUnsigned: (id) => partner(id)?.receipts.accept_unsigned ?? false,
    answers: answersOf,
    clockTrusted: () => state.clockTrusted,
    ...time,
  });
  const join_ = joinStation({ mails: store.mails, folder, join: joinFake, ...time });
  const unpack = unpackStation({
    ...store,
    ...time,
    folder,
    unpack: async (job) => {
      dieIn('unpack', join(job.folder, `${job.prefix}x`));
      return unpackFake(job);
    },
    answers: answersOf,
    asItArrives: (id) => partner(id)?.deliver === 'as_it_arrives',
    learn: (id, accepts) => learned.push(`${id} ${accepts}`),
  });
  const admit = admitStation({
    ...store,
    ...time,
    folder,
    partner,
    targets: (profile: Partner) =>
      state.settings.targets.filter(({ id, default: isDefault }) =>
        profile.targets.length > 0 ? profile.targets.includes(id) : isDefault,
      ),
    readHeader: async (path) => headerOf(JSON.parse(readFileSync(path, 'utf8')) as Content),
    followDeliveries: (setRow) => followSet(follow, setRow),
  });
  const deliver = deliverStation({
    ...store,
    ...time,
    folder,
    renamed: ({ target_id }) => void renamed.push(target_id),
    target: (id) => state.settings.targets.find((target) => target.id === id),
    store: async (target, instances, { onOutcome, signal }) => {
      trips.push(instances.length);
      for (const { id, path } of instances) {
        if (state.away) {
          onOutcome({ id, kind: 'not-sent' });
          continue;
        }
        const { sop } = JSON.parse(readFileSync(path, 'utf8')) as Content;
        const outcome = state.pacs(sop!, target.id);
        if (outcome.kind === 'accepted' || outcome.kind === 'warning' || outcome.kind === 'unknown') {
          delivered.push(`${target.id} ${sop}`);
        }
        if (state.hangs) {
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        }
        onOutcome({ id, ...outcome } as StoreOutcome);
      }
      return state.away ? { error: state.away } : {};
    },
    openShare: async () => fakeShare(share, state),
    layout,
    followItem: (itemId) => followItem(follow, itemId),
  });
  const acknowledge = acknowledgeStation({
    receipts: store.receipts,
    partner,
    compose: async (row, to) => {
      const path = join(folder, 'spool', 'work', `receipt-${row.id}`);
      const { original_message_id: original, disposition, error_code: code } = row;
      writeFileSync(path, JSON.stringify({ to: to.id, original, disposition, code }));
      return { path, sizeBytes: 1 };
    },
    way: async () => ({
      sender: {
        send: async ({ path, from }) => {
          if (from !== '') throw new Error('a receipt has the null sender');
          const receipt = JSON.parse(readFileSync(path, 'utf8'));
          if (state.mailServer(receipt.original) === 'later') {
            return { kind: 'failed', error: new RohrpostError('transport-refused-later') };
          }
          answered.push(receipt);
          return { kind: 'accepted', response: '250 ok' };
        },
        limit: async () => null,
        close: async () => {},
      },
    }),
    now: time.now,
  });
  const stations = [
    ...[open, join_, unpack, incompleteStation({ sets: store.sets, steady: time.steady })],
    ...[admit, deliver, acknowledge],
  ];
  const take = intake({ mails: store.mails, folder, clock, wake: () => {} });
  let conveyor: TestConveyor = run(store, clock, stations, { log });

  /** Until nothing happens any more, though something may be under way. */
  const quiet = async () => {
    for (let n = 0; n < 10; n++) {
      conveyor.wake();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  /** A mail comes in and is recorded; nothing works on it yet. */
  const arrive = async (mail: FakeMail, source: 'imap' | 'smtp' = 'smtp') => {
    const path = join(folder, 'spool', 'inbox', `${newId()}.eml`);
    const text = JSON.stringify(mail);
    writeFileSync(path, text);
    const { messageId } = mail;
    await take.take({ source, mailboxKey: null, messageId, path, sizeBytes: text.length, sha256: sha256(text) });
  };
  return {
    ...{
      store,
      folder,
      clock,
      log,
      state,
      delivered,
      trips,
      share,
      renamed,
      answered,
      learned,
      unknown,
      arrive,
      take,
      quiet,
    },
    /** Mails come in, one after the other, and all that follows happens. */
    receive: async (...mails: FakeMail[]) => {
      for (const mail of mails) {
        await arrive(mail);
        await settled(store, conveyor);
      }
    },
    pass: async (ms = 0) => {
      clock.advance(ms);
      await settled(store, conveyor);
    },
    /** kill -9 and start again: what was under way is never written; the next boot frees what was owned. */
    kill: async () => {
      conveyor = run(store, clock, stations, { log });
      await settled(store, conveyor);
    },
    set: (setId = 'set-1', from = 'klinik') => store.sets.find(from, setId)!,
    study: (uid = '1.2.3.1', from = 'klinik') => store.studies.find('in', from, uid)!,
    files: (name: 'inbox' | 'work' | 'instances') =>
      readdirSync(join(folder, 'spool', name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    release: (setId = 'set-1', from = 'klinik') => {
      const { id } = store.sets.find(from, setId)!;
      store.sets.setReleased(id);
      store.sets.move(id, { state: 'ready', due_ms: clock.steady() }, clock.now());
    },
  };
}

function openFake(job: { path: string; out: string; partners: readonly { id: string }[] }, now_ms: number): OpenResult {
  const mail = JSON.parse(readFileSync(job.path, 'utf8')) as FakeMail;
  if (mail.opens) return mail.opens;
  if (!job.partners.some(({ id }) => id === mail.from)) return { kind: 'unknown-sender' };
  const partnerId = mail.from;
  const receiptTo = mail.receiptTo ?? true;
  if (mail.fragment) {
    const { id, number, total } = mail.fragment;
    return { kind: 'fragment', partnerId, id, number, total };
  }
  if (mail.damaged) return { kind: 'refused', partnerId, receiptTo, code: mail.damaged, details: {} };
  writeFileSync(job.out, JSON.stringify(mail), { flag: 'wx' });
  const signedAtMs = now_ms - (mail.signedDaysAgo ?? 0) * 86_400_000;
  return { kind: 'content', partnerId, signer: `KEY-${partnerId}`, signedAtMs, receiptTo };
}

async function joinFake(paths: readonly string[], out: string) {
  const texts = paths.map((path) => (JSON.parse(readFileSync(path, 'utf8')) as FakeMail).fragment!.text);
  writeFileSync(out, texts.join(''));
  return { sizeBytes: texts.join('').length, messageId: (JSON.parse(texts.join('')) as FakeMail).messageId };
}

function unpackFake(job: { path: string; folder: string }): UnpackResult {
  const mail = JSON.parse(readFileSync(job.path, 'utf8')) as FakeMail;
  const items = (mail.contents ?? []).map((content): UnpackedItem => {
    const path = join(job.folder, newId());
    writeFileSync(path, JSON.stringify(content));
    const isInstance = content.kind === 'instance';
    return {
      ...{ kind: content.kind, path, sizeBytes: JSON.stringify(content).length, sha256: sha256(content.bytes) },
      ...{ dataOffset: 0, sopClass: isInstance ? '1.2.840.10008.5.1.4.1.1.2' : '', sopUid: content.sop ?? '' },
      ...{ seriesUid: content.series ?? '', studyUid: content.study ?? '', transferSyntax: '', name: '' },
      // As foreign senders write it: RFC 2045 §5.1 knows no case, and parameters.
      mediaType: isInstance ? 'application/dicom' : 'Application/PDF; charset=binary',
    };
  });
  return { fields: mail.set ?? null, items, receipts: mail.receipts ?? [], accepts: 'batch' };
}

function headerOf(content: Content): Header {
  const patient = content.patient ?? '';
  return {
    ...{ studyInstanceUid: content.study, seriesInstanceUid: content.series, sopInstanceUid: content.sop },
    ...{ patientId: patient, patientName: `Testperson^${patient}`, patientBirthDate: '', patientSex: '' },
    ...{ accessionNumber: '', studyDate: '20261120', studyTime: '', studyDescription: '', modality: 'CT' },
  } as Header;
}

function fakeShare(
  files: Map<string, string>,
  state: { putFails(name: string): boolean; beforePut(): Promise<void>; markerFails: boolean },
): Share {
  return {
    ...{ engine: 'fake', protection: 'local' },
    put: async ({ source, folder, name }) => {
      await state.beforePut();
      if (state.putFails(name)) throw new RohrpostError('share-away', { details: { reason: 'gone' } });
      const content = readFileSync(source, 'utf8');
      const isTaken = (files.get([...folder, name].join('/')) ?? content) !== content;
      const free = isTaken ? `beside-${name}` : name;
      files.set([...folder, free].join('/'), content);
      return { outcome: isTaken ? 'renamed' : 'written', name: free };
    },
    putMarker: async (folder, name, text) => {
      if (state.markerFails) throw new RohrpostError('share-away', { details: { reason: 'gone' } });
      files.set([...folder, name].join('/'), text);
    },
    test: async () => ({ words: 'fine' }),
    close: async () => {},
  };
}
