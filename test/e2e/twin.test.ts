import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BoxProcess, describeSite, eventually, type Site, startProcess } from '../support/boxes.ts';
import { type Storescp, startStorescp, storescu } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { freePort } from '../support/ports.ts';
import { makePair, unfinished } from './pair.ts';

// F76: the disk of a box was copied, and both are at work.

let root: string;
let pacs: Storescp;
const running: BoxProcess[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-twin-'));
  pacs = await startStorescp({ ae: 'PACS' });
});
afterEach(async () => {
  for (const box of running.splice(0)) await box.stop();
  await pacs.stop();
  await rm(root, { recursive: true, force: true });
});

/** A copy of a site's data folder, with doors of its own. */
async function copyOf(site: Site, ports: { listener: number }): Promise<{ folder: string; dicomPort: number }> {
  const folder = join(root, `${site.id}-copy`);
  cpSync(site.folder, folder, { recursive: true });
  rmSync(join(folder, 'lock.sqlite'), { force: true });
  const dicomPort = await freePort();
  const path = join(folder, 'settings.yaml');
  const text = readFileSync(path, 'utf8');
  const changed = text
    .replaceAll(`port: ${site.dicomPort}`, `port: ${dicomPort}`)
    .replaceAll(/(listener:(?:\n {4}.*)*?\n {4}port: )\d+/g, `$1${ports.listener}`);
  if (changed === text) throw new Error('the ports were not found');
  writeFileSync(path, changed);
  return { folder, dicomPort };
}

test('the original hears of mails that its copy has sent: told as what it may be', { timeout: 120_000 }, async () => {
  const [a, b] = await makePair(root, {
    targets: [{ id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.port, ae_title: 'PACS', default: true }],
  });
  const copy = await copyOf(a, { listener: await freePort() });
  running.push(await a.start(), await b.start(), await startProcess(copy.folder, { answersAt: copy.dicomPort }));
  const describe = () => `${describeSite(a)}\n${describeSite(b)}\n${running.map((box) => box.log()).join('\n')}`;
  const until = (question: () => unknown) => eventually(question, { within_ms: 60_000, describe });
  const send = async (port: number) => {
    const path = join(root, 'image.dcm');
    writeFileSync(path, buildInstance({ StudyInstanceUID: newUid() }));
    await storescu({ port, calledAe: 'KLINIK_B', files: [path] });
  };
  const heard = () => a.look((store) => store.facts.latest('unknown_receipt'));

  await send(a.dicomPort);
  await until(() => a.look((store) => store.overview.studies({ limit: 1 })[0]?.stage === 'confirmed'));
  expect(heard()).toBeUndefined();
  await send(copy.dicomPort);
  await until(heard);
  expect(heard()).toMatchObject({ partner_id: 'b' });
  // Nothing of it disturbs what the original does.
  await until(() => unfinished(a, b).length === 0);
});
