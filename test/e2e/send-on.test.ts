import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { sendOn } from '../../src/line/acts/send-on.ts';
import { type BoxProcess, describeSite, eventually } from '../support/boxes.ts';
import { storescu } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { dataSets, makePair, unfinished } from './pair.ts';

let root: string;
let boxes: BoxProcess[] = [];

afterEach(async () => {
  for (const box of boxes) await box.stop();
  if (root) await rm(root, { recursive: true, force: true });
});

test('a study that came in is sent on over the line, byte for byte, with a receipt; both boxes come to rest', {
  timeout: 120_000,
}, async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-on-'));
  const modality = join(root, 'modality');
  const [atA, atB] = [join(root, 'at-a'), join(root, 'at-b')];
  for (const folder of [modality, atA, atB]) await mkdir(folder);
  const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
  const files = [1, 2, 3].map((number) => join(modality, `${number}.dcm`));
  for (const file of files) await writeFile(file, buildInstance(uids));
  const target = (path: string) => ({ id: 'import', kind: 'folder', path });
  const [a, b] = await makePair(root, { targets: [target(atB)], a: { targets: [target(atA)] } });
  boxes = [await a.start(), await b.start()];
  const describe = () => `${describeSite(a)} ${describeSite(b)}`;
  await storescu({ port: a.dicomPort, calledAe: 'KLINIK_B', files, timeout_ms: 30_000 });
  await eventually(() => b.look((store) => store.overview.studies({ stages: ['delivered'], limit: 1 })[0]), {
    ...{ within_ms: 40_000, describe },
  });
  const [consignment] = b.look((store) => {
    const [study] = store.overview.studies({ limit: 1 });
    const now = () => Date.now();
    return sendOn(
      store,
      study!.id,
      { partners: [{ id: 'a', hold: false }], urgent: true, again: false },
      {
        ...{ by: 'test', now, steady: now },
      },
    );
  });
  await eventually(() => b.look((store) => store.consignments.get(consignment!.id)!.state === 'confirmed'), {
    ...{ within_ms: 40_000, describe },
  });
  expect(unfinished(a, b)).toEqual([]);
  // The share's word that the study is whole lies beside the images.
  for (const entry of await readdir(atA, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && !entry.name.endsWith('.dcm')) await rm(join(entry.parentPath, entry.name));
  }
  expect(await dataSets(atA)).toEqual(await dataSets(modality));
  const [study] = b.look((store) => store.overview.studies({ limit: 5 }));
  expect(study).toMatchObject({ stage: 'delivered', peers: ' a ', parts_confirmed: study!.parts, deliveries_done: 3 });
});
