import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, expect, test } from 'vitest';
import { type BoxProcess, describeSite, eventually } from '../support/boxes.ts';
import { type Storescp, startStorescp, storescu } from '../support/dcmtk.ts';
import { buildInstance, elementHead } from '../support/instances.ts';
import { dataSets, makePair, unfinished } from './pair.ts';

const PIXEL_DATA = 0x7fe00010;
const FRAME_BYTES = 2 << 20;
const FRAMES = 1024;
const BOUND_BYTES = 300_000_000;

let root: string;
let pacs: Storescp;
let boxes: BoxProcess[] = [];

afterEach(async () => {
  for (const box of boxes) await box.stop();
  await pacs?.stop();
  if (root) await rm(root, { recursive: true, force: true });
});

/** 1,024 frames of 1,024 × 1,024 pixels of 12-bit noise: 2 GiB that compress as images do. */
async function writeHuge(path: string): Promise<void> {
  const head = buildInstance({ pixelBytes: 0 });
  const noise = new Uint16Array(FRAME_BYTES / 2 + FRAMES);
  for (let i = 0; i < noise.length; i++) noise[i] = 1000 + (((i * 2654435761) >>> 16) & 0x3f);
  function* frames() {
    yield head;
    yield elementHead(PIXEL_DATA, 'OW', FRAMES * FRAME_BYTES);
    for (let n = 0; n < FRAMES; n++) {
      noise[n] = n;
      yield Buffer.from(Buffer.from(noise.buffer, 2 * n, FRAME_BYTES));
    }
  }
  await pipeline(Readable.from(frames()), createWriteStream(path));
}

test('a 2 GB multi-frame object passes the whole line, and neither box ever needs 300 MB', {
  timeout: 900_000,
}, async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-huge-'));
  const file = join(root, 'modality', 'huge.dcm');
  await mkdir(join(root, 'modality'));
  await writeHuge(file);
  pacs = await startStorescp({ ae: 'PACS' });
  const [a, b] = await makePair(root, {
    targets: [{ id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.port, ae_title: 'PACS' }],
    partner: () => ({ max_mail_bytes: 8_000_000_000, form: 'batch', inner: 'binary' }),
  });
  const [boxA, boxB] = [await a.start(), await b.start()];
  boxes = [boxA, boxB];
  await storescu({ port: a.dicomPort, calledAe: 'KLINIK_B', files: [file], timeout_ms: 300_000 });
  const confirmed = () =>
    a.look((store) => store.overview.counts().some((c) => c.entity === 'consignment' && c.state === 'confirmed'));
  await eventually(confirmed, {
    within_ms: 600_000,
    describe: () => `${describeSite(a)} ${describeSite(b)} ${boxA.log()} ${boxB.log()}`,
  });

  const peaks = { a: boxA.peakBytes(), b: boxB.peakBytes() };
  console.log(`peak memory: a ${(peaks.a / 1e6).toFixed(0)} MB, b ${(peaks.b / 1e6).toFixed(0)} MB`);
  expect(unfinished(a, b)).toEqual([]);
  expect(await dataSets(pacs.folder)).toEqual(await dataSets(join(root, 'modality')));
  expect(peaks.a).toBeLessThan(BOUND_BYTES);
  expect(peaks.b).toBeLessThan(BOUND_BYTES);
});
