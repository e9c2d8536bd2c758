import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Chromium, DESK, NARROW, PHONE, startChromium, type Visit } from '../support/chromium.ts';
import { visitAs } from '../support/visitors.ts';
import { type Life, live } from './page-life.ts';
import { type PageWorld, startPageWorld } from './page-world.ts';

// Every page, as eyes, a screen reader and a phone meet it: axe-core, the width of the window, jumps; a picture of each in
// build/pictures, to be looked at.

const PICTURES = fileURLToPath(new URL('../../build/pictures', import.meta.url));

/** The table of pages is TSX and of no use here but for its paths. */
const TABLE = fileURLToPath(new URL('../../src/web/page/pages.ts', import.meta.url));
const entries = readFileSync(TABLE, 'utf8')
  .split(/\bpath: /)
  .slice(1);
/** Those of an appliance are looked at in a test of their own, which has one. */
const paths = entries
  .filter((entry) => !entry.includes('appliance: true'))
  .flatMap((entry) => /^'([^']+)'/.exec(entry)?.[1] ?? []);

/** What stands for the parameters of a page's path; each is at `nord` unless it is said here. */
let life: Life;
const placeOf = (path: string): string => {
  const id = { '/studies/:id': life.study, '/partners/:id': 'sued' }[path];
  return path.replace(/:\w+/, id ?? '(no example)');
};
const AT_SUED = ['/quarantine', '/targets'];
const nameOf = (path: string) => path.replace(/[/:]+/g, '-').replace(/^-|-$/g, '') || 'overview';

let world: PageWorld;
let chromium: Chromium;

beforeAll(async () => {
  [world, chromium] = await Promise.all([startPageWorld({ language: 'en' }), startChromium()]);
  life = await live(world);
});
afterAll(async () => {
  await chromium?.stop();
  await world?.stop();
});
afterEach((context) => chromium.leave(context));

/** Everything that is wrong with what is shown now. */
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

const picture = (visit: Visit, name: string) => visit.picture(join(PICTURES, `${name}.webp`));

test('a study that is held, with its picture; the question before it is discarded', async () => {
  const visit = await visitAs(chromium, world.nord, 'operator', { path: `/studies/${life.heldStudy}` });
  await visit.still();
  expect(await faultsOf(visit)).toEqual([]);
  await picture(visit, 'studies-held');
  await visit.page.getByRole('button', { name: 'Discard' }).first().click();
  await visit.page.getByRole('dialog').waitFor();
  expect(await visit.axe()).toEqual([]);
  await picture(visit, 'studies-discard');
});

test('a study with its picture shown', async () => {
  const visit = await visitAs(chromium, world.nord, 'viewer', { path: `/studies/${life.study}` });
  await visit.page.getByRole('button', { name: 'Show image' }).click();
  await visit.page.getByRole('img', { name: /not for diagnosis/ }).waitFor();
  await visit.still();
  expect(await faultsOf(visit)).toEqual([]);
  await picture(visit, 'studies-preview');
});

test('logging in; the first load is small', async () => {
  const visit = await chromium.visit(world.nord.url, { language: 'en' });
  await visit.still();
  expect(await faultsOf(visit)).toEqual([]);
  await picture(visit, 'login');
  const bytes = await visit.transferred();
  console.log(`first load as transferred: ${(bytes / 1000).toFixed(1)} kB (log-in)`);
  expect(bytes).toBeLessThan(150_000);
  const inside = await visitAs(chromium, world.nord, 'admin');
  await inside.still();
  const all = await inside.transferred();
  console.log(`first load as transferred: ${(all / 1000).toFixed(1)} kB (overview with plots, data included)`);
  expect(all).toBeLessThan(150_000);
});

test.each(paths)('%s', async (path) => {
  const site = AT_SUED.includes(path) ? world.sued : world.nord;
  const visit = await visitAs(chromium, site, 'admin', { path: placeOf(path) });
  await visit.still();
  expect(await faultsOf(visit), 'English, light, at a desk').toEqual([]);
  await picture(visit, nameOf(path));

  await visit.resize(PHONE);
  await picture(visit, `${nameOf(path)}-phone`);
  await visit.resize(NARROW);
  // Another width moves everything; only what is wrong in it counts.
  expect([await visit.overhang(), await visit.axe()], 'the narrowest window').toEqual([
    expect.toSatisfy((n) => n <= 0),
    [],
  ]);

  await visit.resize(DESK);
  await visit.page.emulateMedia({ colorScheme: 'dark' });
  await visit.page.evaluate(`localStorage.setItem('rohrpost-language', 'de')`);
  await visit.page.reload();
  await visit.still();
  expect(await faultsOf(visit), 'German, dark').toEqual([]);
  expect(await visit.page.evaluate('document.documentElement.lang')).toBe('de');
  await picture(visit, `${nameOf(path)}-dark`);
});
