import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target as DeliveryTarget, Partner } from '../../src/config/schema.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { newId, sha256 } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import type { Header } from '../../src/dicom/header.ts';
import { admitStation } from '../../src/inbound/admit.ts';
import { answers } from '../../src/inbound/answers.ts';
import { unpackStation } from '../../src/inbound/unpack.ts';
import type { Station } from '../../src/line/conveyor.ts';
import { followItem, followSet } from '../../src/line/deliveries.ts';
import { moves } from '../../src/line/states.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { WorkRow } from '../../src/store/work.ts';
import type { UnpackResult } from '../../src/workers/unpack.ts';
import { START_MS } from '../support/clock.ts';

/** A verified mail that holds one image: what the set is told by. */
export interface Arrival {
  readonly partner: string;
  readonly part: number;
  readonly total: number;
  /** Its bytes. */
  readonly content: string;
  readonly patient: string;
}

export interface InboundWorld {
  /** The mail comes, and all that follows happens: unpacked, admitted, delivered. */
  arrive(arrival: Arrival): Promise<void>;
  /** What became of a partner's set: null when there is none. Parts in order; images as `part content`. */
  look(partner: string): { state: string; parts: number[]; stored: string[]; delivered: string[] } | null;
  /** The run is over: nobody asks for its images any more. */
  forget(): void;
  close(): void;
}

/** A partner whose mails are delivered as they arrive, told by its id. */
export const AS_IT_ARRIVES = /-at-once$/;

const SET = 'set-1';
const PACS = { id: 'pacs', kind: 'dicom' } as DeliveryTarget;

/**
 * The stations that put sets together, on a real database, one step after the other. What they ask of the kits is answered from the
 * arrival, which stands in the place of a mail.
 */
export function openInboundWorld(folder: string): InboundWorld {
  const store = openStore(folder, moves);
  const time = { now: () => START_MS, steady: () => START_MS };
  const follow = { ...store, now: time.now, owe: () => {} };
  /** By path: what the fake mail or image holds. */
  const held = new Map<string, Arrival>();
  const unpack = unpackStation({
    ...{ ...store, ...time, folder, learn: () => {} },
    unpack: async ({ mailPath }) => unpacked(folder, held, held.get(mailPath)!),
    asItArrives: (partner) => AS_IT_ARRIVES.test(partner),
    answers: answers({
      ...{ ...store, ...time, followParts: () => {}, sendsReceipts: () => false, learn: () => {}, log: silentLog },
      unknown: () => {},
      messageId: (id) => `<${id}@a.example>`,
    }),
  });
  const admit = admitStation({
    ...{ ...store, ...time, folder, targets: () => [PACS] },
    partner: (id) => ({ id }) as Partner,
    readHeader: async (path) => headerOf(held.get(path)!),
    followDeliveries: (setRow) => followSet(follow, setRow),
  });

  return {
    close: () => store.close(),
    forget: () => held.clear(),
    async arrive(arrival) {
      const name = newId();
      held.set(join(folder, `${name}.eml`), arrival);
      enterMail(store, folder, name, arrival.partner);
      await step(store, unpack);
      await step(store, admit);
      deliver(store, follow);
    },
    look(partner) {
      const set = store.sets.find(partner, SET);
      if (!set) return null;
      const study = store.studies.find('in', set.partner_id, `2.25.${set.partner_id}`);
      const items = study ? store.items.ofStudy(study.id).filter(({ state }) => state === 'stored') : [];
      const delivered = items.flatMap((item) => store.deliveries.ofItem(item.id).map(({ state }) => ({ item, state })));
      const tell = (item: { name: string }) => item.name;
      return {
        state: set.state,
        parts: store.sets.parts(set.id).map(({ number }) => number),
        stored: items.map(tell).sort(),
        delivered: delivered
          .filter(({ state }) => state === 'delivered')
          .map(({ item }) => tell(item))
          .sort(),
      };
    },
  };
}

function enterMail(store: Store, folder: string, name: string, partnerId: string): void {
  const id = store.mails.add({
    ...{ source: 'smtp', mailboxKey: null, messageId: `<${name}@klinik.example>`, sha256: sha256(name), sizeBytes: 1 },
    ...{ path: `${name}.eml`, now_ms: START_MS, due_ms: START_MS },
  });
  store.mails.setSender(id, { partnerId, signed_ms: START_MS, receiptTo: true });
  writeFileSync(join(folder, `${name}.mime`), '');
  store.mails.setOpened(id, `${name}.mime`);
  store.mails.move(id, { state: 'opened', due_ms: START_MS }, START_MS);
}

function unpacked(folder: string, held: Map<string, Arrival>, arrival: Arrival): UnpackResult {
  const { part, total, content, patient, partner } = arrival;
  const path = join(folder, 'images', newId());
  held.set(path, arrival);
  const study = `2.25.${partner}`;
  return {
    ...{ fields: { setId: SET, part, total }, receipts: [], accepts: null },
    items: [
      {
        ...{
          kind: 'instance',
          path,
          sizeBytes: 1,
          sha256: sha256(`${partner} ${part} ${content} ${patient}`),
          dataOffset: 0,
        },
        ...{
          sopClass: '1.2.840.10008.5.1.4.1.1.2',
          sopUid: `${study}.${part}`,
          seriesUid: `${study}.1`,
          studyUid: study,
        },
        ...{ transferSyntax: '1.2.840.10008.1.2.1', mediaType: 'application/dicom', name: `${part} ${content}` },
      },
    ],
  };
}

function headerOf({ partner, part, patient }: Arrival): Header {
  return {
    ...{ studyInstanceUid: `2.25.${partner}`, sopInstanceUid: `2.25.${partner}.${part}`, patientId: patient },
    ...{ patientName: `Testperson^${patient}`, patientBirthDate: '', patientSex: '', accessionNumber: '' },
    ...{ studyDate: '', studyTime: '', studyDescription: '', modality: 'CT' },
  } as Header;
}

/** What is due at a station is done, as the conveyor does it: the move and what belongs to it in one transaction. */
async function step<Row extends WorkRow>(store: Store, station: Station<Row>): Promise<void> {
  const trip = { signal: new AbortController().signal, report: () => {} };
  for (let row = claim(station); row !== undefined; row = claim(station)) {
    const { id, owner } = row;
    const outcome = await station.run([row], trip);
    if (outcome.kind !== 'done' && outcome.kind !== 'stop') throw new Error(`${station.name}: ${outcome.kind}`);
    const why = outcome.kind === 'stop' ? { code: outcome.error.code, reason: outcome.error.message } : {};
    const due_ms = outcome.kind === 'done' ? outcome.due_ms : undefined;
    store.transaction(() => {
      if (!station.table.finish(id, owner!, { state: outcome.to, due_ms, ...why }, START_MS))
        throw new Error('not its own');
      outcome.commit?.();
    });
    if (outcome.kind === 'done') outcome.after?.();
  }
}

const claim = <Row extends WorkRow>({ table, from }: Station<Row>) => table.claim(from, newId(), START_MS, []);

/** The PACS takes everything. */
function deliver(store: Store, follow: Parameters<typeof followItem>[0]): void {
  for (let row = store.deliveries.claim('due', newId(), START_MS, []); row; ) {
    const { id, owner, item_id } = row;
    store.transaction(() => {
      if (!store.deliveries.finish(id, owner!, { state: 'delivered' }, START_MS)) throw new RohrpostError('internal');
      followItem(follow, item_id);
    });
    row = store.deliveries.claim('due', newId(), START_MS, []);
  }
}
