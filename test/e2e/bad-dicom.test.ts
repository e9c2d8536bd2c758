import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { contextResult } from '../../src/dicom/associate.ts';
import { encodeAbort, pduType } from '../../src/dicom/pdu.ts';
import type { StudyRow } from '../../src/store/studies.ts';
import {
  associateRequest,
  CT_CONTEXT,
  data,
  ECHO_CONTEXT,
  echoCommand,
  fragments,
  pdu,
  pdv,
  RawPeer,
  storeCommand,
} from '../dicom/raw-peer.ts';
import { eventually } from '../support/boxes.ts';
import { echoscu, storescu } from '../support/dcmtk.ts';
import { buildDataSet, elementHead, type InstanceOptions, newUid } from '../support/instances.ts';
import { rawDatabase } from '../support/store.ts';
import { changeSettings, expectTexts, instance, type MailWorld, PATIENTS, startMailWorld } from './mail-world.ts';

// What broken, wrong and hostile modalities do to a running box. After each, C-ECHO is answered and a good study is taken;
// in the end the partner got what ought to go to it, each object once, and nothing else.

const CT1 = { calledAe: 'NORD', callingAe: 'CT1' };

let world: MailWorld;
/** SOP Instance UIDs of what must have been sent in the end. */
const due: string[] = [];

beforeAll(async () => {
  world = await startMailWorld({ dicom: { allow: [{ ae_title: 'CT1' }] } });
});
afterAll(() => world?.stop());

afterEach(async () => {
  if (world.box.process.exitCode !== null) return;
  expect((await echoscu({ port: world.site.dicomPort, ...CT1 })).code).toBe(0);
  expect(await store(goodOne())).toBe(0x0000);
});

interface Made {
  sop: string;
  bytes: Buffer;
}

/** A data set of one of the invented patients. */
function make(o: InstanceOptions = {}): Made {
  const sop = o.SOPInstanceUID ?? newUid();
  return { sop, bytes: buildDataSet({ ...PATIENTS[0], SOPInstanceUID: sop, ...o }) };
}

/** A data set that the partner must get. */
function goodOne(o: InstanceOptions = {}): Made {
  const made = make(o);
  due.push(made.sop);
  return made;
}

const associate = (contexts = [CT_CONTEXT]) => RawPeer.associate(world.site.dicomPort, contexts, CT1);

/** Sends objects in one association, released in the end; gives the status of the last. */
async function store(...made: readonly Made[]): Promise<number | undefined> {
  const peer = await associate();
  let status: number | undefined;
  for (const { sop, bytes } of made) {
    peer.write(data(pdv(1, 3, storeCommand(sop))), fragments(1, bytes));
    status = await peer.status();
  }
  peer.write(pdu(pduType.releaseRequest, Buffer.alloc(4)));
  expect((await peer.pdu())?.type).toBe(pduType.releaseResponse);
  peer.destroy();
  return status;
}

const study = (uid: string) =>
  rawDatabase(world.site.folder)
    .prepare(`SELECT * FROM study WHERE direction = 'out' AND study_uid = ?`)
    .get(uid) as StudyRow;
const items = (uid: string) => world.site.look((look) => look.items.ofStudy(study(uid).id));
const itemCount = () => rawDatabase(world.site.folder).prepare('SELECT count(*) FROM item').pluck().get() as number;

/** The study is held for this reason, and no consignment was made of it. */
function expectHeld(uid: string, code: string): void {
  const held = study(uid);
  expect(held).toMatchObject({ state: 'held', code });
  expectTexts(held.code, held.reason);
  expect(world.site.look((look) => look.consignments.ofStudy(held.id))).toEqual([]);
}

/** The peer is told A-ABORT by the service provider, and the log says why with a code. */
async function expectAbort(peer: RawPeer): Promise<void> {
  const before = world.box.log().length;
  const answer = await peer.pdu();
  expect(answer?.type).toBe(pduType.abort);
  expect(answer!.body[2]).toBe(2);
  await peer.closedAfter();
  await eventually(
    () =>
      world.box
        .log()
        .slice(Math.max(0, before - 2_000))
        .includes('dicom-protocol-error'),
    {
      within_ms: 5_000,
    },
  );
}

function claim(type: number, length: number): Buffer {
  const head = Buffer.alloc(6);
  head[0] = type;
  head.writeUInt32BE(length, 2);
  return head;
}

describe('protocol', () => {
  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: box\r\n\r\n')],
    ['random bytes', Buffer.concat([Buffer.from([0x99]), randomBytes(100_000)])],
    ['an A-ASSOCIATE-RQ that claims 4 GB', claim(pduType.associateRequest, 0xffffffff)],
    ['data before an association', fragments(1, Buffer.alloc(1_000))],
  ])('F08: %s', async (_, bytes) => {
    const peer = await RawPeer.connect(world.site.dicomPort);
    peer.write(bytes);
    await expectAbort(peer);
  });

  test.each([
    ['a P-DATA that claims 2 GiB', () => Buffer.concat([claim(pduType.data, 0x80000000), Buffer.alloc(10_000)])],
    ['a PDV longer than its PDU', () => data(Buffer.from([0x7f, 0xff, 0xff, 0xff, 1, 3]), echoCommand())],
    ['a garbled command', () => data(pdv(1, 3, randomBytes(200)))],
    ['a data set without a command', () => fragments(1, make().bytes)],
    ['a store in a context that was never proposed', () => data(pdv(33, 3, storeCommand(newUid())))],
  ])('F08: inside an association, %s', async (_, bytes) => {
    const before = itemCount();
    const peer = await associate();
    peer.write(bytes());
    await expectAbort(peer);
    expect(itemCount()).toBe(before);
  });

  test('F08: a connection that ends in the middle of a PDU, twenty times', async () => {
    for (let round = 0; round < 20; round++) {
      const peer = await RawPeer.connect(world.site.dicomPort);
      peer.write(associateRequest([CT_CONTEXT], CT1).subarray(0, 20 + round));
      peer.destroy();
    }
  });

  test('F10: an abort in the middle of object 3 of 5: two are kept and wait; sent again, all five go', async () => {
    const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
    const five = Array.from({ length: 5 }, () => goodOne(uids));
    const peer = await associate();
    for (const { sop, bytes } of five.slice(0, 2)) {
      peer.write(data(pdv(1, 3, storeCommand(sop))), fragments(1, bytes));
      expect(await peer.status()).toBe(0);
    }
    const half = fragments(1, five[2]!.bytes, 1_000).subarray(0, 4 * 1_012);
    peer.write(data(pdv(1, 3, storeCommand(five[2]!.sop))), half, encodeAbort(0, 0));
    await peer.closedAfter();
    await eventually(() => study(uids.StudyInstanceUID).aborted === 1, { within_ms: 5_000 });
    expect(items(uids.StudyInstanceUID)).toHaveLength(2);
    // Well past the quiet time of one second.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(study(uids.StudyInstanceUID).state).toBe('arriving');
    expect(await store(...five)).toBe(0);
    expect(items(uids.StudyInstanceUID)).toHaveLength(5);
  });

  test('F17: a called AE title that is nobody’s, a calling one that is not on the list', async () => {
    for (const [titles, reason] of [
      [{ calledAe: 'NIEMAND', callingAe: 'CT1' }, 7],
      [{ calledAe: 'NORD', callingAe: 'FREMD' }, 3],
    ] as const) {
      const peer = await RawPeer.connect(world.site.dicomPort);
      peer.write(associateRequest([CT_CONTEXT], titles));
      const answer = await peer.pdu();
      expect(answer?.type).toBe(pduType.associateReject);
      expect([...answer!.body.subarray(1, 4)]).toEqual([1, 1, reason]);
      await peer.closedAfter();
      expect(world.box.log()).toContain('association rejected');
    }
    const path = join(world.root, 'stray.dcm');
    await writeFile(path, instance());
    const before = itemCount();
    const run = await storescu({
      ...{ port: world.site.dicomPort, calledAe: 'NORD', callingAe: 'FREMD', files: [path], mayFail: true },
    });
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(/Calling AE Title Not Recognized/i);
    expect(itemCount()).toBe(before);
  });

  test('F18: contexts that cannot be taken are refused one by one; the others work', async () => {
    const MODALITY_WORKLIST = '1.2.840.10008.5.1.4.31';
    const peer = await RawPeer.connect(world.site.dicomPort);
    const contexts = [
      { ...CT_CONTEXT, id: 1, abstractSyntax: MODALITY_WORKLIST },
      { ...CT_CONTEXT, id: 3, transferSyntaxes: ['not a uid'] },
      { ...CT_CONTEXT, id: 5 },
    ];
    peer.write(associateRequest(contexts, CT1));
    const accept = await peer.pdu();
    expect(accept?.type).toBe(pduType.associateAccept);
    expect(resultsOf(accept!.body)).toEqual(
      new Map([
        [1, contextResult.abstractSyntaxUnsupported],
        [3, contextResult.transferSyntaxesUnsupported],
        [5, contextResult.accepted],
      ]),
    );
    const good = goodOne();
    peer.write(data(pdv(5, 3, storeCommand(good.sop))), fragments(5, good.bytes));
    expect(await peer.status()).toBe(0);
    peer.write(pdu(pduType.releaseRequest, Buffer.alloc(4)));
    await peer.closedAfter();
    const refused = await associate([{ ...CT_CONTEXT, abstractSyntax: MODALITY_WORKLIST }]);
    refused.write(data(pdv(1, 3, storeCommand(newUid()))));
    await expectAbort(refused);
  });
});

/** Presentation context id → result, of an A-ASSOCIATE-AC (PS3.8 §9.3.3). */
function resultsOf(body: Buffer): Map<number, number> {
  const results = new Map<number, number>();
  for (let at = 68; at + 4 <= body.length; at += 4 + body.readUInt16BE(at + 2)) {
    if (body[at] === 0x21) results.set(body[at + 4]!, body[at + 6]!);
  }
  return results;
}

/** A sequence of undefined length and its first item, neither of which ends. */
const NESTED = Buffer.concat([
  elementHead(0x00080061, 'SQ', 0xffffffff),
  Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0xff, 0xff, 0xff, 0xff]),
]);

describe('objects', () => {
  test.each([
    ['an element without a value representation', Buffer.from([0x08, 0, 0x61, 0, 1, 2, 3, 4, 5, 6, 7, 8])],
    ['an element that claims 4 GB', elementHead(0x00080061, 'OB', 0xfffffff0)],
    ['10,000 sequences within each other', Buffer.concat(Array(10_000).fill(NESTED))],
  ])('F19: a data set with %s is kept, and held for a person', async (_, garbage) => {
    const before = new Set(heldUnreadable().map(({ id }) => id));
    const made = make({ elements: { 524385: garbage } });
    expect(await store(made)).toBe(0x0000);
    const [held] = heldUnreadable().filter(({ id }) => !before.has(id));
    expectHeld(held!.study_uid, 'receive-header-unreadable');
    expect(items(held!.study_uid)).toMatchObject([{ sop_uid: made.sop, state: 'stored' }]);
  });

  const heldUnreadable = () =>
    rawDatabase(world.site.folder)
      .prepare(`SELECT * FROM study WHERE code = 'receive-header-unreadable'`)
      .all() as StudyRow[];

  test.each([
    ['F15: no Study Instance UID', () => make({ StudyInstanceUID: null }), 0xa900],
    ['F15: an empty Study Instance UID', () => make({ StudyInstanceUID: '' }), 0xa900],
    ['F16: another SOP Instance UID in the data set than in the command', () => ({ ...make(), sop: newUid() }), 0xa900],
    ['F15: a SOP Instance UID that climbs', () => make({ SOPInstanceUID: '../../1.2.3' }), 0xc000],
    ['F15: a SOP Instance UID of 80 characters', () => make({ SOPInstanceUID: '1.2.'.repeat(20) }), 0xc000],
  ] as const)('%s is refused, nothing is kept', async (_, build, status) => {
    const before = itemCount();
    expect(await store(build())).toBe(status);
    expect(itemCount()).toBe(before);
  });

  test('F11: the same object again, same bytes: success, one row', async () => {
    const uid = newUid();
    const made = goodOne({ StudyInstanceUID: uid });
    expect(await store(made, made)).toBe(0x0000);
    expect(await store(made)).toBe(0x0000);
    expect(items(uid)).toHaveLength(1);
  });

  test('F12: the same UID with other bytes: the first goes, the second is kept apart, flagged', async () => {
    const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid(), SOPInstanceUID: newUid() };
    const first = goodOne({ ...uids, InstanceNumber: '1' });
    const second = make({ ...uids, InstanceNumber: '2' });
    expect(await store(first)).toBe(0x0000);
    expect(await store(second)).toBe(0xc000);
    expect(
      items(uids.StudyInstanceUID)
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['conflict', 'stored']);
    expect(study(uids.StudyInstanceUID).flags).toBe('same-uid-other-bytes');
    expect(world.box.log()).toContain('receive-same-uid-other-bytes');
    expectTexts(
      'receive-same-uid-other-bytes',
      'An image came under a known UID with other content. The first stays valid, the second is kept apart.',
    );
  });

  test('F13: the same SOP Instance UID in two series: both go, flagged', async () => {
    const uids = { StudyInstanceUID: newUid(), SOPInstanceUID: newUid() };
    expect(await store(goodOne({ ...uids, SeriesInstanceUID: newUid() }))).toBe(0x0000);
    expect(await store(goodOne({ ...uids, SeriesInstanceUID: newUid() }))).toBe(0x0000);
    expect(study(uids.StudyInstanceUID).flags).toBe('same-uid-two-series');
  });

  test('F14: two patients under one Study Instance UID: held, nothing is sent', async () => {
    const uid = newUid();
    const both = PATIENTS.map((patient) => make({ ...patient, StudyInstanceUID: uid }));
    expect(await store(...both)).toBe(0x0000);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expectHeld(uid, 'receive-conflicting-patient');
    expect(items(uid).map(({ state }) => state)).toEqual(['stored', 'stored']);
  });

  test('F05: below the free space to be kept: A700, C-ECHO is answered; room again, and the object is taken', async () => {
    const uid = newUid();
    const made = goodOne({ StudyInstanceUID: uid });
    await changeSettings(world.site, (draft) => {
      draft.disk.refuse_below_bytes = 2 ** 49;
    });
    await eventually(
      async () => {
        const early = make();
        const status = await store(early);
        if (status === 0x0000) due.push(early.sop);
        return status === 0xa700;
      },
      { within_ms: 10_000 },
    );
    expect(await store(made)).toBe(0xa700);
    expect(study(uid)).toBeUndefined();
    const peer = await associate([ECHO_CONTEXT]);
    peer.write(data(pdv(1, 3, echoCommand())));
    expect(await peer.status()).toBe(0);
    peer.destroy();
    await changeSettings(world.site, (draft) => {
      draft.disk.refuse_below_bytes = 0;
    });
    await eventually(async () => (await store(made)) === 0x0000, { within_ms: 10_000 });
    expect(items(uid)).toHaveLength(1);
  });
});

test('in the end the partner got each good object once and nothing else; no patient is in the log (F78)', async () => {
  const sent = () =>
    rawDatabase(world.site.folder)
      .prepare(
        `SELECT item.sop_uid FROM part JOIN part_item ON part_item.part_id = part.id
           JOIN item ON item.id = part_item.item_id WHERE part.state = 'sent'`,
      )
      .pluck()
      .all() as string[];
  await eventually(() => sent().length >= due.length, { within_ms: 30_000, describe: world.describe });
  expect(sent().sort()).toEqual(due.sort());
  expect(world.arrived).toHaveLength(due.length);
  expect(await world.box.stop()).toBe(0);
  await world.expectCleanEnd();
});
