import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Settings } from '../../src/config/schema.ts';
import { hashFile } from '../../src/core/files.ts';
import { uploadLimits } from '../../src/core/upload-limits.ts';
import { release } from '../../src/line/acts.ts';
import type { Station } from '../../src/line/conveyor.ts';
import { routeStation } from '../../src/outbound/route.ts';
import { settleStation } from '../../src/outbound/settle.ts';
import { type Order, openUploads, type Uploads } from '../../src/outbound/upload.ts';
import { surveyUploads } from '../../src/workers/survey.ts';
import { manualClock } from '../support/clock.ts';
import { buildDataSet, buildInstance, type InstanceOptions, newUid } from '../support/instances.ts';
import { openTestLog, run, settled } from '../support/line.ts';
import { python } from '../support/python.ts';
import { SAMPLES_FOLDER } from '../support/samples.ts';
import { testSettings } from '../support/settings.ts';
import { temporaryStore } from '../support/store.ts';

const PDF = Buffer.from('%PDF-1.4\nTestbefund\n%%EOF\n');
const JPEG = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(100, 7)]);
const ERIKA = 'erika';

/** The upload station on a real database and real files, its survey in the same thread. */
async function world(given: Parameters<typeof testSettings>[0] = { partners: [{ id: 'nord' }, { id: 'west' }] }) {
  const { store, folder } = temporaryStore();
  const clock = manualClock();
  const log = openTestLog();
  const state: { settings: Settings; room: number } = { settings: testSettings(given), room: 1e10 };
  const parts = {
    ...{ store, settings: () => state.settings, folder, clock, log, roomLeft: () => state.room, wake: () => {} },
    survey: surveyUploads,
  };
  const open = async () => {
    const uploads = await openUploads(parts);
    onTestFinished(() => uploads.close());
    return uploads;
  };
  const uploads = await open();
  const put = (bytes: Buffer, more: { name?: string; folder?: string; by?: string } = {}) => put1(uploads, bytes, more);
  const send = async (ids: readonly string[], more: Partial<Order> = {}, by = ERIKA) =>
    (await uploads.send({ uploads: ids, partners: ['nord'], urgent: false, ...more }, by)).sent;
  const spool = (name: string) =>
    readdirSync(join(folder, 'spool', name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  const time = { now: () => clock.now(), steady: () => clock.steady() };
  const conveyor = () =>
    run(store, clock, [
      settleStation({ studies: store.studies, steady: time.steady }) as Station,
      routeStation({ ...store, settings: parts.settings, ...time }) as unknown as Station,
    ]);
  return { store, folder, clock, log, state, uploads, open, put, send, spool, conveyor, time };
}

async function put1(uploads: Uploads, bytes: Buffer, o: { name?: string; folder?: string; by?: string }) {
  const { name = 'IM0001', folder = '', by = ERIKA } = o;
  const { id } = await uploads.begin({ by, name, folder, length_bytes: bytes.length });
  await uploads.append(id, by, { offset_bytes: 0, source: Readable.from([bytes]) });
  return id;
}

/** Instances of one study of one invented patient. */
function study(count: number, more: InstanceOptions = {}): Buffer[] {
  const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
  return Array.from({ length: count }, () => buildInstance({ ...uids, pixelBytes: 512, ...more }));
}

async function zipOf(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const input = JSON.stringify(Object.entries(files).map(([name, bytes]) => [name, bytes.toString('base64')]));
  return python(
    `import sys, json, base64, zipfile, io
out = io.BytesIO()
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
    for name, data in json.load(sys.stdin): z.writestr(name, base64.b64decode(data))
sys.stdout.buffer.write(out.getvalue())`,
    { input },
  );
}

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const code = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

describe('bytes arrive', () => {
  test('an upload that breaks off goes on where it was; another may not touch it', async () => {
    const { uploads, folder } = await world();
    const [image] = study(1);
    const { id } = await uploads.begin({ by: ERIKA, name: 'a', folder: '', length_bytes: image!.length });
    const broken = new Readable({ read() {} });
    const writing = uploads.append(id, ERIKA, { offset_bytes: 0, source: broken });
    broken.push(image!.subarray(0, 300));
    await vi.waitFor(async () => expect((await readFile(join(folder, 'spool/uploads', id))).length).toBe(300));
    broken.destroy(new Error('the cable'));
    await expect(writing).rejects.toEqual(code('upload-broken-off', { offset: 300 }));
    expect(await uploads.find(id, ERIKA)).toMatchObject({ offset_bytes: 300 });
    await expect(uploads.find(id, 'somebody else')).rejects.toEqual(code('upload-unknown'));
    const stale = Readable.from([image!]);
    await expect(uploads.append(id, ERIKA, { offset_bytes: 0, source: stale })).rejects.toEqual(
      code('upload-offset-stale', { offset: 300 }),
    );
    await uploads.append(id, ERIKA, { offset_bytes: 300, source: Readable.from([image!.subarray(300)]) });
    expect(await readFile(join(folder, 'spool/uploads', id))).toEqual(image);
  });

  test('a connection that is dead without knowing it gives way to the next one', async () => {
    const { uploads } = await world();
    const { id } = await uploads.begin({ by: ERIKA, name: 'a', folder: '', length_bytes: 10 });
    const dead = new Readable({ read() {} });
    const writing = uploads.append(id, ERIKA, { offset_bytes: 0, source: dead });
    dead.push(Buffer.from('12345'));
    await new Promise((resolve) => setImmediate(resolve));
    const { offset_bytes } = await uploads.find(id, ERIKA);
    await expect(writing).rejects.toEqual(code('upload-broken-off'));
    dead.push(Buffer.from('late'));
    const rest = Buffer.from('12345abcde').subarray(offset_bytes);
    expect(await uploads.append(id, ERIKA, { offset_bytes, source: Readable.from([rest]) })).toMatchObject({
      offset_bytes: 10,
    });
  });

  test('more bytes than announced: refused, what was announced stays', async () => {
    const { uploads } = await world();
    const { id } = await uploads.begin({ by: ERIKA, name: 'a', folder: '', length_bytes: 4 });
    const source = Readable.from([Buffer.from('1234'), Buffer.from('5')]);
    await expect(uploads.append(id, ERIKA, { offset_bytes: 0, source })).rejects.toEqual(code('upload-too-long'));
    expect(await uploads.find(id, ERIKA)).toMatchObject({ offset_bytes: 4 });
  });

  test('F74: 5 GB are taken where the disk has room, and refused before the first byte where it has not', async () => {
    const { uploads, state } = await world();
    const five = { by: ERIKA, name: 'cd.zip', folder: '', length_bytes: 5e9 };
    await uploads.begin(five);
    await expect(uploads.begin({ ...five, length_bytes: 6e9 }), 'the first was promised its room').rejects.toEqual(
      code('disk-full', { free_bytes: 5e9 }),
    );
    state.room = 100;
    await expect(uploads.begin({ ...five, length_bytes: 101 })).rejects.toEqual(code('disk-full'));
    await expect(uploads.begin({ ...five, length_bytes: 17 * 2 ** 30 })).rejects.toEqual(code('upload-too-large'));
  });

  test('I8: a disk that fills up meanwhile ends the upload, which goes on when there is room', async () => {
    const { uploads, state, folder } = await world();
    const { id } = await uploads.begin({ by: ERIKA, name: 'a', folder: '', length_bytes: 6 });
    const pieces = async function* () {
      yield Buffer.from('123');
      await vi.waitFor(async () => expect((await stat(join(folder, 'spool/uploads', id))).size).toBe(3));
      state.room = 0;
      yield Buffer.from('456');
    };
    await expect(uploads.append(id, ERIKA, { offset_bytes: 0, source: Readable.from(pieces()) })).rejects.toEqual(
      code('disk-full'),
    );
    state.room = 1e9;
    expect(
      await uploads.append(id, ERIKA, { offset_bytes: 3, source: Readable.from([Buffer.from('456')]) }),
    ).toMatchObject({ offset_bytes: 6 });
  });

  test('uploads outlive the process; what has no card, and what is a day old, does not', async () => {
    const { uploads, open, clock, folder, spool } = await world();
    const { id } = await uploads.begin({ by: ERIKA, name: 'a', folder: 'CD/DICOM', length_bytes: 10 });
    await uploads.append(id, ERIKA, { offset_bytes: 0, source: Readable.from([Buffer.from('12345')]) });
    await uploads.close();
    await writeFile(join(folder, 'spool/uploads/orphan'), 'x');
    await writeFile(join(folder, 'spool/uploads/half.json'), '{"by":');
    clock.setWall(Date.now());
    const again = await open();
    expect(await again.find(id, ERIKA)).toMatchObject({ offset_bytes: 5, length_bytes: 10, folder: 'CD/DICOM' });
    expect(spool('uploads').sort()).toEqual([id, `${id}.json`].sort());
    await again.close();
    clock.setWall(Date.now() + uploadLimits.age_ms + 1);
    const late = await open();
    await expect(late.find(id, ERIKA)).rejects.toEqual(code('upload-unknown'));
    expect(spool('uploads')).toEqual([]);
  });

  test('what nobody touched for a day goes', async () => {
    const { uploads, clock, spool } = await world();
    const { id } = await uploads.begin({ by: ERIKA, name: 'a', folder: '', length_bytes: 10 });
    clock.advance(uploadLimits.age_ms + uploadLimits.sweep_ms + 1);
    await vi.waitFor(() => expect(spool('uploads')).toEqual([]));
    await expect(uploads.find(id, ERIKA)).rejects.toEqual(code('upload-unknown'));
  });
});

describe('what is in it', () => {
  test('by its bytes, whatever the names say; what cannot be sent is said with its reason', async () => {
    const { uploads, put } = await world();
    const [image] = study(1);
    const ids = await Promise.all([
      put(image!, { name: 'befund.pdf' }),
      put(PDF, { name: 'IM0001.dcm' }),
      put(JPEG, { name: 'foto' }),
      put(Buffer.alloc(0), { name: 'leer' }),
      put(Buffer.from('MZ this program'), { name: 'viewer.exe' }),
      put(buildDataSet(), { name: 'bare' }),
      put(Buffer.concat([image!.subarray(0, 400)]), { name: 'cut' }),
      put(buildInstance({ StudyInstanceUID: '../../etc/passwd' }), { name: 'path' }),
      put(buildInstance({ StudyInstanceUID: null }), { name: 'nostudy' }),
      put(Buffer.from('PK\x03\x04 no archive at all'), { name: 'x.zip' }),
      put(Buffer.concat([Buffer.alloc(0x8001), Buffer.from('CD001'), Buffer.alloc(100)]), { name: 'cd.iso' }),
    ]);
    const look = await uploads.look(ids, ERIKA);
    expect(look.studies).toMatchObject([
      {
        patients: [{ name: 'Testperson^Erika', id: 'TEST-0001', images: 1 }],
        images: 1,
        modalities: ['CT'],
        held: false,
      },
    ]);
    expect(look.documents.map(({ name, media_type }) => [name, media_type])).toEqual([
      ['IM0001.dcm', 'application/pdf'],
      ['foto', 'image/jpeg'],
    ]);
    expect(Object.fromEntries(look.refused.map(({ name, code }) => [name, code]))).toEqual({
      leer: 'file-empty',
      'viewer.exe': 'file-unknown',
      bare: 'file-dicom-bare',
      cut: 'file-dicom-broken',
      path: 'file-dicom-no-study',
      nostudy: 'file-dicom-no-study',
      'x.zip': 'file-zip-broken',
      'cd.iso': 'file-iso',
    });
  });

  test('a folder with a DICOMDIR: its files count, the directory does not; what it names and is missing is counted', async () => {
    const { uploads, put } = await world();
    const root = join(SAMPLES_FOLDER, 'test_files/dicomdirtests');
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /^\d/.test(name) && /\d$/.test(name) && name.split('/').length === 3,
    );
    const ids = [await put(await readFile(join(root, 'DICOMDIR')), { name: 'DICOMDIR', folder: 'CD' })];
    for (const name of names) {
      ids.push(
        await put(await readFile(join(root, name)), {
          name: name.split('/').at(-1)!,
          folder: `CD/${name.split('/').slice(0, -1).join('/')}`,
        }),
      );
    }
    ids.push(
      await put(JPEG, { name: 'logo.jpg', folder: 'CD/viewer' }),
      await put(PDF, { name: 'befund.pdf', folder: 'other' }),
    );
    expect(names.length).toBe(31);
    const all = await uploads.look(ids, ERIKA);
    expect(all.missing).toBe(0);
    expect(all.refused).toEqual([]);
    expect(all.studies.reduce((sum, { images }) => sum + images, 0)).toBe(31);
    expect(all.documents.map(({ name, of_medium }) => [name, of_medium])).toEqual([
      ['logo.jpg', true],
      ['befund.pdf', false],
    ]);
    expect((await uploads.look(ids.slice(0, 20), ERIKA)).missing).toBe(12);
  });

  test('a ZIP of it all: names that climb are words; an archive inside an archive is refused with words', async () => {
    const { uploads, put, folder, spool } = await world();
    const [one, two] = study(2);
    const zip = await zipOf({
      '../../../etc/IM1': one!,
      'DICOM\\IM2': two!,
      'report.pdf': PDF,
      'in.zip': await zipOf({ a: one! }),
      'readme.txt': Buffer.from('hello'),
    });
    const id = await put(zip, { name: 'cd.zip' });
    const look = await uploads.look([id], ERIKA);
    expect(look.studies).toMatchObject([{ images: 2 }]);
    expect(look.documents).toMatchObject([{ name: 'report.pdf', media_type: 'application/pdf', of_medium: false }]);
    expect(look.refused.map(({ name, code }) => [name, code])).toEqual([
      ['cd.zip: in.zip', 'file-zip-nested'],
      ['cd.zip: readme.txt', 'file-unknown'],
    ]);
    for (const name of spool('uploads')) expect(name).toMatch(/^[0-9a-z]{20}(\.json)?$/);
    expect(readdirSync(join(folder, 'spool')).sort()).toEqual(['uploads']);
  });

  test('F55: a ZIP bomb is refused before it fills the disk, and leaves nothing behind', async () => {
    const { uploads, put, state, spool } = await world();
    const bomb = await python(
      `import sys, zipfile, io
out = io.BytesIO()
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
    for i in range(40): z.writestr('IM%d' % i, bytes(4 << 20))
sys.stdout.buffer.write(out.getvalue())`,
    );
    const id = await put(bomb, { name: 'cd.zip' });
    expect((await uploads.look([id], ERIKA)).refused).toMatchObject([{ name: 'cd.zip', code: 'file-zip-too-large' }]);
    expect(spool('uploads')).toHaveLength(2);
    const again = await put(bomb, { name: 'cd.zip' });
    await uploads.look([again], ERIKA);
    state.room = 20e6;
    const third = await put(bomb, { name: 'cd.zip' });
    await expect(uploads.look([third], ERIKA), 'the disk is smaller than the archive may be').rejects.toEqual(
      code('disk-full'),
    );
  });
});

describe('sending', () => {
  test('I1: each file is an item with its own bytes, on its way to the chosen partners; the uploads are gone', async () => {
    const { store, folder, put, send, spool, uploads } = await world();
    const images = study(5);
    const ids: string[] = [];
    for (const image of images) ids.push(await put(image));
    ids.push(await put(PDF, { name: '../../befund.pdf' }));
    const sent = await send(ids, { partners: ['nord', 'west'], urgent: true, comment: 'Bitte beurteilen: Schädel' });
    expect(sent.studies).toMatchObject([
      {
        state: 'routed',
        images: 5,
        known: 0,
        set_aside: 0,
        documents: 1,
        consignments: [{ partner: 'nord', state: 'routed', already: false }, { partner: 'west' }],
      },
    ]);
    const { id } = sent.studies[0]!;
    const items = store.items.ofStudy(id);
    expect(items.map(({ kind, state, consigned }) => `${kind} ${state} ${consigned}`).sort()).toEqual([
      'comment stored 1',
      'document stored 1',
      ...Array(5).fill('instance stored 1'),
    ]);
    for (const item of items) {
      expect(await hashFile(join(folder, item.path), item.data_offset)).toBe(item.sha256);
      expect(item.path).toMatch(/^spool\/instances\/\d{4}-\d\d-\d\d\/by-hand\/[0-9a-z]{20}(\.dcm)?$/);
    }
    const whole = await Promise.all(
      items.filter(({ kind }) => kind === 'instance').map(async ({ path }) => sha(await readFile(join(folder, path)))),
    );
    expect(whole.sort()).toEqual(images.map(sha).sort());
    const [consignment] = store.consignments.ofStudy(id);
    expect(consignment).toMatchObject({ urgent: 1, state: 'routed' });
    expect(store.items.ofConsignment(consignment!.id)).toHaveLength(7);
    expect(store.history.of([consignment!.id])).toMatchObject([
      { code: 'operator-sent', reason: 'Sent by hand by erika.' },
    ]);
    expect(store.studies.get(id)).toMatchObject({
      receiving: 0,
      aborted: 0,
      open_since_ms: null,
      patient_id: 'TEST-0001',
    });
    await vi.waitFor(() => expect(spool('uploads')).toEqual([]));
    await expect(uploads.look(ids, ERIKA)).rejects.toEqual(code('upload-unknown'));
  });

  test('F11: the same again to the same partner sends nothing; to another, all of it, from the same files', async () => {
    const { store, put, send, spool } = await world();
    const images = study(3);
    const upload = async () => Promise.all(images.map((image) => put(image)));
    const first = await send(await upload());
    const again = await send(await upload());
    expect(again.studies).toMatchObject([
      { images: 0, known: 3, consignments: [{ id: first.studies[0]!.consignments[0]!.id, already: true }] },
    ]);
    const other = await send(await upload(), { partners: ['nord', 'west'] });
    expect(other.studies[0]!.consignments).toMatchObject([{ already: true }, { partner: 'west', already: false }]);
    expect(store.items.ofStudy(first.studies[0]!.id)).toHaveLength(3);
    expect(spool('instances')).toHaveLength(3);
  });

  test('whoever did not hear the answer asks again and hears it', async () => {
    const { put, send, store } = await world();
    const ids = [await put(study(1)[0]!)];
    const [sent, meanwhile] = await Promise.allSettled([send(ids), send(ids)]);
    expect(meanwhile).toMatchObject({ status: 'rejected', reason: { code: 'upload-in-use' } });
    expect(await send(ids)).toEqual((sent as PromiseFulfilledResult<unknown>).value);
    expect(store.overview.counts().filter(({ entity }) => entity === 'consignment')).toMatchObject([{ count: 1 }]);
  });

  test('F12: other bytes under a known UID are set aside and not sent', async () => {
    const { store, put, send } = await world();
    const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid(), SOPInstanceUID: newUid() };
    const first = await put(buildInstance({ ...uids, pixelBytes: 100 }));
    const second = await put(buildInstance({ ...uids, pixelBytes: 102 }));
    const sent = await send([first, second]);
    expect(sent.studies).toMatchObject([{ images: 1, set_aside: 1, state: 'routed' }]);
    const [row] = sent.studies;
    expect(
      store.items
        .ofStudy(row!.id)
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['conflict', 'stored']);
    expect(store.items.ofConsignment(row!.consignments[0]!.id)).toHaveLength(1);
  });

  test('F14: two patients under one UID are held with their consignments; released, they go to whom the person chose and nobody else', async () => {
    const { store, put, send, uploads, conveyor, clock, time } = await world({
      partners: [{ id: 'nord' }, { id: 'west' }],
      routes: [{ id: 'ct', when: { modality: 'CT' }, to: ['west'] }],
    });
    const uids = { StudyInstanceUID: newUid() };
    const ids = [
      await put(buildInstance(uids)),
      await put(buildInstance({ ...uids, PatientID: 'TEST-0002', PatientName: 'Testperson^Otto' })),
    ];
    expect((await uploads.look(ids, ERIKA)).studies).toMatchObject([
      { held: true, patients: [{ id: 'TEST-0001' }, { id: 'TEST-0002' }] },
    ]);
    const sent = await send(ids);
    expect(sent.studies).toMatchObject([
      {
        state: 'held',
        code: 'receive-conflicting-patient',
        consignments: [{ state: 'held', code: 'receive-conflicting-patient' }],
      },
    ]);
    const { id } = sent.studies[0]!;
    release(store, id, { by: 'chef', ...time, confirmWithin_ms: () => null, owe: () => {} });
    const running = conveyor();
    clock.advance(1_000);
    await settled(store, running);
    expect(store.studies.get(id)).toMatchObject({ state: 'routed' });
    expect(store.consignments.ofStudy(id)).toMatchObject([{ partner_id: 'nord', state: 'routed' }]);
  });

  test('documents go with the one study, with the chosen one, or not at all', async () => {
    const { store, put, send } = await world();
    const [a] = study(1);
    const [b] = study(1, { PatientID: 'TEST-0002', PatientName: 'Testperson^Otto' });
    const pdf = await put(PDF, { name: 'befund.pdf' });
    await expect(send([pdf])).rejects.toEqual(code('send-document-study'));
    const [one, two] = [await put(a!), await put(b!)];
    await expect(send([one, two, pdf])).rejects.toEqual(code('send-document-study'));
    await expect(send([one, two, pdf], { study: newUid() })).rejects.toEqual(code('store-no-such-row'));
    await expect(send([one], { studies: ['1.2.3'] })).rejects.toEqual(code('send-choice-unknown'));
    await expect(send([one], { partners: ['nobody'] })).rejects.toEqual(code('send-partner-unknown'));
    const sent = await send([one, two, pdf], { documents: [] });
    expect(sent.studies.map(({ documents }) => documents)).toEqual([0, 0]);
    // A report for a study that is here already.
    const late = await put(PDF, { name: 'befund.pdf' });
    const more = await send([late], { study: sent.studies[1]!.id });
    expect(more.studies).toMatchObject([
      { id: sent.studies[1]!.id, documents: 1, images: 0, consignments: [{ already: false }] },
    ]);
    expect(store.items.ofConsignment(more.studies[0]!.consignments[0]!.id)).toMatchObject([
      { kind: 'document', name: 'befund.pdf' },
    ]);
  });

  test('only the chosen studies of a medium go', async () => {
    const { store, put, send } = await world();
    const uid = newUid();
    const ids = [await put(buildInstance({ StudyInstanceUID: uid })), await put(study(1)[0]!)];
    expect((await send(ids, { studies: [uid] })).studies).toMatchObject([{ study_uid: uid }]);
    expect(store.overview.studies({ limit: 9 })).toHaveLength(1);
  });

  test('I8: nothing is accepted below the reserve; the uploads stay', async () => {
    const { put, send, state, spool } = await world();
    const ids = [await put(study(1)[0]!)];
    state.room = 0;
    await expect(send(ids)).rejects.toEqual(code('disk-full'));
    expect(spool('uploads')).toHaveLength(2);
    state.room = 1e9;
    expect((await send(ids)).studies).toHaveLength(1);
  });

  test('a partner on hold: its consignment waits', async () => {
    const { put, send } = await world({ partners: [{ id: 'nord', hold: true }] });
    const sent = await send([await put(study(1)[0]!)]);
    expect(sent.studies[0]!.consignments).toMatchObject([{ state: 'held', code: 'route-partner-on-hold' }]);
  });

  test('a study that was discarded is sent when somebody sends it anew; one whose files retention took, too', async () => {
    const { store, put, send, clock } = await world();
    const images = study(2);
    const upload = () => Promise.all(images.map((image) => put(image)));
    const first = await send(await upload());
    const { id } = first.studies[0]!;
    for (const item of store.items.ofStudy(id)) store.items.setState(item.id, 'removed', clock.now());
    const again = await send(await upload());
    expect(again.studies).toMatchObject([{ id, images: 2, known: 0, consignments: [{ already: false }] }]);
    for (const { id: row } of store.consignments.ofStudy(id))
      store.consignments.move(row, { state: 'discarded' }, clock.now());
    for (const item of store.items.ofStudy(id))
      if (item.state === 'stored') store.items.setState(item.id, 'discarded', clock.now());
    store.studies.move(id, { state: 'discarded' }, clock.now());
    const third = await send(await upload());
    expect(third.studies).toMatchObject([{ id, state: 'routed', consignments: [{ already: false }] }]);
  });
});
