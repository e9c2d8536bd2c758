import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Settings } from '../../src/config/schema.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { lineLimits } from '../../src/core/limits.ts';
import type { AssociationInfo, ReceivedInstance } from '../../src/dicom/contract.ts';
import type { Header } from '../../src/dicom/header.ts';
import type { Station } from '../../src/line/conveyor.ts';
import { markCutOff, receiver } from '../../src/outbound/receive.ts';
import { routeStation } from '../../src/outbound/route.ts';
import { settleStation } from '../../src/outbound/settle.ts';
import { manualClock } from '../support/clock.ts';
import { openTestLog, run, settled } from '../support/line.ts';
import { seeded } from '../support/random.ts';
import { testSettings } from '../support/settings.ts';
import { rawDatabase, temporaryStore } from '../support/store.ts';

const association = (more: Partial<AssociationInfo> = {}): AssociationInfo => ({
  ...{ id: 'assoc-1', callingAe: 'CT1', calledAe: 'KLINIK', address: '127.0.0.1', tls: false, ...more },
});

const header = (more: Partial<Header> = {}): Header =>
  ({
    ...{ studyInstanceUid: '1.2.3.1', seriesInstanceUid: '1.2.3.1.1', modality: 'CT' },
    ...{ patientName: 'Testperson^Erika', patientId: 'TEST-0001', patientBirthDate: '19700101', patientSex: 'F' },
    ...{ accessionNumber: '', studyDate: '20261120', studyTime: '', studyDescription: '', ...more },
  }) as Header;

/** A receiver with settle and route behind it, on a real database and real files. */
function box(given: Parameters<typeof testSettings>[0] = {}) {
  const { store, folder } = temporaryStore();
  const clock = manualClock();
  const log = openTestLog();
  const state: { settings: Settings; room: number } = { settings: testSettings(given), room: 1e9 };
  const settings = () => state.settings;
  const time = { now: () => clock.now(), steady: () => clock.steady() };
  const receive = receiver({
    ...{ store, settings, folder, clock, log, roomLeft: () => state.room, allowed: () => true, wake: () => {} },
  });
  onTestFinished(() => receive.close());
  const conveyor = run(store, clock, [
    settleStation({ studies: store.studies, steady: time.steady }) as Station,
    routeStation({ ...store, settings, ...time }) as unknown as Station,
  ]);
  let count = 0;
  const instance = (
    content: string,
    more: { header?: Header | null; sop?: string; association?: AssociationInfo } = {},
  ): ReceivedInstance => {
    const from = more.association ?? association();
    const { path, fd } = receive.newFile();
    writeSync(fd, content);
    return {
      association: from,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      sopInstanceUid: more.sop ?? `1.2.3.1.1.${++count}`,
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      ...{ path, fd, sizeBytes: content.length, dataSetOffset: 0 },
      sha256: createHash('sha256').update(content).digest('hex'),
      header: more.header === undefined ? header() : more.header,
      headerError: more.header === null ? new RohrpostError('dicom-header-malformed') : null,
    };
  };
  const send = (content: string, more?: Parameters<typeof instance>[1]) => receive.onInstance(instance(content, more));
  const end = (outcome: 'released' | 'aborted', id = 'assoc-1') =>
    receive.onEnd({ association: association({ id }), outcome, stored: 0, openInstance: outcome === 'aborted' });
  const study = (uid = '1.2.3.1') => store.studies.find('out', 'KLINIK', uid)!;
  /** Files with something in them: the box keeps empty ones ready. */
  const files = () =>
    readdirSync(join(folder, 'spool', 'instances'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && statSync(join(entry.parentPath, entry.name)).size > 0)
      .map((entry) => entry.name);
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settled(store, conveyor);
  };
  const consignments = (uid?: string) => store.consignments.ofStudy(study(uid).id);
  return { store, folder, clock, log, state, receive, instance, send, end, study, files, pass, consignments, conveyor };
}

describe('what is kept', () => {
  test('I1: success means: file and row are there, and the row names the file’s bytes', async () => {
    const { send, study, store, folder } = box();
    expect(await send('image one')).toEqual({ status: 0x0000 });
    const [item] = store.items.ofStudy(study().id);
    expect(item).toMatchObject({ state: 'stored', size_bytes: 9, sop_uid: '1.2.3.1.1.1', series_uid: '1.2.3.1.1' });
    expect(existsSync(join(folder, item!.path))).toBe(true);
    expect(study()).toMatchObject({ state: 'arriving', patient_id: 'TEST-0001', modality: 'CT', calling_ae: 'CT1' });
  });

  test('F11: the same instance again, same bytes: success, one row, one file', async () => {
    const { send, study, store, files } = box();
    await send('image', { sop: '1.2.9' });
    expect(await send('image', { sop: '1.2.9' })).toEqual({ status: 0x0000 });
    expect(store.items.ofStudy(study().id)).toHaveLength(1);
    expect(files()).toHaveLength(1);
  });

  test('F11: the same instance twice at the same moment', async () => {
    const { send, study, store, files } = box();
    const answers = await Promise.all(Array.from({ length: 5 }, () => send('image', { sop: '1.2.9' })));
    expect(answers.every(({ status }) => status === 0)).toBe(true);
    expect(store.items.ofStudy(study().id)).toHaveLength(1);
    expect(files()).toHaveLength(1);
  });

  test.each([
    ['refuse', 0xc000],
    ['warn', 0xb000],
  ] as const)(
    'F12: same UID, other bytes, setting "%s": first kept, second apart, and so every time',
    async (duplicates, status) => {
      const { send, study, store, files, log, pass, consignments } = box({ dicom: { duplicates } });
      await send('first', { sop: '1.2.9' });
      expect((await send('second', { sop: '1.2.9' })).status).toBe(status);
      expect((await send('second', { sop: '1.2.9' })).status, 'a repeat is no success either').toBe(status);
      expect((await send('third', { sop: '1.2.9' })).status).toBe(status);
      expect(await send('first', { sop: '1.2.9' })).toEqual({ status: 0x0000 });
      const items = store.items.ofStudy(study().id);
      expect(items.map(({ state }) => state).sort()).toEqual(['conflict', 'conflict', 'stored']);
      expect(files()).toHaveLength(3);
      expect(study().flags).toBe('same-uid-other-bytes');
      expect(log.lines.some(({ fields }) => fields.code === 'receive-same-uid-other-bytes')).toBe(true);
      await pass(61_000);
      const sent = store.items.ofConsignment(consignments()[0]!.id);
      expect(
        sent.map(({ state }) => state),
        'only the first travels',
      ).toEqual(['stored']);
    },
  );

  test('F13: same SOP UID in two series: both kept and sent, the study flagged', async () => {
    const { send, study, store, pass, consignments } = box();
    await send('one', { sop: '1.2.9' });
    await send('two', { sop: '1.2.9', header: header({ seriesInstanceUid: '1.2.3.1.2' }) });
    expect(store.items.ofStudy(study().id).map(({ state }) => state)).toEqual(['stored', 'stored']);
    expect(study().flags).toBe('same-uid-two-series');
    await pass(61_000);
    expect(store.items.ofConsignment(consignments()[0]!.id)).toHaveLength(2);
  });

  test('F13: same SOP UID in two studies: two studies, each with its own', async () => {
    const { send, study, store } = box();
    await send('one', { sop: '1.2.9' });
    await send('two', { sop: '1.2.9', header: header({ studyInstanceUid: '1.2.3.2' }) });
    expect(store.items.ofStudy(study('1.2.3.1').id)).toHaveLength(1);
    expect(store.items.ofStudy(study('1.2.3.2').id)).toHaveLength(1);
  });

  test('F15: without Study Instance UID: A900, nothing kept', async () => {
    const { send, store, files } = box();
    const answer = await send('image', { header: header({ studyInstanceUid: '' }) });
    expect(answer.status).toBe(0xa900);
    expect(files()).toEqual([]);
    expect(store.overview.counts()).toEqual([]);
  });

  test('F19: a header that cannot be read: the bytes are kept, the study held, nothing sent', async () => {
    const { send, store, files, pass } = box();
    expect(await send('garbage', { header: null })).toEqual({ status: 0x0000 });
    expect(await send('more garbage', { header: null })).toEqual({ status: 0x0000 });
    const study = store.studies.find('out', 'KLINIK', 'unreadable-assoc-1')!;
    expect(study).toMatchObject({ state: 'held', code: 'receive-header-unreadable' });
    expect(files()).toHaveLength(2);
    await pass(48 * 3_600_000);
    expect(store.consignments.ofStudy(study.id)).toEqual([]);
  });

  test('F04/F05: no room: A700 before the first byte', async () => {
    const { receive, state } = box();
    expect(receive.canStore()).toBeNull();
    state.room = 0;
    expect(receive.canStore()).toMatchObject({ status: 0xa700 });
  });

  test('F06: a file that cannot be flushed is thrown back as a disk error, and not kept', async () => {
    const { instance, receive, store, files } = box();
    const received = instance('image');
    closeSync(received.fd);
    // fdatasync(2) of what is no file fails with EINVAL.
    await expect(receive.onInstance({ ...received, fd: openSync('/dev/null', 'w') })).rejects.toMatchObject({
      code: 'disk-error',
    });
    expect(store.overview.counts()).toEqual([]);
    expect(files()).toEqual([]);
  });

  test('a day’s folder is durable itself before anything in it is answered', async () => {
    const { receive, folder } = box();
    const { path } = receive.newFile();
    expect(path.startsWith(join(folder, 'spool', 'instances', '2026-11-20'))).toBe(true);
    expect(path).not.toContain('Testperson');
  });

  test('F17: a called AE title that nobody knows, and a caller that is not allowed', () => {
    const { receive } = box();
    expect(receive.admit(association({ calledAe: 'NOBODY' }))).toEqual({ accept: false, reason: 'called-ae-unknown' });
    expect(receive.admit(association())).toEqual({ accept: true });
    const { store, folder, clock, log, state } = box();
    const strict = receiver({
      ...{ store, folder, clock, log, settings: () => state.settings, roomLeft: () => 1 },
      ...{ allowed: () => false, wake: () => {} },
    });
    expect(strict.admit(association())).toEqual({ accept: false, reason: 'calling-ae-unknown' });
  });

  test('I4: nothing of the patient in the log', async () => {
    const { send, end, log } = box();
    await send('one');
    await send('two', { header: header({ patientId: 'TEST-0002' }) });
    await send('x', { header: null });
    end('aborted');
    expect(JSON.stringify(log.lines)).not.toMatch(/Testperson|TEST-000/);
  });
});

describe('when a study goes', () => {
  test('after its quiet time; every image begins it anew', async () => {
    const { send, pass, study } = box();
    await send('one');
    await pass(50_000);
    await send('two');
    await pass(50_000);
    expect(study().state).toBe('arriving');
    await pass(11_000);
    expect(study().state).toBe('routed');
  });

  test('at the cap, however steadily images come', async () => {
    const { send, pass, consignments, study } = box({ settle: { quiet_s: 60, cap_s: 200 } });
    for (let n = 0; n < 5; n++) {
      await send(`image ${n}`);
      await pass(45_000);
    }
    expect(consignments()).toHaveLength(1);
    expect(study().state).toBe('routed');
  });

  test('F10: an aborted association: not sent before the cap, and marked', async () => {
    const { send, end, pass, study, consignments } = box();
    await send('one');
    end('aborted');
    expect(study().aborted).toBe(1);
    await pass(1_700_000);
    expect(study().state).toBe('arriving');
    await pass(101_000);
    expect(study()).toMatchObject({ state: 'routed', aborted: 0 });
    expect(consignments()).toHaveLength(1);
  });

  test('F10: more images by a second association that is cut too: still not before the cap', async () => {
    const { send, end, pass, study } = box();
    await send('one');
    end('aborted');
    await pass(10_000);
    await send('two', { association: association({ id: 'assoc-2' }) });
    await pass(100_000);
    expect(study().state, 'while the second is under way').toBe('arriving');
    end('aborted', 'assoc-2');
    await pass(100_000);
    expect(study().state).toBe('arriving');
    await pass(1_600_000);
    expect(study().state).toBe('routed');
  });

  test('F10: sent again whole by an association that ends well: complete after the quiet time', async () => {
    const { send, end, pass, study } = box();
    await send('one', { sop: '1.2.1' });
    end('aborted');
    await send('one', { sop: '1.2.1', association: association({ id: 'assoc-2' }) });
    await send('two', { sop: '1.2.2', association: association({ id: 'assoc-2' }) });
    end('released', 'assoc-2');
    expect(study().aborted).toBe(0);
    await pass(61_000);
    expect(study().state).toBe('routed');
  });

  test('F01, F10: a box that was killed in the middle of an association treats it as aborted at its next start', async () => {
    const { send, end, pass, study, store, clock, state } = box();
    await send('one');
    const restart = () => markCutOff({ store, clock, settings: () => state.settings });
    restart();
    await pass(100_000);
    expect(study()).toMatchObject({ state: 'arriving', aborted: 1 });
    await send('two', { association: association({ id: 'assoc-2' }) });
    end('released', 'assoc-2');
    restart();
    await pass(61_000);
    expect(study()).toMatchObject({ state: 'routed', aborted: 0 });
  });

  test('F14: another patient under the same Study UID: held, nothing sent, also what comes later', async () => {
    const { send, pass, study, store, consignments } = box();
    await send('one');
    expect(await send('two', { header: header({ patientId: 'TEST-0002' }) })).toEqual({ status: 0x0000 });
    expect(study()).toMatchObject({ state: 'held', code: 'receive-conflicting-patient' });
    await send('three');
    await pass(48 * 3_600_000);
    expect(study().state).toBe('held');
    expect(consignments()).toEqual([]);
    expect(store.items.ofStudy(study().id)).toHaveLength(3);
  });

  test('F14: another name under the same Patient ID counts too', async () => {
    const { send, study } = box();
    await send('one');
    await send('two', { header: header({ patientName: 'Andere^Person' }) });
    expect(study().code).toBe('receive-conflicting-patient');
  });

  test('F14: a conflict that shows when the study was already settled', async () => {
    const { send, study, store, clock, consignments, pass } = box();
    await send('one');
    store.studies.move(study().id, { state: 'settled', due_ms: clock.steady() + 5_000 }, clock.now());
    await send('two', { header: header({ patientId: 'TEST-0002' }) });
    await pass(10_000);
    expect(study().state).toBe('held');
    expect(consignments()).toEqual([]);
  });

  test('a late image makes a second rule match: its partner gets the whole study, the first one only what is new', async () => {
    const { send, pass, consignments, store } = box({
      partners: [{ id: 'klinik' }, { id: 'gefaesse' }],
      routes: [
        { id: 'ct', when: { modality: 'CT' }, to: ['klinik'] },
        { id: 'hals', when: { tags: [{ keyword: 'BodyPartExamined', matches: 'NECK' }] }, to: ['gefaesse'] },
      ],
    });
    await send('one', { header: header({ bodyPartExamined: 'HEAD' }) });
    await send('two', { header: header({ bodyPartExamined: 'HEAD' }) });
    await pass(60_000);
    expect(consignments().map((c) => c.partner_id)).toEqual(['klinik']);
    await send('three', { header: header({ bodyPartExamined: 'NECK' }) });
    await pass(60_000);
    const sent = consignments().map((c) => [c.partner_id, c.sequence, store.items.ofConsignment(c.id).length]);
    expect(sent.toSorted()).toEqual([
      ['gefaesse', 1, 3],
      ['klinik', 1, 2],
      ['klinik', 2, 1],
    ]);
  });

  test('a rule on the header makes a study urgent as soon as its first image tells', async () => {
    const { send, study, clock } = box({
      routes: [
        {
          ...{ id: 'stroke', urgent: true, to: ['klinik'] },
          when: { tags: [{ keyword: 'StudyDescription', matches: '*stroke*' }] },
        },
      ],
    });
    await send('one', { header: header({ studyDescription: 'CT Stroke-Protokoll' }) });
    expect(study()).toMatchObject({ urgent: 1, due_ms: clock.steady() + lineLimits.urgent_gather_ms });
  });

  test('F20: a late image: a supplement with sequence 2 that holds only what is new', async () => {
    const { send, pass, study, store, consignments } = box();
    await send('one', { sop: '1.2.1' });
    await send('two', { sop: '1.2.2' });
    await pass(61_000);
    await send('late', { sop: '1.2.3' });
    expect(study().state).toBe('arriving');
    await pass(61_000);
    const made = consignments();
    expect(made.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(store.items.ofConsignment(made[1]!.id).map(({ sop_uid }) => sop_uid)).toEqual(['1.2.3']);
    expect(new Set(made.map(({ set_id }) => set_id)).size).toBe(2);
  });

  test('an image between settled and routed travels with the others', async () => {
    const { send, study, store, clock, consignments, pass } = box();
    await send('one');
    store.studies.move(study().id, { state: 'settled', due_ms: clock.steady() + 5_000 }, clock.now());
    await send('two');
    await pass(6_000);
    expect(store.items.ofConsignment(consignments()[0]!.id)).toHaveLength(2);
    await pass(120_000);
    expect(consignments()).toHaveLength(1);
  });

  test('urgent: leaves while it still arrives, in sets of what came together', async () => {
    const routes = [{ id: 'stroke', when: { modality: 'CT' }, to: ['klinik'], urgent: true }];
    const { send, pass, store, consignments } = box({ routes });
    for (let n = 0; n < 3; n++) {
      await send(`image ${n}a`);
      await send(`image ${n}b`);
      await pass(lineLimits.urgent_gather_ms);
    }
    const made = consignments();
    expect(made.map(({ sequence, urgent }) => [sequence, urgent])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(made.map(({ id }) => store.items.ofConsignment(id).length)).toEqual([2, 2, 2]);
  });

  test('urgent is noticed in the middle of a study that was not: it goes now, not after the quiet time', async () => {
    const routes = [
      { id: 'rest', when: {}, to: ['klinik'] },
      { id: 'stroke', when: { modality: 'CT' }, to: ['klinik'], urgent: true },
    ];
    const { send, pass, study } = box({ routes });
    await send('scout', { header: header({ modality: 'OT' }) });
    await pass(1_000);
    expect(study().state).toBe('arriving');
    await send('image', { header: header({ modality: 'CT' }) });
    await pass(lineLimits.urgent_gather_ms);
    expect(study().state).toBe('routed');
  });

  test('F67: the wall clock jumps while a study arrives: it goes after its quiet time all the same', async () => {
    const { send, pass, clock, study } = box();
    await send('one');
    clock.setWall(0);
    await send('two');
    await pass(59_000);
    expect(study().state).toBe('arriving');
    clock.setWall(Date.UTC(2038, 0, 20));
    await pass(2_000);
    expect(study().state).toBe('routed');
  });
});

describe('route', () => {
  const partners = [{ id: 'klinik' }, { id: 'praxis' }];

  test('F21: nobody to send to: held with the reason, the instances kept', async () => {
    const { state, send, pass, study, store } = box({ partners });
    await send('one');
    state.settings = testSettings({ partners: [{ id: 'praxis' }] });
    await pass(61_000);
    expect(study()).toMatchObject({ state: 'held', code: 'route-nobody' });
    expect(store.items.unconsigned(study().id)).toHaveLength(1);
  });

  test('one consignment for each partner, each with a set id of its own', async () => {
    const routes = [{ id: 'both', when: {}, to: ['klinik', 'praxis'] }];
    const { send, pass, consignments, store } = box({ partners, routes });
    await send('one');
    await send('two');
    await pass(61_000);
    const made = consignments();
    expect(made.map(({ partner_id }) => partner_id).sort()).toEqual(['klinik', 'praxis']);
    expect(new Set(made.map(({ set_id }) => set_id)).size).toBe(2);
    for (const { id } of made) expect(store.items.ofConsignment(id)).toHaveLength(2);
  });

  test('a partner on hold: its consignment waits with that reason, the other goes', async () => {
    const routes = [{ id: 'both', when: {}, to: ['klinik', 'praxis'] }];
    const { send, pass, consignments } = box({ partners: [{ id: 'klinik', hold: true }, { id: 'praxis' }], routes });
    await send('one');
    await pass(61_000);
    const byPartner = Object.fromEntries(consignments().map((row) => [row.partner_id, row]));
    expect(byPartner.klinik).toMatchObject({ state: 'held', code: 'route-partner-on-hold', due_ms: null });
    expect(byPartner.praxis).toMatchObject({ state: 'routed', code: null });
  });

  test('F22: a rule that changes afterwards leaves consignments alone; its partner gets the study with the next image, whole', async () => {
    const toKlinik = [{ id: 'r', when: {}, to: ['klinik'] }];
    const toPraxis = [{ id: 'r', when: {}, to: ['praxis'] }];
    const { send, pass, state, consignments, store } = box({ partners, routes: toKlinik });
    await send('one', { sop: '1.2.1' });
    await pass(61_000);
    state.settings = testSettings({ partners, routes: toPraxis });
    await pass(3_600_000);
    expect(consignments().map(({ partner_id }) => partner_id)).toEqual(['klinik']);
    await send('late', { sop: '1.2.2' });
    await pass(61_000);
    const made = consignments();
    expect(made.map(({ partner_id }) => partner_id)).toEqual(['klinik', 'praxis']);
    expect(store.items.ofConsignment(made[1]!.id).map(({ sop_uid }) => sop_uid)).toEqual(['1.2.1', '1.2.2']);
  });

  test('every stored instance is in exactly one consignment for each partner, whatever the order of events', async () => {
    const { send, pass, folder } = box({ settle: { quiet_s: 10, cap_s: 25 } });
    const random = seeded(7);
    for (let n = 0; n < 60; n++) {
      await send(`image ${n}`, { header: header({ studyInstanceUid: `1.2.3.${1 + random.below(3)}` }) });
      if (random.next() < 0.4) await pass(random.below(15_000));
    }
    await pass(60_000);
    const counts = rawDatabase(folder)
      .prepare(
        'SELECT count(link.item_id) AS n FROM item LEFT JOIN consignment_item AS link ON link.item_id = item.id GROUP BY item.id',
      )
      .pluck()
      .all();
    expect(counts).toHaveLength(60);
    expect(new Set(counts)).toEqual(new Set([1]));
  });
});

test('a box that stops in the middle of an association: more was to come, so not before the cap', async () => {
  const { send, receive, study } = box();
  await send('one');
  receive.onEnd({ association: association(), outcome: 'stopped', stored: 1, openInstance: false });
  expect(study().aborted).toBe(1);
});
