import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openKeyring } from '../../src/box/keyring.ts';
import type { Partner } from '../../src/config/schema.ts';
import { openSecrets } from '../../src/config/secrets.ts';
import { type BoxProcess, makeSites, type Site, startProcess } from '../support/boxes.ts';
import { type Chromium, startChromium, type Visit } from '../support/chromium.ts';
import { type Mailhost, startMailhost } from '../support/mailhost.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { freePort } from '../support/ports.ts';
import { changeSettings } from './page-world.ts';

// A box as it comes out of its carton, until its first test set has come back, through the page alone: Postfix, Dovecot and
// Orthanc are the real ones, the partner is a box of its own.

const PROGRAM = fileURLToPath(new URL('../../scripts/rohrpost', import.meta.url));
const PICTURES = fileURLToPath(new URL('../../build/pictures', import.meta.url));
const PASSWORD = 'Der Zug fährt um halb sieben';

let root: string;
let mailhost: Mailhost;
let orthanc: Orthanc;
let chromium: Chromium;
let partner: Site;
let partnerBox: BoxProcess;
let box: BoxProcess;
let folder: string;
let url: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rp-wizard-'));
  folder = join(root, 'box');
  [mailhost, orthanc, chromium] = await Promise.all([startMailhost(), startOrthanc(), startChromium()]);
  await writeFile(join(root, 'ca.pem'), mailhost.ca);
  partner = await makePartner();
  partnerBox = await partner.start();
  const webPort = await freePort();
  await mkdir(folder);
  box = await startProcess(folder, { answersAt: webPort, webPort });
  url = `https://127.0.0.1:${webPort}`;
});

afterAll(async () => {
  await chromium?.stop();
  await Promise.all([box?.stop(), partnerBox?.stop()]);
  await Promise.all([mailhost?.stop(), orthanc?.stop()]);
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
});

afterEach((context) => chromium.leave(context));

/** What the boxes had to say, where it went wrong. */
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(`this box:\n${box.log()}\nthe partner’s:\n${partnerBox.log()}`);
});

/** The other clinic: a box with a mailbox at the same provider, that delivers to a folder. */
async function makePartner(): Promise<Site> {
  const { address, password } = mailhost.users.b!;
  const target = join(root, 'eingang');
  await mkdir(target);
  const account = { user: address, password: 'secret:mail', ca_file: join(root, 'ca.pem') };
  const { smtp, imap } = mailhost;
  const [site] = await makeSites(root, [
    {
      ...{ id: 'sued', name: 'Klinik Süd', address, aeTitle: 'SUED', language: 'de', secrets: { mail: password } },
      mail: {
        smtp: { host: smtp.host, port: smtp.port, security: 'starttls', ...account },
        imap: { host: imap.host, port: imap.portTls, security: 'tls', ...account },
        poll_s: 10,
      },
      targets: [{ id: 'eingang', kind: 'folder', path: target }],
    },
  ]);
  return site!;
}

/** The partner's IT takes the new box's key, compared by telephone. */
async function introduceToPartner(): Promise<void> {
  const own = openKeyring(folder, await openSecrets(folder));
  const keyring = openKeyring(partner.folder, await openSecrets(partner.folder));
  const { info } = await keyring.importPublic(await own.ownPublic());
  await changeSettings(partner, (draft) => {
    const { address } = mailhost.users.a!;
    const fingerprints = [info.fingerprint];
    draft.partners.push({ id: 'nord', name: 'Klinikum Nord', address, ae_title: 'NORD', fingerprints } as Partner);
  });
  // A mail that comes before its box has read that is a stranger's, and quarantined; its mailbox is opened anew with it.
  await expect.poll(() => partnerBox.log().split('"door":"imap"').length - 1, { timeout: 10_000 }).toBe(2);
}

/** What the console shows. */
async function consoleShows(): Promise<string> {
  const { stdout } = await promisify(execFile)(PROGRAM, ['status', '--data', folder, '--lang', 'de']);
  return stdout;
}

const heading = (visit: Visit, name: string) => visit.page.getByRole('heading', { level: 2, name }).waitFor();
const press = (visit: Visit, name: string) => visit.page.getByRole('button', { name, exact: true }).click();
const write = (visit: Visit, label: string, value: string) => visit.page.getByLabel(label, { exact: true }).fill(value);
const look = async (visit: Visit, name: string) => {
  await visit.still();
  expect(await visit.axe()).toEqual([]);
  await visit.picture(join(PICTURES, `setup-${name}.webp`));
};

test('from the carton to the receipt of the first test set, with wrong entries, and a break in the middle', {
  timeout: 240_000,
}, async () => {
  const visit = await chromium.visit(url);
  await claim(visit);
  await site(visit);
  await heading(visit, 'Netz und Uhrzeit');
  await look(visit, 'network');
  await press(visit, 'Weiter');
  await heading(visit, 'Eigener Schlüssel');
  await visit.page.getByRole('img').last().waitFor();
  await look(visit, 'key');
  await press(visit, 'Weiter');
  await heading(visit, 'Mailkonto');
  await visit.context.close();

  const again = await comeBack();
  await mail(again);
  await pacs(again);
  await firstPartner(again);
  await trial(again);
  await end(again);
});

async function claim(visit: Visit): Promise<void> {
  const { page } = visit;
  await page.getByRole('heading', { name: 'Diese Box in Besitz nehmen' }).waitFor();
  await look(visit, 'claim');
  await write(visit, 'Kopplungscode', 'AAAA-AAAA');
  await write(visit, 'Benutzername des ersten Administrators', 'chefin');
  await write(visit, 'Passwort', PASSWORD);
  await write(visit, 'Passwort noch einmal', `${PASSWORD}!`);
  await press(visit, 'In Besitz nehmen');
  await page.getByText('Die beiden Eingaben sind verschieden.').waitFor();
  await write(visit, 'Passwort noch einmal', PASSWORD);
  await press(visit, 'In Besitz nehmen');
  const field = page.getByLabel('Kopplungscode', { exact: true });
  await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
  await look(visit, 'claim-wrong');
  const code = /\b[0-9A-Z]{4}-[0-9A-Z]{4}\b/.exec(await consoleShows())?.[0];
  expect(code).toBeDefined();
  await field.fill(code!.toLowerCase());
  await press(visit, 'In Besitz nehmen');
}

async function site(visit: Visit): Promise<void> {
  await heading(visit, 'Diese Klinik');
  await write(visit, 'Name der Klinik oder Praxis', 'Klinikum Nord');
  await write(visit, 'Mailadresse der Box', 'keine adresse');
  await press(visit, 'Anlegen und starten');
  const field = visit.page.getByLabel('Mailadresse der Box');
  await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
  await look(visit, 'site-wrong');
  await field.fill(mailhost.users.a!.address);
  await write(visit, 'AE-Titel der Box', 'ROHRPOST_NORD');
  await press(visit, 'Anlegen und starten');
}

/** Another browser, another day: the log-in, and straight on where one was. */
async function comeBack(): Promise<Visit> {
  const visit = await chromium.visit(url);
  await write(visit, 'Benutzername', 'chefin');
  await write(visit, 'Passwort', PASSWORD);
  await press(visit, 'Anmelden');
  await visit.page.getByRole('link', { name: 'Einrichtung fortsetzen' }).click();
  await heading(visit, 'Mailkonto');
  return visit;
}

async function mail(visit: Visit): Promise<void> {
  const { page } = visit;
  const { smtp, imap, users } = mailhost;
  await page.getByRole('button', { name: 'Server noch einmal suchen' }).waitFor();
  await write(visit, 'Passwort', 'falsch');
  await write(visit, 'Server zum Senden', smtp.host);
  await write(visit, 'Port zum Senden', String(smtp.port));
  await page.getByLabel('Verschlüsselung beim Senden').selectOption('starttls');
  await write(visit, 'Server zum Abholen', imap.host);
  await write(visit, 'Port zum Abholen', String(imap.portTls));
  await page.getByLabel('Verschlüsselung beim Abholen').selectOption('tls');
  await page.getByText('Weitere Angaben').click();
  await write(visit, 'Zertifikatsdatei der eigenen Stelle', join(root, 'ca.pem'));
  await press(visit, 'Testen');
  const results = page.getByRole('status', { name: 'Ergebnisse der Tests' });
  await results.getByText(/535 5\.7\.8/).waitFor(); // Postfix' own words
  await look(visit, 'mail-wrong');
  await write(visit, 'Passwort', users.a!.password);
  await press(visit, 'Testen');
  await page.getByRole('button', { name: 'Speichern und weiter' }).waitFor({ timeout: 60_000 });
  expect(await results.getByText('In Ordnung').count()).toBe(3);
  await page.getByRole('button', { name: 'Speichern und weiter' }).scrollIntoViewIfNeeded();
  await look(visit, 'mail');
  await press(visit, 'Speichern und weiter');
}

async function pacs(visit: Visit): Promise<void> {
  const { page } = visit;
  await heading(visit, 'PACS');
  await write(visit, 'Rechnername oder IP-Adresse des PACS', '127.0.0.1');
  await write(visit, 'Port des PACS', String(await freePort()));
  await write(visit, 'AE-Titel des PACS', orthanc.ae);
  await press(visit, 'Testen');
  const results = page.getByRole('status', { name: 'Ergebnisse der Tests' });
  await results.getByText(/ECONNREFUSED/).waitFor();
  await look(visit, 'pacs-wrong');
  await write(visit, 'Port des PACS', String(orthanc.dicomPort));
  await page.getByLabel('Auch ein Testbild senden (C-STORE)').check();
  await press(visit, 'Testen');
  await page.getByRole('button', { name: 'Speichern und weiter' }).waitFor();
  expect(await orthanc.instances()).toHaveLength(1);
  await look(visit, 'pacs');
  await press(visit, 'Speichern und weiter');
}

async function firstPartner(visit: Visit): Promise<void> {
  const { page } = visit;
  await heading(visit, 'Erster Partner');
  await page.getByRole('tab', { name: 'Einfügen' }).click();
  await write(visit, 'Öffentlicher Schlüssel', partner.publicKey);
  await press(visit, 'Lesen');
  const groups = partner.fingerprint.match(/.{4}/g)!.join(' ');
  await page.getByText(groups.slice(0, 24)).waitFor();
  const add = page.getByRole('button', { name: 'Partner anlegen' });
  expect(await add.getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel(/Ich habe den Fingerabdruck mit dem Partner verglichen/).check();
  await page.getByLabel('Kennung', { exact: false }).fill('sued');
  await page.getByLabel(/^AE-Titel/).fill('SUED');
  await look(visit, 'partner');
  await add.click();
  await page.getByRole('button', { name: 'Schlüssel und Weg prüfen' }).waitFor();
  await page.getByRole('status', { name: 'Ergebnisse der Tests' }).getByText('In Ordnung').waitFor();
  await press(visit, 'Weiter');
}

async function trial(visit: Visit): Promise<void> {
  await heading(visit, 'Probesendung');
  await introduceToPartner();
  await press(visit, 'Probesendung abschicken');
  await visit.page.getByText('Die Quittung ist da.').waitFor({ timeout: 60_000 });
  await look(visit, 'trial');
  await press(visit, 'Weiter');
}

async function end(visit: Visit): Promise<void> {
  const { page } = visit;
  await heading(visit, 'Zusammenfassung');
  await page.getByText('Die Box ist eingerichtet.').waitFor();
  await look(visit, 'end');
  await press(visit, 'Einrichtung abschließen');
  await page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
  await expect.poll(() => page.getByRole('link', { name: 'Einrichtung fortsetzen' }).count()).toBe(0);
}
