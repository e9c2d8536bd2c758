import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { adoptFound, expectOlder, settleDoubt, startMark } from '../../src/box/doubt.ts';
import { sweepDone } from '../../src/box/retention.ts';
import { sweepSpool } from '../../src/box/spool.ts';
import type { Settings } from '../../src/config/schema.ts';
import { part10Header } from '../../src/dicom/part10.ts';
import { BY_HAND } from '../../src/line/consign.ts';
import { manualClock } from '../support/clock.ts';
import {
  buildDataSet,
  CT_IMAGE_STORAGE,
  EXPLICIT_LITTLE_ENDIAN,
  type InstanceOptions,
  newUid,
} from '../support/instances.ts';
import { openTestLog } from '../support/line.ts';
import { testSettings } from '../support/settings.ts';
import { addConsignment, oneOfEach, studyFacts, temporaryStore } from '../support/store.ts';

// F68, piece by piece; with whole boxes in test/e2e/ledger.test.ts.

const DAY = join('spool', 'instances', '2026-11-20');

function box() {
  const { store, folder } = temporaryStore();
  const clock = manualClock();
  const log = openTestLog();
  const made: Settings = testSettings({
    targets: [{ id: 'archiv', kind: 'folder', path: '/srv/archiv', default: true }],
  });
  const parts = { folder, store, settings: () => made, clock, log };
  const put = (path: string, bytes: Buffer | string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  };
  /** As a start of the box does it. */
  const start = async () => {
    await settleDoubt(parts);
    await sweepSpool(folder, store.overview.paths(), log);
    await adoptFound({ ...parts, wake: () => {} }).done;
  };
  const study = (direction: 'in' | 'out', origin: string, uid: string) => store.studies.find(direction, origin, uid);
  const troubles = () => store.overview.troubles(99).map(({ entity, code }) => `${entity} ${code}`);
  const unclaimed = () => {
    const path = join(folder, 'spool', 'unclaimed');
    return existsSync(path) ? readdirSync(path).sort() : [];
  };
  return { ...parts, put, start, study, troubles, unclaimed };
}

/** A file as "receive" writes it. */
function received(o: { study: string; calledAe?: string } & InstanceOptions): Buffer {
  const { study, calledAe = 'KLINIK', ...more } = o;
  const sopInstanceUid = more.SOPInstanceUID ?? newUid();
  const head = part10Header({
    ...{ sopClassUid: CT_IMAGE_STORAGE, sopInstanceUid, transferSyntaxUid: EXPLICIT_LITTLE_ENDIAN },
    ...{ sourceAe: 'CT1', receivingAe: calledAe },
  });
  return Buffer.concat([head, buildDataSet({ ...more, StudyInstanceUID: study, SOPInstanceUID: sopInstanceUid })]);
}

describe('a ledger as old as it was seen last', () => {
  test('is not in doubt, nor is one that nobody has seen yet: orphans are orphans', async () => {
    const { store, put, start, troubles, folder, clock, log } = box();
    oneOfEach(store);
    const before = troubles();
    put(join(DAY, 'a.dcm'), received({ study: '1.2.3.9' }));
    await start();
    expect(troubles()).toEqual(before);
    expect(existsSync(join(folder, DAY, 'a.dcm'))).toBe(false);

    await startMark({ folder, store, clock, log }).stop();
    put(join(DAY, 'b.dcm'), received({ study: '1.2.3.9' }));
    await start();
    expect(troubles()).toEqual(before);
    expect(existsSync(join(folder, DAY, 'b.dcm'))).toBe(false);
  });

  test('of which the memory is spoiled: told, and nothing is held', async () => {
    const { store, put, start, troubles, log } = box();
    addConsignment(store);
    put('ledger-age.json', '{"age":');
    await start();
    expect(troubles()).toEqual([]);
    expect(log.lines.map(({ message }) => message)).toContain('age of the ledger not readable');
  });

  test('every move of a row and every new study and mail makes it older; the memory follows', async () => {
    const { store, folder, clock, log } = box();
    const mark = startMark({ folder, store, clock, log });
    const ages = [store.age()];
    const { consignment } = addConsignment(store);
    ages.push(store.age());
    store.consignments.move(consignment.id, { state: 'held', code: 'x' }, clock.now());
    ages.push(store.age());
    expect(ages).toEqual([0, 1, 2]);
    const seen = () => JSON.parse(readFileSync(join(folder, 'ledger-age.json'), 'utf8')).age;
    await vi.waitFor(() => {
      clock.advance(10_000);
      expect(seen()).toBe(2);
    });
    store.consignments.move(consignment.id, { state: 'routed', due_ms: 1 }, clock.now());
    await mark.stop();
    expect(seen()).toBe(3);
  });
});

describe('an older ledger', () => {
  test('holds what would be sent or delivered next; what partners owe or are owed goes on', async () => {
    const { store, folder, start, troubles } = box();
    const rows = oneOfEach(store);
    const waiting = addConsignment(store, { studyUid: '1.2.3.7' });
    await expectOlder(folder);
    await start();
    expect(troubles().sort()).toEqual([
      'consignment ledger-older',
      'consignment ledger-older',
      'delivery ledger-older',
      'part ledger-older',
    ]);
    expect(store.parts.get(rows.part)).toMatchObject({ state: 'held', due_ms: null });
    expect(store.consignments.get(waiting.consignment.id)).toMatchObject({ state: 'held', due_ms: null });
    expect(store.receipts.get(rows.receipt)!.state).toBe('due');
    expect(store.mails.get(rows.mail)!.state).toBe('collected');
    // Once.
    const { moved_ms } = store.parts.get(rows.part)!;
    await start();
    expect(store.parts.get(rows.part)!.moved_ms).toBe(moved_ms);
  });

  test('a study that arrives or is settled, a set that is ready: held too', async () => {
    const { store, folder, start, clock, troubles } = box();
    const now_ms = clock.now();
    const facts = studyFacts();
    addConsignment(store);
    for (const [state, study_uid] of [
      ['arriving', '1.2.3.21'],
      ['settled', '1.2.3.22'],
    ] as const) {
      store.studies.add({
        direction: 'out',
        origin: 'KLINIK',
        facts: { ...facts, study_uid },
        state,
        lane: 'x',
        now_ms,
      });
    }
    const set = store.sets.add({ partnerId: 'klinik', setId: 's', total: 1, urgent: false, due_ms: 1, now_ms });
    store.sets.move(set.id, { state: 'ready', due_ms: 1 }, now_ms);
    await expectOlder(folder);
    await start();
    expect(troubles().sort()).toEqual([
      'consignment ledger-older',
      'inbound_set ledger-older',
      'study ledger-older',
      'study ledger-older',
    ]);
  });
});

describe('files that an older ledger does not name', () => {
  test('images of a modality: in a study of the AE title that was called, held', async () => {
    const { store, folder, put, start, study, troubles } = box();
    put(join(DAY, 'a.dcm'), received({ study: '1.2.3.9', PatientID: 'TEST-0009' }));
    put(join(DAY, 'b.dcm'), received({ study: '1.2.3.9', PatientID: 'TEST-0009' }));
    await expectOlder(folder);
    await start();
    const found = study('out', 'KLINIK', '1.2.3.9')!;
    expect(found).toMatchObject({ state: 'held', code: 'ledger-found', calling_ae: 'CT1', patient_id: 'TEST-0009' });
    expect(found).toMatchObject({ receiving: 0, aborted: 0, due_ms: null });
    const items = store.items.ofStudy(found.id);
    expect(items).toHaveLength(2);
    for (const { path, size_bytes } of items) {
      expect(readFileSync(join(folder, path)).length).toBe(size_bytes);
    }
    expect(troubles()).toEqual(['study ledger-found']);
    // Another start finds nothing new, and sweeps nothing of it away.
    await start();
    expect(store.items.ofStudy(found.id).map(({ path }) => existsSync(join(folder, path)))).toEqual([true, true]);
  });

  test('more of a study that was routed: it is held again; the same bytes as before: nothing new', async () => {
    const { store, folder, put, start, clock } = box();
    const { study } = addConsignment(store);
    const SOPInstanceUID = '1.2.3.1.1.77';
    const image = received({
      study: '1.2.3.1',
      SOPInstanceUID,
      PatientID: 'TEST-0001',
      PatientName: 'Testperson^Erika',
    });
    put(join(DAY, 'a.dcm'), image);
    put(join(DAY, 'again.dcm'), image);
    await expectOlder(folder);
    await start();
    expect(store.studies.get(study.id)).toMatchObject({ state: 'held', code: 'ledger-found' });
    expect(store.items.ofStudy(study.id)).toHaveLength(2);
    expect(store.items.withSopUid(study.id, SOPInstanceUID)).toHaveLength(1);
    expect(clock.now()).toBeGreaterThan(0);
  });

  test('another patient under the same study: that is the reason', async () => {
    const { store, folder, put, start } = box();
    const { study } = addConsignment(store);
    put(join(DAY, 'a.dcm'), received({ study: '1.2.3.1', PatientID: 'TEST-0002' }));
    await expectOlder(folder);
    await start();
    expect(store.studies.get(study.id)).toMatchObject({ state: 'held', code: 'receive-conflicting-patient' });
  });

  test('what a person had uploaded goes to nobody by itself', async () => {
    const { folder, put, start, study } = box();
    put(join(DAY, 'by-hand', 'a.dcm'), received({ study: '1.2.3.9' }));
    await expectOlder(folder);
    await start();
    expect(study('out', BY_HAND, '1.2.3.9')).toMatchObject({ state: 'held', code: 'ledger-found' });
  });

  test('what a partner had sent: its study, with deliveries that are held', async () => {
    const { store, folder, put, start, study, troubles } = box();
    // Its own file meta information names an AE title of the partner's house; nobody asks it.
    put(join(DAY, 'from-klinik', 'a'), received({ study: '1.2.3.9', calledAe: 'KLINIK' }));
    await expectOlder(folder);
    await start();
    expect(study('out', 'KLINIK', '1.2.3.9')).toBeUndefined();
    const found = study('in', 'klinik', '1.2.3.9')!;
    expect(found).toMatchObject({ state: 'received', deliveries: 1, deliveries_held: 1 });
    expect(store.items.ofStudy(found.id)).toMatchObject([{ state: 'stored' }]);
    expect(troubles()).toEqual(['delivery ledger-found']);
  });

  test('mails that had come are opened as if they came now', async () => {
    const { store, folder, put, start } = box();
    put(join('spool', 'inbox', 'a.eml'), 'Message-ID: <1@klinik.example>\r\n\r\ntext');
    put(join('spool', 'inbox', 'b.eml'), 'Subject: none\r\n\r\ntext');
    await expectOlder(folder);
    await start();
    const mails = store.overview.counts().filter(({ entity }) => entity === 'mail');
    expect(mails).toMatchObject([{ state: 'collected', count: 2 }]);
    expect([...store.overview.paths()].every((path) => existsSync(join(folder, path)))).toBe(true);
  });

  test('half an image, no image, an image of a partner that is gone, another patient: kept for people, for a while', async () => {
    const { folder, put, start, unclaimed, troubles, store, settings, clock, log } = box();
    const image = received({ study: '1.2.3.9' });
    put(join(DAY, 'half.dcm'), image.subarray(0, image.length - 100));
    put(join(DAY, 'text'), 'a document');
    put(join(DAY, 'empty.dcm'), '');
    put(join(DAY, 'from-fort', 'gone.dcm'), image);
    put(join(DAY, 'from-klinik', 'x.dcm'), received({ study: '1.2.3.8', PatientID: 'TEST-0001' }));
    put(join(DAY, 'from-klinik', 'y.dcm'), received({ study: '1.2.3.8', PatientID: 'TEST-0002' }));
    put(join('spool', 'outbox', 'a.eml'), 'sealed');
    put(join('spool', 'work', 'a'), 'decrypted');
    await expectOlder(folder);
    await start();
    expect(unclaimed()).toEqual(['gone.dcm', 'half.dcm', 'text', expect.stringMatching(/^[xy]\.dcm$/)]);
    expect(troubles()).toEqual(['delivery ledger-found']);
    expect(existsSync(join(folder, 'spool', 'outbox', 'a.eml'))).toBe(false);
    expect(existsSync(join(folder, 'spool', 'work', 'a'))).toBe(false);
    // What is done goes after days, what is in quarantine after months; this is as the latter.
    const sweep = () => sweepDone({ store, settings, folder, clock, log });
    const past = new Date(0);
    for (const name of unclaimed()) utimesSync(join(folder, 'spool', 'unclaimed', name), past, past);
    clock.advance(Date.now() - clock.now() + 30 * 86_400_000);
    await sweep();
    expect(unclaimed()).toHaveLength(4);
    clock.advance(settings().retention.quarantine_days * 86_400_000);
    await sweep();
    expect(unclaimed()).toEqual([]);
  });

  test('a box that is killed while it enters them goes on at its next start', async () => {
    const { store, folder, put, start, study, settings, clock, log } = box();
    for (let n = 0; n < 20; n++) put(join(DAY, `${n}.dcm`), received({ study: '1.2.3.9' }));
    await expectOlder(folder);
    await settleDoubt({ folder, store, settings, clock, log });
    const entering = adoptFound({ folder, store, settings, clock, log, wake: () => {} });
    await vi.waitFor(() => expect(study('out', 'KLINIK', '1.2.3.9')?.items).toBeGreaterThan(0));
    await entering.stop();
    await start();
    expect(study('out', 'KLINIK', '1.2.3.9')).toMatchObject({ items: 20, state: 'held' });
  });
});
