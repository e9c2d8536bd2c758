import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Chromium, NARROW, startChromium, type Visit } from '../support/chromium.ts';
import { buildInstance, type InstanceOptions, newUid } from '../support/instances.ts';
import { addPeople, visitAs } from '../support/visitors.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

// Sending, as a person at the page does it.

const PARTNERS = [
  { id: 'nord', name: 'Klinik Nord', address: 'dicom@nord.example', ae_title: 'NORD', smtp: null },
  { id: 'west', name: 'Praxis West', address: 'dicom@west.example', ae_title: 'WEST', smtp: null, hold: true },
];

let web: TestWeb;
let chromium: Chromium;

beforeAll(async () => {
  [web, chromium] = await Promise.all([openWeb({ settings: { partners: PARTNERS } }), startChromium()]);
  await addPeople(web.folder, 'de');
});
afterEach((context) => chromium.leave(context));
afterAll(async () => {
  await chromium?.stop();
  await web?.stop();
});

/** A folder as it lies on a person's computer. */
async function folderOf(name: string, files: Readonly<Record<string, Buffer>>): Promise<string> {
  const folder = join(web.folder, 'given', name);
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  return folder;
}

const slices = (count: number, more: InstanceOptions = {}) => {
  const uids = { StudyInstanceUID: newUid(), SeriesInstanceUID: newUid() };
  return Array.from({ length: count }, () => buildInstance({ ...uids, pixelBytes: 2_000, ...more }));
};

const zone = ({ page }: Visit) => page.locator('.drop-zone');
const check = ({ page }: Visit) => page.getByRole('button', { name: 'Prüfen und senden' });
const studies = () => web.premises.box()!.store.overview.studies({ limit: 20 });

test('a CD dropped as a folder: looked at, confirmed by its patient and partner, sent, watched', async () => {
  const [one, two] = slices(2);
  const cd = await folderOf('CD', {
    'DICOM/IM1': one!,
    'DICOM/IM2': two!,
    'viewer.exe': Buffer.from('MZ of a viewer'),
    'befund.pdf': Buffer.from('%PDF-1.4 Befund'),
  });
  const visit = await visitAs(chromium, web, 'operator', { path: '/send' });
  const { page } = visit;
  await visit.still();
  expect(await visit.axe()).toEqual([]);
  await visit.drop(zone(visit), [cd]);
  await page.getByText('Testperson, Erika (F), geb. 01.01.1970, Nr. TEST-0001').waitFor();
  await page.getByText('1 Datei nicht übertragen').waitFor();
  expect(await page.getByLabel('CD/befund.pdf').isChecked()).toBe(true);
  await expect.poll(() => check(visit).getAttribute('aria-disabled')).toBe('true');
  await page.getByText('Es fehlt noch: ein Partner.').waitFor();
  await page.getByLabel('Klinik Nord').check();
  await page.getByLabel('Dringend').check();
  await page.getByLabel('Bemerkung').fill('Bitte um Zweitmeinung.');
  expect(await visit.axe()).toEqual([]);
  await check(visit).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Testperson, Erika').first().waitFor();
  await dialog.getByText('Klinik Nord').waitFor();
  expect(await visit.axe()).toEqual([]);
  await dialog.getByRole('button', { name: 'Jetzt senden' }).click();
  await page.getByText('1 Studie angenommen.').waitFor();
  await page.getByRole('link', { name: 'Zum Verlauf der Studie' }).waitFor();
  expect(await visit.axe()).toEqual([]);
  const [row] = studies();
  expect(row).toMatchObject({ patient_id: 'TEST-0001', items: 4 });
  expect(await page.evaluate<number>('Object.keys(sessionStorage).length')).toBe(0);
  expect(await visit.layoutShift()).toBeLessThan(0.1);
});

test('two patients: said so, and only what is ticked goes; a document asks for its study', async () => {
  const folder = await folderOf('zwei', {
    a: slices(1, { PatientID: 'TEST-0011', PatientName: 'Testperson^Anna' })[0]!,
    b: slices(1, { PatientID: 'TEST-0012', PatientName: 'Testperson^Otto' })[0]!,
    'c.pdf': Buffer.from('%PDF-1.4'),
  });
  const visit = await visitAs(chromium, web, 'operator', { path: '/send' });
  const { page } = visit;
  await visit.drop(zone(visit), [folder]);
  await page.getByText('Diese Dateien gehören zu 2 verschiedenen Patienten.').waitFor();
  await page.getByLabel('Klinik Nord').check();
  await page.getByText('Es fehlt noch: die Studie, zu der die Dokumente gehören.').waitFor();
  await page.getByLabel(/Testperson, Otto/).uncheck();
  await page
    .getByLabel('Die Dokumente gehören zur Studie')
    .selectOption({ label: 'Testperson, Anna · Thorax · 02.01.2026' });
  await check(visit).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.textContent()).not.toContain('Otto');
  await dialog.getByRole('button', { name: 'Jetzt senden' }).click();
  await page.getByText('1 Studie angenommen.').waitFor();
  expect(studies().filter(({ patient_id }) => patient_id.startsWith('TEST-001'))).toMatchObject([
    { patient_id: 'TEST-0011', items: 2 },
  ]);
});

test('a report alone for a study that is here already, found by the patient’s name', async () => {
  const folder = await folderOf('bericht', { 'bericht.pdf': Buffer.from('%PDF-1.4 nachgereicht') });
  const visit = await visitAs(chromium, web, 'operator', { path: '/send' });
  const { page } = visit;
  await page.locator('input[type=file]').first().setInputFiles(join(folder, 'bericht.pdf'));
  await page.getByLabel(/Zu welcher Studie gehören die Dokumente/).fill('Anna');
  await page.getByRole('button', { name: 'Suchen' }).click();
  await page.getByRole('radio', { name: /Testperson, Anna/ }).check();
  await page.getByLabel('Klinik Nord').check();
  await check(visit).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Jetzt senden' }).click();
  await page.getByText('1 Studie angenommen.').waitFor();
  expect(studies().find(({ patient_id }) => patient_id === 'TEST-0011')).toMatchObject({ items: 3 });
});

test('F74: the line breaks while a large file is uploaded; it goes on by itself, and after a reload with the same file', async () => {
  const folder = await folderOf('gross', { 'gross.dcm': slices(1, { pixelBytes: 12_000_000 })[0]! });
  const file = join(folder, 'gross.dcm');
  const visit = await visitAs(chromium, web, 'operator', { path: '/send' });
  const { page, context } = visit;
  await visit.still();
  // Its first piece arrives; then there is no line any more.
  const pieces: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') pieces.push(Number(request.headers()['upload-offset']));
  });
  await context.route('**/api/uploads/*', async (route) => {
    const offset = Number(route.request().headers()['upload-offset'] ?? 0);
    await (offset > 0 ? route.abort('connectionreset') : route.continue());
  });
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.getByText('Die Verbindung zur Box ist unterbrochen.').waitFor();
  const stored = await page.evaluate<string>('JSON.stringify(Object.entries(sessionStorage))');
  expect(stored).toMatch(/rohrpost-upload\.[0-9a-f]{24}/);
  expect(stored).not.toContain('gross');
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await page.getByText('Von einem früheren Versuch ist 1 Datei').waitFor();
  await context.unroute('**/api/uploads/*');
  pieces.length = 0;
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.getByText('Alles übertragen.').waitFor();
  expect(pieces[0], 'it does not begin anew').toBeGreaterThan(0);
  await page.getByText('Testperson, Erika').waitFor();
  await page.getByRole('button', { name: 'Alle Dateien entfernen' }).click();
  await expect.poll(() => page.evaluate<number>('Object.keys(sessionStorage).length')).toBe(0);
});

test('the box has forgotten what was uploaded: the page, which has not, brings it again', async () => {
  const [one, two] = slices(2);
  const folder = await folderOf('vergessen', { a: one!, b: two! });
  const visit = await visitAs(chromium, web, 'operator', { path: '/send' });
  const { page } = visit;
  await page.locator('input[type=file]').first().setInputFiles(join(folder, 'a'));
  await page.getByText('1 Bild, ').waitFor();
  await page.evaluate(`Promise.all(Object.values(sessionStorage).map((id) =>
    fetch('/api/uploads/' + id, { method: 'DELETE', headers: { 'tus-resumable': '1.0.0' } })))`);
  await page.locator('input[type=file]').first().setInputFiles(join(folder, 'b'));
  await page.getByText('Diese hochgeladene Datei ist nicht mehr hier').waitFor();
  await page.getByRole('button', { name: 'Erneut versuchen' }).click();
  await page.getByText('2 Bilder, ').waitFor();
  await page.getByRole('button', { name: 'Alle Dateien entfernen' }).click();
});

test('a phone: nothing sticks out, everything can be reached; a viewer has no such page', async () => {
  const folder = await folderOf('telefon', { a: slices(1)[0]!, 'b.txt': Buffer.from('nothing') });
  const visit = await visitAs(chromium, web, 'operator', { path: '/send', size: NARROW, dark: true });
  const { page } = visit;
  await visit.drop(zone(visit), [folder]);
  await page.getByText('Testperson, Erika').waitFor();
  await page.getByText('angehalten').waitFor();
  await visit.still();
  expect(await visit.overhang()).toBeLessThanOrEqual(0);
  expect(await visit.axe()).toEqual([]);
  await page.getByRole('button', { name: 'Alle Dateien entfernen' }).click();
  const viewer = await visitAs(chromium, web, 'viewer', { path: '/send' });
  await viewer.page.getByText('Diese Seite gibt es nicht').or(viewer.page.locator('h1')).first().waitFor();
  expect(await viewer.page.locator('.drop-zone').count()).toBe(0);
  expect(await viewer.page.locator('nav a[href="/send"]').count()).toBe(0);
});
