import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPreviews } from '../../src/box/previews.ts';
import { previewLimits } from '../../src/core/limits.ts';
import type { Store } from '../../src/store/store.ts';
import { buildInstance } from '../support/instances.ts';
import { listSamples } from '../support/samples.ts';
import { newItem, studyFacts, temporaryFolder } from '../support/store.ts';
import { openWeb, type TestCaller, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let store: Store;
let viewer: TestCaller;

beforeAll(async () => {
  web = await openWeb();
  store = web.premises.box()!.store;
  viewer = web.as('viewer');
});
afterAll(() => web.stop());

/** A study with these files. */
function studyOf(files: { bytes?: Buffer; copy?: string; series?: string; sopClass?: string }[]): string {
  const uid = `1.2.7.${Math.floor(Math.random() * 1e12)}`;
  const { id } = store.studies.add({
    ...{ direction: 'out', origin: 'X', lane: 'x', state: 'routed', now_ms: Date.now() },
    facts: studyFacts({ study_uid: uid }),
  });
  for (const [index, { bytes, copy, series = '1.1', sopClass }] of files.entries()) {
    const item = newItem(id, index, {
      ...{ path: `spool/instances/${uid}/${index}.dcm`, series_uid: series, sop_uid: `${uid}.${index}` },
      ...(sopClass && { sop_class: sopClass }),
    });
    mkdirSync(dirname(join(web.folder, item.path)), { recursive: true });
    if (copy) copyFileSync(copy, join(web.folder, item.path));
    else writeFileSync(join(web.folder, item.path), bytes!);
    store.items.add(item);
  }
  return id;
}

/** 16-bit grey values of a size, all the same. */
const grey = (columns: number, rows: number, value: number) => {
  const pixels = Buffer.alloc(columns * rows * 2);
  for (let at = 0; at < pixels.length; at += 2) pixels.writeUInt16LE(value, at);
  return pixels;
};

describe('the picture', () => {
  test('is one of the middle of the largest series of images, at most 512 wide; nobody keeps it, and the look is audited', async () => {
    const image = (value: number) => {
      const half = grey(1024, 512, value);
      return buildInstance({ pixelBytes: Buffer.concat([grey(1024, 512, 0), half]) });
    };
    const id = studyOf([
      ...[1, 2, 3].map(() => ({
        bytes: Buffer.from('a report'),
        series: '1.2',
        sopClass: '1.2.840.10008.5.1.4.1.1.88.11',
      })),
      { bytes: image(100), series: '1.3' },
      { bytes: Buffer.from('no image'), series: '1.4' },
      { bytes: image(60_000), series: '1.4' },
    ]);
    const answer = await viewer.get(`/api/studies/${id}/preview`);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'image/png', 'cache-control': 'no-store' },
    });
    const { width, height, data, channels } = decode(answer.bytes);
    expect([width, height]).toEqual([512, 512]);
    const pixel = (x: number, y: number) => data[(y * width + x) * channels]!;
    expect([pixel(10, 10), pixel(10, 500)]).toEqual([0, 255]);
    const [line] = web.premises.desk.audit.list({ limit: 1 });
    expect(line).toMatchObject({ by: 'test-viewer', act: 'study-preview', subject: id });
  });

  test('a study without an image, or without its files, says so; nothing is audited', async () => {
    const before = web.premises.desk.audit.last().id;
    const report = studyOf([{ bytes: Buffer.from('x'), sopClass: '1.2.840.10008.5.1.4.1.1.88.11' }]);
    const gone = studyOf([{ bytes: buildInstance() }]);
    store.items.setState(store.items.ofStudy(gone)[0]!.id, 'removed', 1);
    for (const id of [report, gone]) {
      expect(await viewer.get(`/api/studies/${id}/preview`)).toMatchObject({
        status: 404,
        body: { code: 'preview-none' },
      });
    }
    expect(web.premises.desk.audit.last().id).toBe(before);
  });

  test.each([
    ['garbage', () => Buffer.from('this is no DICOM '.repeat(50))],
    ['nothing', () => Buffer.alloc(0)],
    ['a file cut in its header', () => buildInstance().subarray(0, 400)],
    ['compressed pixels that are none', () => buildInstance({ transferSyntaxUid: '1.2.840.10008.1.2.4.90' })],
    ['a transfer syntax that nobody knows', () => buildInstance({ transferSyntaxUid: '1.2.3.4.5' })],
    ['a video', () => buildInstance({ transferSyntaxUid: '1.2.840.10008.1.2.4.102' })],
  ])('%s: a clear word, and the next one is drawn', async (_, make) => {
    const id = studyOf([{ bytes: make() }]);
    const answer = await viewer.get(`/api/studies/${id}/preview`);
    expect(answer).toMatchObject({ status: 422, body: { code: 'preview-impossible' } });
    expect(answer.text).not.toContain('Testperson');
    expect((await viewer.get(`/api/studies/${studyOf([{ bytes: buildInstance() }])}/preview`)).status).toBe(200);
  });

  test('a file too large to be read whole is not read', async () => {
    const id = studyOf([{ bytes: buildInstance() }]);
    truncateSync(join(web.folder, store.items.ofStudy(id)[0]!.path), previewLimits.file_bytes + 1);
    const answer = await viewer.get(`/api/studies/${id}/preview`);
    expect(answer).toMatchObject({ status: 422, body: { code: 'preview-too-large' } });
  });

  test('many at once: those who must wait too long are told, nobody is left without an answer', async () => {
    const id = studyOf([{ bytes: buildInstance() }]);
    const answers = await Promise.all(Array.from({ length: 12 }, () => viewer.get(`/api/studies/${id}/preview`)));
    const count = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect(count(200)).toBeGreaterThanOrEqual(previewLimits.waiting);
    expect(count(200) + count(429)).toBe(12);
  });
});

describe('the decoders', () => {
  test('real images of every transfer syntax that modalities send are drawn', { timeout: 120_000 }, async () => {
    const samples = await listSamples();
    const previews = openPreviews();
    try {
      const drawn = new Set<string>();
      for (const { path, transferSyntaxUid } of samples) {
        if (drawn.has(transferSyntaxUid)) continue;
        const png = await previews.draw(path).catch(() => null);
        if (png && decode(png).width > 0) drawn.add(transferSyntaxUid);
      }
      const base = '1.2.840.10008.1.2';
      const common = ['', '.1', '.2', '.1.99', '.4.50', '.4.51', '.4.70', '.4.80', '.4.90', '.4.91', '.5'].map(
        (end) => base + end,
      );
      expect([...drawn].sort()).toEqual(expect.arrayContaining(common));
    } finally {
      await previews.close();
    }
  });

  test('they print nothing: what they would say names patients', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'x.dcm');
    writeFileSync(path, buildInstance({ SpecificCharacterSet: 'ISO 2022 IR 13\\ISO 2022 IR 87', PatientSex: null }));
    const module = join(import.meta.dirname, '../../src/box/previews.ts');
    const script = `const { openPreviews } = await import(${JSON.stringify(module)});
      const previews = openPreviews();
      await previews.draw(process.argv[1]).catch(() => {});
      await previews.draw(process.argv[1] + 'none').catch((error) => process.stdout.write(error.code));
      await previews.close();`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, path], {
      ...{ encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    expect(said).toBe('disk-error');
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });
});
