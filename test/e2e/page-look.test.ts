import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { writePhantom } from '../../scripts/phantom.ts';
import { eventually } from '../support/boxes.ts';
import { type Chromium, NARROW, PHONE, startChromium, type Visit } from '../support/chromium.ts';
import { storescu } from '../support/dcmtk.ts';
import { buildInstance } from '../support/instances.ts';
import { visitAs } from '../support/visitors.ts';
import { type PageWorld, startPageWorld } from './page-world.ts';

// Every page, as eyes, a screen reader and a phone meet it: axe-core, the width of the window, jumps; a picture of each in
// build/pictures, to be looked at.

const PICTURES = fileURLToPath(new URL('../../build/pictures', import.meta.url));

/** The table of pages is TSX and of no use here but for its paths. */
const TABLE = fileURLToPath(new URL('../../src/web/page/pages.ts', import.meta.url));
const paths = [...readFileSync(TABLE, 'utf8').matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path!);

let world: PageWorld;
let chromium: Chromium;
/** What stands for the parameters of a page's path. */
const examples: Record<string, string> = {};

beforeAll(async () => {
  [world, chromium] = await Promise.all([startPageWorld(), startChromium()]);
  await mkdir(PICTURES, { recursive: true });
  await fill();
});
afterAll(async () => {
  await chromium?.stop();
  await world?.stop();
});
afterEach((context) => chromium.leave(context));

/** A study that arrived, one that nobody is to get, a mail of a stranger. */
async function fill(): Promise<void> {
  const { nord, sued } = world;
  const ct = await writePhantom({ folder: join(world.root, 'ct'), slices: 4, series: 2, size: 256 });
  await storescu({ port: nord.dicomPort, calledAe: 'SUED', files: ct.paths });
  await world.postAsWest(buildInstance({ PatientName: 'Testperson^Otto', PatientID: 'TEST-0002' }), world.west.known);
  await world.postAsWest(buildInstance({ PatientName: 'Testperson^Otto' }), world.west.fresh);
  const study = await eventually(
    () => nord.look((store) => store.overview.studies({ limit: 1 }).find(({ parts_confirmed }) => parts_confirmed > 0)),
    { within_ms: 40_000, describe: world.describe },
  );
  await eventually(() => sued.look((store) => store.overview.troubles(5).length > 0), { within_ms: 20_000 });
  examples['/studies/:id'] = study.id;
  examples['/partners/:id'] = 'sued';
}

const placeOf = (path: string) => path.replace(/:\w+/, examples[path] ?? '(no example)');
const nameOf = (path: string) => path.replace(/[/:]+/g, '-').replace(/^-|-$/g, '') || 'overview';

/** Everything that is wrong with the page that is shown now. */
async function faultsOf(visit: Visit): Promise<string[]> {
  const failed = visit.page.getByText(
    /Seite nicht gefunden|Page not found|ließ sich nicht anzeigen|could not be shown/,
  );
  const [axe, overhang, shift] = [await visit.axe(), await visit.overhang(), await visit.layoutShift()];
  return [
    ...axe,
    ...(await failed.allTextContents()),
    ...(overhang > 0 ? [`${overhang} pixels wider than the window`] : []),
    ...(shift > 0.05 ? [`it jumps: ${shift.toFixed(3)}`] : []),
  ];
}

describe.each(paths)('%s', (path) => {
  test('German and light; at a desk, on a phone, in the narrowest window', async () => {
    const visit = await visitAs(chromium, world.nord, 'admin', { path: placeOf(path) });
    await visit.still();
    expect(await faultsOf(visit)).toEqual([]);
    await visit.picture(join(PICTURES, `${nameOf(path)}.webp`));
    await visit.page.setViewportSize(PHONE);
    await visit.still();
    await visit.picture(join(PICTURES, `${nameOf(path)}-phone.webp`));
    await visit.page.setViewportSize(NARROW);
    await visit.still();
    expect(await visit.overhang()).toBeLessThanOrEqual(0);
    expect(await visit.axe()).toEqual([]);
  });

  test('English and dark', async () => {
    const visit = await visitAs(chromium, world.nord, 'admin', { path: placeOf(path), language: 'en', dark: true });
    await visit.page.evaluate(`localStorage.setItem('rohrpost-language', 'en')`);
    await visit.page.reload();
    await visit.still();
    expect(await faultsOf(visit)).toEqual([]);
    expect(await visit.page.evaluate('document.documentElement.lang')).toBe('en');
    await visit.picture(join(PICTURES, `${nameOf(path)}-dark.webp`));
  });
});
