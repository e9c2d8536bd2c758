import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openDesk } from '../../src/store/desk.ts';
import { pairingCode } from '../../src/web/people/pairing.ts';
import { type BoxProcess, eventually, startProcess } from '../support/boxes.ts';
import { type Chromium, startChromium, type Visit } from '../support/chromium.ts';
import { buildInstance } from '../support/instances.ts';
import { freePort } from '../support/ports.ts';
import { PASSWORD, visitAs } from '../support/visitors.ts';
import { type PageWorld, startPageWorld } from './page-world.ts';

// A box burns down. What its admin has is a file and a passphrase; what comes out of the carton is an empty box.

const PASSPHRASE = 'Drei Rohre, ein Kompressor';

let world: PageWorld;
let chromium: Chromium;
let spare: BoxProcess | undefined;

beforeAll(async () => {
  [world, chromium] = await Promise.all([startPageWorld(), startChromium()]);
});
afterAll(async () => {
  await chromium?.stop();
  await spare?.stop();
  await world?.stop();
});
afterEach((context) => chromium.leave(context));

const press = (visit: Visit, name: string) => visit.page.getByRole('button', { name, exact: true }).click();

test('a backup made on the page makes an empty box the one that was lost: it opens a mail that was sealed for the first', {
  timeout: 120_000,
}, async () => {
  const path = await makeBackup();
  await world.sued.box.stop();
  const visit = await claimEmptyBox();
  await refusesWhatIsNoBackup(visit, path);
  await restore(visit, path);

  const { page } = visit;
  await page.getByLabel('Benutzername').waitFor({ timeout: 40_000 });
  await page.getByLabel('Benutzername').fill('admin');
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await press(visit, 'Anmelden');
  await page.getByRole('navigation').first().waitFor();
  await page.goto(new URL('/partners', page.url()).href);
  await page.getByText('Praxis West').first().waitFor();

  await eventually(() => world.postAsWest(buildInstance(), world.west.known).catch(() => false), { within_ms: 20_000 });
  await eventually(async () => (await world.delivered()).length === 1, {
    within_ms: 20_000,
    describe: () => spare!.log(),
  });
});

async function makeBackup(): Promise<string> {
  const visit = await visitAs(chromium, world.sued, 'admin', { path: '/system/backup' });
  const { page } = visit;
  await page.getByLabel('Passphrase', { exact: true }).first().fill('kurz');
  await page.getByLabel('Passphrase wiederholen').fill('kurz');
  await press(visit, 'Sicherung erstellen');
  await expect
    .poll(() => page.getByLabel('Passphrase', { exact: true }).first().getAttribute('aria-invalid'))
    .toBe('true');
  expect(await visit.axe()).toEqual([]);
  await page.getByLabel('Passphrase', { exact: true }).first().fill(PASSPHRASE);
  await page.getByLabel('Passphrase wiederholen').fill(PASSPHRASE);
  const started = page.waitForEvent('download');
  await press(visit, 'Sicherung erstellen');
  const download = await started;
  expect(download.suggestedFilename()).not.toMatch(/[^\w.-]/);
  const path = join(world.root, 'sicherung.pgp');
  await download.saveAs(path);
  return path;
}

async function claimEmptyBox(): Promise<Visit> {
  const folder = join(world.root, 'ersatz');
  await mkdir(folder);
  const webPort = await freePort();
  spare = await startProcess(folder, { answersAt: webPort, webPort });
  const desk = openDesk(folder);
  const code = pairingCode(desk)!;
  desk.close();
  const visit = await chromium.visit(`https://127.0.0.1:${webPort}`);
  const { page } = visit;
  await page.getByLabel('Kopplungscode').fill(code);
  await page.getByLabel('Passwort', { exact: true }).fill('Nur für diesen einen Abend');
  await page.getByLabel('Passwort noch einmal').fill('Nur für diesen einen Abend');
  await page.getByLabel('Danach').selectOption('restore');
  await press(visit, 'In Besitz nehmen');
  await page.getByRole('heading', { level: 1, name: 'Sicherung' }).waitFor();
  return visit;
}

/** What is wrong with a file is said before anything is touched. */
async function refusesWhatIsNoBackup(visit: Visit, path: string): Promise<void> {
  const { page } = visit;
  const damaged = await readFile(path);
  damaged[damaged.length >> 1]! ^= 1;
  const damagedPath = join(world.root, 'beschaedigt.pgp');
  await writeFile(damagedPath, damaged);
  await page.getByLabel('Datei der Sicherung').setInputFiles(damagedPath);
  await page.getByLabel('Passphrase', { exact: true }).last().fill(PASSPHRASE);
  await press(visit, 'Ansehen');
  await page
    .getByRole('alert')
    .filter({ hasText: /beschädigt|verändert|unvollständig/ })
    .first()
    .waitFor();
  await page.getByLabel('Datei der Sicherung').setInputFiles(path);
  await page.getByLabel('Passphrase', { exact: true }).last().fill('Vier Rohre, kein Kompressor');
  await press(visit, 'Ansehen');
  const field = page.getByLabel('Passphrase', { exact: true }).last();
  await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
  expect(await visit.axe()).toEqual([]);
  await page.getByLabel('Passphrase', { exact: true }).last().fill(PASSPHRASE);
}

async function restore(visit: Visit, path: string): Promise<void> {
  const { page } = visit;
  await page.getByLabel('Datei der Sicherung').setInputFiles(path);
  await press(visit, 'Ansehen');
  await page.getByText('In dieser Sicherung').waitFor();
  await page
    .getByText(/Klinik Süd/)
    .first()
    .waitFor();
  await visit.still();
  expect(await visit.axe()).toEqual([]);
  await page.getByRole('button', { name: 'Zurückspielen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  expect(await visit.axe()).toEqual([]);
  await dialog.getByRole('button', { name: 'Zurückspielen' }).click();
}
