import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { writePhantom } from '../../scripts/phantom.ts';
import { type BoxProcess, describeSite, eventually, type Site } from '../support/boxes.ts';
import { type Storescp, startStorescp, storescu } from '../support/dcmtk.ts';
import { dataSets, makePair, unfinished } from './pair.ts';

const SLICES = 200;

let root: string;
let pacs: Storescp;
let boxes: Record<string, BoxProcess> = {};

afterEach(async () => {
  for (const box of Object.values(boxes)) await box.stop();
  await pacs?.stop();
  if (root) await rm(root, { recursive: true, force: true });
});

/** How far a site got, 0 to 200: instances received, parts accepted by the partner, instances in the PACS. */
const progress = {
  received: (site: Site) => site.look((store) => store.overview.studies({ limit: 1 })[0]?.items ?? 0),
  sent: (site: Site) => site.look((store) => store.overview.studies({ limit: 1 })[0]?.parts_sent ?? 0),
  delivered: (site: Site) => site.look((store) => store.overview.studies({ limit: 1 })[0]?.deliveries_done ?? 0),
};

const somewhere = () => 5 + Math.floor(Math.random() * (SLICES - 20));

test('kill -9 of either box in the middle of 200 slices, three times at random points: nothing missing, nothing twice', {
  timeout: 600_000,
}, async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-kill-'));
  const modality = join(root, 'modality');
  await writePhantom({ folder: modality, slices: SLICES, size: 128 });
  const files = (await readdir(modality)).map((name) => join(modality, name));
  pacs = await startStorescp({ ae: 'PACS' });
  const [a, b] = await makePair(root, {
    targets: [{ id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.port, ae_title: 'PACS' }],
    partner: () => ({ form: 'classic' }),
  });
  boxes = { a: await a.start(), b: await b.start() };
  const describe = () => `${describeSite(a)}\n${describeSite(b)}\n${boxes.a!.log()}\n${boxes.b!.log()}`;
  const kill = async (site: Site, reached: () => number) => {
    const point = somewhere();
    await eventually(() => reached() >= point, { within_ms: 240_000, describe });
    await boxes[site.id]!.kill();
    console.log(`killed ${site.id} at ${reached()} (from ${point})`);
    boxes[site.id] = await site.start();
  };

  // A modality whose association breaks sends the study again.
  const sending = storescu({ port: a.dicomPort, calledAe: 'KLINIK_B', files, mayFail: true });
  await kill(a, () => progress.received(a));
  await sending;
  await storescu({ port: a.dicomPort, calledAe: 'KLINIK_B', files });
  await kill(a, () => progress.sent(a));
  await kill(b, () => progress.delivered(b));

  const drained = () => progress.delivered(b) === SLICES && unfinished(a, b).length === 0;
  await eventually(drained, { within_ms: 300_000, describe });
  const sent = await dataSets(modality);
  expect(sent.size).toBe(SLICES);
  expect(await dataSets(pacs.folder)).toEqual(sent);
  // Counted once on both sides: each instance in one part, one item, one delivery.
  const [studyA, studyB] = [a, b].map((site) => site.look((store) => store.overview.studies({ limit: 9 })));
  expect(studyA).toHaveLength(1);
  expect(studyA![0]).toMatchObject({ items: SLICES, parts: SLICES, parts_confirmed: SLICES });
  expect(studyB).toHaveLength(1);
  expect(studyB![0]).toMatchObject({ items: SLICES, deliveries: SLICES, deliveries_done: SLICES });
});
