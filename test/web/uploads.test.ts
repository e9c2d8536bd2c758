import { stat } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { uploadLimits } from '../../src/core/upload-limits.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { openWeb, type TestCaller, type TestWeb } from '../support/web.ts';

// The tus side as a client sees it (tus.io 1.0.0), and sending by the API. What becomes of the files is in
// test/outbound/upload.test.ts.

const TUS = { 'tus-resumable': '1.0.0' };
const BYTES = { 'content-type': 'application/offset+octet-stream' };
const PARTNER = { id: 'nord', name: 'Klinik Nord', address: 'dicom@nord.example', ae_title: 'NORD', smtp: null };

const metadata = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

function begin(caller: TestCaller, length: number | string, more: Record<string, string> = {}, body?: Buffer) {
  return caller.post('/api/uploads', body, { headers: { ...TUS, 'upload-length': String(length), ...more } });
}

const patch = (caller: TestCaller, url: string, offset: number | string, bytes: Buffer) =>
  caller.patch(url, bytes, { headers: { ...TUS, ...BYTES, 'upload-offset': String(offset) } });

/** Uploads a file in one request. */
async function put(caller: TestCaller, bytes: Buffer, name = 'IM0001', folder = ''): Promise<string> {
  const answer = await begin(
    caller,
    bytes.length,
    { ...BYTES, 'upload-metadata': metadata({ filename: name, ...(folder && { folder }) }) },
    bytes,
  );
  expect(answer).toMatchObject({ status: 201, headers: { 'upload-offset': String(bytes.length) } });
  return answer.body.id;
}

describe('uploads by tus', () => {
  let web: TestWeb;
  let erika: TestCaller;
  beforeAll(async () => {
    web = await openWeb({ settings: { partners: [PARTNER] } });
    erika = web.as('operator');
  });
  afterAll(() => web.stop());

  const as = (caller: TestCaller, method: 'HEAD' | 'OPTIONS', url: string) =>
    web.ask({ method, url, headers: { ...TUS, authorization: `Bearer ${caller.token}` } });
  const head = (caller: TestCaller, url: string) => as(caller, 'HEAD', url);

  test('a client learns what the box speaks', async () => {
    const answer = await as(erika, 'OPTIONS', '/api/uploads');
    expect(answer).toMatchObject({
      status: 204,
      headers: {
        'tus-resumable': '1.0.0',
        'tus-version': '1.0.0',
        'tus-extension': 'creation,creation-with-upload,termination,expiration',
        'tus-max-size': String(uploadLimits.file_bytes),
      },
    });
  });

  test('begin, pieces, how far, and gone', async () => {
    const begun = await begin(erika, 10, { 'upload-metadata': metadata({ filename: 'a.dcm', folder: 'CD/DICOM' }) });
    expect(begun).toMatchObject({ status: 201, body: { name: 'a.dcm', folder: 'CD/DICOM', offset_bytes: 0 } });
    expect(Date.parse(String(begun.headers['upload-expires']))).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    const url = String(begun.headers.location);
    expect(url).toMatch(/^\/api\/uploads\/[0-9a-z]{20}$/);
    expect(await patch(erika, url, 0, Buffer.from('12345'))).toMatchObject({
      status: 204,
      headers: { 'upload-offset': '5', 'tus-resumable': '1.0.0' },
    });
    expect(await head(erika, url)).toMatchObject({
      status: 200,
      headers: {
        ...{ 'upload-offset': '5', 'upload-length': '10', 'cache-control': 'no-store' },
        'upload-metadata': metadata({ filename: 'a.dcm', folder: 'CD/DICOM' }),
      },
    });
    expect(await patch(erika, url, 3, Buffer.from('x'))).toMatchObject({
      status: 409,
      body: { code: 'upload-offset-stale', message: 'The upload goes on at byte 5.' },
    });
    expect(await patch(erika, url, 5, Buffer.from('67890x'))).toMatchObject({
      status: 413,
      body: { code: 'upload-too-long' },
    });
    expect(await erika.post('/api/send/look', { uploads: [url.slice(-20)] })).toMatchObject({
      status: 409,
      body: { code: 'upload-incomplete' },
    });
    expect(await patch(erika, url, 5, Buffer.from('67890'))).toMatchObject({ status: 204 });
    expect(await erika.delete(url, { headers: TUS })).toMatchObject({ status: 204 });
    expect(await head(erika, url)).toMatchObject({ status: 404 });
  });

  test('what is no tus is told so', async () => {
    expect(await erika.post('/api/uploads', undefined, { headers: { 'upload-length': '1' } })).toMatchObject({
      status: 412,
      headers: { 'tus-version': '1.0.0' },
      body: { code: 'upload-version' },
    });
    for (const length of ['', '-1', '1.5', '0x10', '9'.repeat(16)]) {
      expect(await begin(erika, length), length).toMatchObject({ status: 400, body: { code: 'upload-protocol' } });
    }
    const { headers } = await begin(erika, 3);
    const url = String(headers.location);
    const typed = { headers: { ...TUS, 'content-type': 'application/octet-stream', 'upload-offset': '0' } };
    expect(await erika.patch(url, Buffer.from('abc'), typed)).toMatchObject({ status: 415 });
    expect(await patch(erika, url, 'x', Buffer.from('abc'))).toMatchObject({ status: 400 });
  });

  test('F15, F56: a path in a file name is a word, and no path', async () => {
    const names = [
      '../../../etc/passwd',
      '..\\..\\con',
      '/etc/cron.d/x',
      'a\u202egpj.exe',
      'C:\\x\\..\\y.dcm',
      '\0',
      '..',
    ];
    for (const name of names) {
      const { body, status } = await begin(erika, 1, { 'upload-metadata': metadata({ filename: name, folder: name }) });
      expect(status).toBe(201);
      expect(body.name).toMatch(/^[^/\\\0]+$/);
      expect(body.id).toMatch(/^[0-9a-z]{20}$/);
      expect(`/${body.folder}/`).not.toMatch(/\/\.\.?\/|[\\\0\u202e]/);
      await erika.delete(`/api/uploads/${body.id}`, { headers: TUS });
    }
  });

  test('an id that is not there, of somebody else, or a path: all the same answer', async () => {
    const { body } = await begin(erika, 1);
    const admin = web.as('admin');
    for (const [caller, id] of [
      [admin, body.id],
      [erika, 'nothing'],
      [erika, '..%2F..%2Fsettings.yaml'],
    ] as const) {
      const url = `/api/uploads/${id}`;
      expect(await head(caller, url)).toMatchObject({ status: 404 });
      expect(await patch(caller, url, 0, Buffer.from('x'))).toMatchObject({
        status: 404,
        body: { code: 'upload-unknown' },
      });
      expect(await caller.delete(url, { headers: TUS })).toMatchObject({ status: 404 });
      expect(await caller.post('/api/send', { uploads: [id], partners: ['nord'] })).toMatchObject({ status: 404 });
    }
  });

  test('who may only look may not send, and nobody may without logging in', async () => {
    const viewer = web.as('viewer');
    expect(await begin(viewer, 1)).toMatchObject({ status: 403, body: { code: 'role-needed' } });
    expect(await viewer.post('/api/send', { uploads: ['x'], partners: ['nord'] })).toMatchObject({ status: 403 });
    expect(await begin(web.as(null), 1)).toMatchObject({ status: 401 });
  });

  test('bodies of other routes stay small', async () => {
    const headers = { 'content-type': 'application/json' };
    const large = await erika.post('/api/send', `{"uploads":["${'x'.repeat(3e6)}"]}`, { headers });
    expect(large).toMatchObject({ status: 413, body: { code: 'request-too-large' } });
    const raw = await erika.post('/api/send', Buffer.alloc(10), { headers: BYTES });
    expect(raw).toMatchObject({ status: 415 });
  });

  /** A request over a real connection, whose body the test sends as it likes. */
  function open(url: string, headers: Record<string, string>, method = 'PATCH') {
    const request = httpsRequest(new URL(url, web.url), {
      ...{ method, rejectUnauthorized: false, agent: false },
      headers: { authorization: `Bearer ${erika.token}`, ...TUS, ...BYTES, ...headers },
    });
    const answered = new Promise<{ status: number; headers: object }>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode!, headers: response.headers });
      });
    });
    answered.catch(() => {});
    return { request, answered };
  }

  test('F74: an upload whose connection is cut goes on by a second one, also while the first seems to live', async () => {
    const bytes = buildInstance({ pixelBytes: 400_000 });
    const { headers, body } = await begin(erika, bytes.length);
    const url = String(headers.location);
    const length = { 'content-length': String(bytes.length), 'upload-offset': '0' };
    const cut = open(url, length);
    cut.request.write(bytes.subarray(0, 100_000));
    await vi.waitFor(async () => expect(await sizeOnDisk(body.id)).toBe(100_000), { timeout: 10_000 });
    cut.request.destroy();
    await vi.waitFor(async () => expect((await head(erika, url)).headers['upload-offset']).toBe('100000'));
    // This one is still open, and silent, when the next comes.
    const silent = open(url, { 'content-length': '300000', 'upload-offset': '100000' });
    silent.request.write(bytes.subarray(100_000, 200_000));
    await vi.waitFor(async () => expect(await sizeOnDisk(body.id)).toBe(200_000), { timeout: 10_000 });
    expect((await head(erika, url)).headers['upload-offset']).toBe('200000');
    await expect(silent.answered).rejects.toThrow();
    expect(await patch(erika, url, 200_000, bytes.subarray(200_000))).toMatchObject({ status: 204 });
    const look = await erika.post('/api/send/look', { uploads: [body.id] });
    expect(look.body.studies).toMatchObject([{ images: 1, size_bytes: bytes.length }]);
  });

  async function sizeOnDisk(id: string): Promise<number> {
    return (await stat(`${web.folder}/spool/uploads/${id}`)).size;
  }

  test('so many at once, and no more', async () => {
    const opened = [];
    for (let n = 0; n < uploadLimits.at_once_per_person; n++) {
      const { headers } = await begin(erika, 10);
      const one = open(String(headers.location), { 'content-length': '10', 'upload-offset': '0' });
      one.request.write('12345');
      opened.push(one);
    }
    const { headers } = await begin(erika, 10);
    const late = String(headers.location);
    await vi.waitFor(async () => expect(await patch(erika, late, 0, Buffer.alloc(0))).toMatchObject({ status: 429 }));
    expect((await patch(erika, late, 0, Buffer.from('x'))).headers['retry-after']).toBe('2');
    for (const { request } of opened) request.end('67890');
    expect((await Promise.all(opened.map(({ answered }) => answered))).map(({ status }) => status)).toEqual(
      Array(uploadLimits.at_once_per_person).fill(204),
    );
    expect(await patch(erika, late, 0, Buffer.from('1234567890'))).toMatchObject({ status: 204 });
  });
});

describe('a disk with too little room', () => {
  test('F74: 5 GB are refused before the first byte', async () => {
    const web = await openWeb({ settings: { disk: { refuse_below_bytes: 2 ** 40 } } });
    try {
      expect(await begin(web.as('operator'), 5e9)).toMatchObject({ status: 507, body: { code: 'disk-full' } });
    } finally {
      await web.stop();
    }
  });
});

describe('sending', () => {
  let web: TestWeb;
  let erika: TestCaller;
  beforeAll(async () => {
    web = await openWeb({ settings: { partners: [PARTNER] } });
    erika = web.as('operator');
  });
  afterAll(() => web.stop());

  test('looked at, sent, audited; asked again, the same answer', async () => {
    const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
    const uploads = [
      await put(erika, buildInstance(uids)),
      await put(erika, buildInstance(uids)),
      await put(erika, Buffer.from('%PDF-1.4 Befund'), 'befund.pdf'),
      await put(erika, Buffer.from('MZ'), 'viewer.exe', 'CD'),
    ];
    const look = await erika.post('/api/send/look', { uploads }, { headers: { 'accept-language': 'de' } });
    expect(look).toMatchObject({
      status: 200,
      body: {
        pending: 0,
        studies: [
          {
            patients: [{ name: 'Testperson^Erika', id: 'TEST-0001', images: 2 }],
            images: 2,
            series: 1,
            held: false,
            id: null,
          },
        ],
        documents: [{ key: uploads[2], name: 'befund.pdf', media_type: 'application/pdf' }],
        refused: [
          {
            name: 'viewer.exe',
            folder: 'CD',
            code: 'file-unknown',
            message: 'Die Datei ist weder DICOM noch PDF, JPEG, PNG oder ZIP.',
          },
        ],
        refused_count: 1,
        missing: 0,
      },
    });
    const order = { uploads, partners: ['nord'], urgent: true, comment: 'Zeile eins\nZeile zwei' };
    const sent = await erika.post('/api/send', order);
    expect(sent).toMatchObject({
      status: 200,
      body: {
        studies: [{ images: 2, documents: 1, state: 'routed', consignments: [{ partner: 'nord', already: false }] }],
      },
    });
    expect((await erika.post('/api/send', order)).body).toEqual(sent.body);
    const { id } = sent.body.studies[0];
    const [line] = web.premises.desk.audit.list({ limit: 1 });
    expect(line).toMatchObject({ by: erika.name, act: 'study-send', subject: id });
    expect(JSON.stringify(line)).not.toMatch(/Testperson|TEST-0001|befund/);
    expect(web.premises.desk.audit.list({ limit: 10, act: 'study-send' }), 'audited once').toHaveLength(1);
    expect((await erika.post('/api/send/look', { uploads })).status).toBe(404);
  });

  test('what is wrong with an order stands beside its field, in the language asked for', async () => {
    const wrong = await erika.post('/api/send', {
      uploads: [],
      partners: [],
      urgent: 'yes',
      comment: 'x'.repeat(1001),
    });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'request-invalid' } });
    expect(wrong.body.problems.map(({ path }: { path: string[] }) => path.join('.')).sort()).toEqual([
      'comment',
      'partners',
      'uploads',
      'urgent',
    ]);
    const uploads = [await put(erika, Buffer.from('%PDF-1.4'), 'befund.pdf')];
    expect(await erika.post('/api/send', { uploads, partners: ['nobody'] })).toMatchObject({
      status: 422,
      body: { code: 'send-partner-unknown' },
    });
    expect(await erika.post('/api/send', { uploads, partners: ['nord'] })).toMatchObject({
      status: 422,
      body: { code: 'send-document-study' },
    });
    expect(await erika.post('/api/send', { uploads, partners: ['nord'], study: 'nothing' })).toMatchObject({
      status: 404,
      body: { code: 'store-no-such-row' },
    });
  });
});
