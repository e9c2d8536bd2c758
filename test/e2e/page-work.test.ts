import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { writePhantom } from '../../scripts/phantom.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { eventually } from '../support/boxes.ts';
import { type Chromium, startChromium, type Visit } from '../support/chromium.ts';
import { storescu } from '../support/dcmtk.ts';
import { buildInstance, newUid } from '../support/instances.ts';
import { visitAs } from '../support/visitors.ts';
import { type PageSite, type PageWorld, startPageWorld } from './page-world.ts';

// A day at the page: what a secretary and an IT person do with it, against two boxes that are at work.

let world: PageWorld;
let chromium: Chromium;

beforeAll(async () => {
  [world, chromium] = await Promise.all([startPageWorld(), startChromium()]);
});
afterAll(async () => {
  await chromium?.stop();
  await world?.stop();
});
afterEach((context) => chromium.leave(context));

const press = (visit: Visit, name: string | RegExp) => visit.page.getByRole('button', { name }).first().click();
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');

/** Writes instances of one study into a folder; gives back their paths and SOP UIDs. */
async function makeStudy(name: string, patient: string, count: number) {
  const folder = join(world.root, name);
  await mkdir(folder);
  const study = newUid();
  const uids = Array.from({ length: count }, () => newUid());
  const paths = await Promise.all(
    uids.map(async (uid, index) => {
      const path = join(folder, `IM${index}`);
      const tags = { PatientName: patient, PatientID: `TEST-${name}`, AccessionNumber: `ACC-${name}` };
      await writeFile(path, buildInstance({ ...tags, StudyInstanceUID: study, SOPInstanceUID: uid }));
      return path;
    }),
  );
  return { folder, study, uids, paths };
}

/** The way of a modality. */
async function scan(patient: string, count = 3): Promise<string> {
  const { study, paths } = await makeStudy(patient.replace(/\W/g, ''), patient, count);
  await storescu({ port: world.nord.dicomPort, calledAe: 'SUED', files: paths });
  return study;
}

async function openStudy(site: PageSite, studyUid: string, role: 'viewer' | 'operator' | 'admin' = 'operator') {
  const row = await eventually(
    () => site.look((store) => store.overview.studies({ limit: 50 }).find(({ study_uid }) => study_uid === studyUid)),
    { within_ms: 20_000, describe: world.describe },
  );
  return visitAs(chromium, site, role, { path: `/studies/${row.id}` });
}

/** The SOP UIDs of the instances that sued delivered; documents and notes lie beside them. */
async function arrived(): Promise<string[]> {
  const entries = await readdir(join(world.root, 'eingang'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.rohrpost-'));
  const found = await Promise.all(
    files.map(({ parentPath, name }) => readPart10(join(parentPath, name)).catch(() => null)),
  );
  return found.flatMap((file) => file?.sopInstanceUid ?? []);
}

/** Each of them is delivered, and none of them twice. */
const areThere = async (uids: readonly string[]) => {
  const found = await arrived();
  return uids.every((uid) => found.filter((one) => one === uid).length === 1);
};

describe('sending', () => {
  test('files, a folder, a ZIP and a PDF together: three studies, each checked, leave and arrive', async () => {
    const [one, two, three] = await Promise.all([
      makeStudy('dateien', 'Testperson^Frieda', 2),
      makeStudy('ordner', 'Testperson^Gustav', 3),
      makeStudy('zip', 'Testperson^Hanna', 2),
    ]);
    const zip = new ZipFile();
    for (const path of three.paths) zip.addFile(path, path.split('/').slice(-2).join('/'));
    zip.end();
    const archive = join(world.root, 'studie.zip');
    await writeFile(archive, await buffer(zip.outputStream));
    const report = join(world.root, 'befund.pdf');
    await writeFile(report, PDF);

    const visit = await visitAs(chromium, world.nord, 'operator', { path: '/send' });
    const { page } = visit;
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles([...one.paths, archive, report]);
    await visit.drop(page.getByText('Dateien oder Ordner hierher ziehen'), [two.folder]);
    for (const name of ['Frieda', 'Gustav', 'Hanna']) await page.getByText(`Testperson, ${name}`).first().waitFor();
    await page.getByText(/gehören zu 3 verschiedenen Patienten/).waitFor();
    await page.getByLabel(/Die Dokumente gehören zur Studie/).selectOption({ index: 1 });
    await page.getByLabel('Klinik Süd').check();
    await visit.still();
    expect(await visit.axe()).toEqual([]);
    await press(visit, 'Prüfen und senden');
    await page.getByRole('dialog').getByText('Testperson, Hanna').first().waitFor();
    expect(await visit.axe()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Jetzt senden' }).click();
    await page.getByText(/3 Studien angenommen/).waitFor();
    await eventually(() => areThere([...one.uids, ...two.uids, ...three.uids]), {
      within_ms: 30_000,
      describe: world.describe,
    });
    const received = world.sued.look((store) => store.overview.studies({ limit: 50 }));
    expect(received.filter(({ items }) => items === 3)).toHaveLength(2); // one of them by the PDF
  });

  test('by keyboard alone', async () => {
    const { paths, uids } = await makeStudy('tastatur', 'Testperson^Ida', 1);
    const visit = await visitAs(chromium, world.nord, 'operator', { path: '/send' });
    const { page } = visit;
    const chooser = page.waitForEvent('filechooser'); // long before the key: the browser must know that we listen
    await visit.still();
    const tabTo = async (name: string) => {
      for (let count = 0; count < 60; count++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate<string>(
          `(document.activeElement.labels?.[0] ?? document.activeElement).textContent`,
        );
        if (focused.trim().startsWith(name)) return;
      }
      throw new Error(`Tab does not reach ${name}`);
    };
    await tabTo('Dateien auswählen');
    await page.keyboard.press('Enter');
    await (await chooser).setFiles(paths);
    await page.getByText('Testperson, Ida').waitFor();
    await tabTo('Klinik Süd');
    await page.keyboard.press('Space');
    await tabTo('Prüfen und senden');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo('Jetzt senden');
    await page.keyboard.press('Enter');
    await page.getByText(/1 Studie angenommen/).waitFor();
    await eventually(() => areThere(uids), { within_ms: 30_000, describe: world.describe });
  });
});

describe('looking', () => {
  test('a study is found by name, number and direction, and its address says nothing of the patient', async () => {
    const uid = await scan('Testperson^Jakob');
    await openStudy(world.nord, uid);
    const visit = await visitAs(chromium, world.nord, 'viewer', { path: '/studies' });
    const { page } = visit;
    const rows = page.getByRole('row').filter({ hasText: 'Testperson, Jakob' });
    const search = async (label: string, words: string) => {
      await press(visit, 'Zurücksetzen');
      await openMore();
      await page.getByRole('searchbox', { name: label, exact: true }).fill(words);
      await press(visit, 'Suchen');
    };
    const openMore = async () => {
      if (!(await page.getByLabel('Auftragsnummer').isVisible())) await page.getByText('Weitere Suchfelder').click();
    };
    await search('Name des Patienten', 'jak');
    await expect.poll(() => rows.count()).toBe(1);
    await search('Auftragsnummer', 'ACC-TestpersonJakob');
    await expect.poll(() => rows.count()).toBe(1);
    expect(page.url()).not.toMatch(/jak/i);
    await openMore();
    await page.getByLabel('Richtung').selectOption('in');
    await press(visit, 'Suchen');
    await page.getByText('Nichts gefunden').waitFor();
    await search('Name des Patienten', 'niemand');
    await page.getByText('Nichts gefunden').waitFor();
    expect(await visit.layoutShift()).toBeLessThan(0.05);
  });

  test('the timeline goes from the first image to the receipt; the picture is marked as not for diagnosis', async () => {
    const { studyUid, paths } = await writePhantom({ folder: join(world.root, 'ct'), slices: 3, size: 256 });
    await storescu({ port: world.nord.dicomPort, calledAe: 'SUED', files: paths });
    const visit = await openStudy(world.nord, studyUid, 'viewer');
    const { page } = visit;
    const timeline = page.locator('.timeline');
    await timeline.getByText(/1 von 1 Mails bestätigt/).waitFor({ timeout: 40_000 });
    const steps = await timeline.getByRole('listitem').allTextContents();
    expect(steps[0]).toMatch(/Das erste Bild kam an/);
    for (const word of [/3 Objekte/, /vollständig/, /verschlüsselt/, /gesendet/]) {
      expect(steps.join('\n')).toMatch(word);
    }
    await press(visit, 'Bild zeigen');
    const picture = page.getByRole('img', { name: /nicht zur Befundung/ });
    await picture.waitFor();
    await expect.poll(() => picture.evaluate<number, HTMLImage>((image) => image.naturalWidth)).toBeGreaterThan(50);
    await page.getByText('Nicht zur Befundung').first().waitFor();
    expect(await visit.axe()).toEqual([]);
    expect(await page.getByRole('button', { name: 'Verwerfen' }).count()).toBe(0); // a viewer decides nothing
  });
});

describe('deciding', () => {
  test('the partner is away: its words are shown; hold, release, try again, and it arrives once', async () => {
    await world.sued.box.stop();
    const uid = await scan('Testperson^Karla');
    const visit = await openStudy(world.nord, uid);
    const { page } = visit;
    await page
      .getByText(/ECONNREFUSED/)
      .first()
      .waitFor({ timeout: 30_000 });
    await press(visit, /^Anhalten/);
    await page.getByText('angehalten').first().waitFor();
    await world.sued.restart();
    await press(visit, /^Freigeben/);
    await confirmIfAsked(visit, 'Freigeben');
    await page
      .locator('.timeline')
      .getByText(/bestätigt/)
      .last()
      .waitFor({ timeout: 40_000 });
    const { nord } = world;
    expect(nord.look((store) => store.overview.troubles(5).filter(({ state }) => state === 'held'))).toEqual([]);
  });

  test('what is discarded needs a reason, carries a name, and stands in the audit', async () => {
    await world.sued.box.stop();
    const uid = await scan('Testperson^Ludwig');
    const visit = await openStudy(world.nord, uid);
    const { page } = visit;
    await page
      .getByText(/ECONNREFUSED/)
      .first()
      .waitFor({ timeout: 30_000 });
    await press(visit, /^Verwerfen/);
    const dialog = page.getByRole('dialog');
    const yes = dialog.getByRole('button', { name: 'Verwerfen' });
    expect(await yes.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.count()).toBe(0);
    await press(visit, /^Verwerfen/);
    expect(await visit.axe()).toEqual([]);
    await dialog.getByLabel(/Grund/).fill('doppelt aufgenommen');
    await yes.click();
    await page.getByText('verworfen').first().waitFor();
    await world.sued.restart();
    const audit = await visitAs(chromium, world.nord, 'admin', { path: '/system/audit' });
    const row = audit.page.getByRole('row').filter({ hasText: 'doppelt aufgenommen' });
    await row.first().waitFor();
    expect(await row.first().textContent()).toContain('operator');
    expect(await row.first().textContent()).not.toMatch(/Ludwig/);
  });

  test('a mail signed by an unknown key waits in quarantine; once the key is compared and taken, it is let in', async () => {
    const before = (await world.delivered()).length;
    const uid = newUid();
    await world.postAsWest(buildInstance({ PatientName: 'Testperson^Mia', SOPInstanceUID: uid }), world.west.fresh);
    const quarantine = await visitAs(chromium, world.sued, 'admin', { path: '/quarantine' });
    const { page } = quarantine;
    await page
      .getByText(/unbekannten Schlüssel/)
      .first()
      .waitFor({ timeout: 20_000 });
    await quarantine.still();
    expect(await quarantine.axe()).toEqual([]);
    await press(quarantine, /^Freigeben/);
    await confirmIfAsked(quarantine, 'Freigeben');
    // A release is no key: what was wrong is wrong still.
    await expect.poll(() => page.getByText(/unbekannten Schlüssel/).count()).toBeGreaterThan(0);
    expect((await world.delivered()).length).toBe(before);

    await page.goto(`${world.sued.url}/partners/west`);
    await press(quarantine, 'Neuen Schlüssel übernehmen');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('tab', { name: 'Einfügen' }).click();
    await dialog.getByLabel('Öffentlicher Schlüssel').fill(world.west.fresh.publicKey.armored);
    await dialog.getByRole('button', { name: 'Lesen' }).click();
    await dialog.getByLabel(/Ich habe den Fingerabdruck/).check();
    expect(await quarantine.axe()).toEqual([]);
    await dialog.getByRole('button', { name: 'Schlüssel übernehmen' }).click();
    await expect.poll(() => dialog.count()).toBe(0);

    await page.goto(`${world.sued.url}/quarantine`);
    await press(quarantine, /^Freigeben/);
    await confirmIfAsked(quarantine, 'Freigeben');
    await eventually(() => areThere([uid]), { within_ms: 20_000, describe: world.describe });
    await page.getByText('Die Quarantäne ist leer').waitFor();
  });
});

interface HTMLImage {
  naturalWidth: number;
}

/** Some decisions are asked for once more. */
async function confirmIfAsked({ page }: Visit, name: string): Promise<void> {
  const button = page.getByRole('dialog').getByRole('button', { name, exact: true });
  await button.waitFor({ timeout: 1_500 }).then(
    () => button.click(),
    () => {},
  );
}
