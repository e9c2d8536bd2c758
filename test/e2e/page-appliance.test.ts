import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { type FakeAppliance, fakeAppliance } from '../support/appliance.ts';
import { eventually } from '../support/boxes.ts';
import { type Chromium, DESK, NARROW, PHONE, startChromium, type Visit } from '../support/chromium.ts';
import { type FakeUpdates, fakeUpdates } from '../support/updates.ts';
import { addPeople, PASSWORD, visitAs } from '../support/visitors.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

// What the page offers on an appliance: firmware, network and device; and a box that is there without its data.

const PICTURES = fileURLToPath(new URL('../../build/pictures', import.meta.url));
const within = { within_ms: 20_000 };

let chromium: Chromium;
let appliance: FakeAppliance;
let updates: FakeUpdates;
let web: TestWeb;

beforeAll(async () => {
  appliance = fakeAppliance({ facts: { hardware: 'Beispiel Mini 3' } });
  appliance.recovery = 'bcdefghi-jklnrtuv-bcdefghi-jklnrtuv-bcdefghi-jklnrtuv-bcdefghi-jklnrtuv';
  appliance.system.slots.find(({ booted }) => !booted)!.version = '0.9.4';
  updates = fakeUpdates();
  [web, chromium] = await Promise.all([openWeb({ appliance, updates }), startChromium()]);
  await addPeople(web.folder, 'de');
});
afterAll(async () => {
  await chromium?.stop();
  await web?.stop();
});
afterEach((context) => chromium.leave(context));

/** What is wrong with what is shown, wide and narrow. */
async function faultsOf(visit: Visit): Promise<string[]> {
  await visit.still();
  const wide = await visit.axe();
  await visit.resize(NARROW);
  const narrow = await visit.axe();
  const overhang = await visit.overhang();
  await visit.resize(DESK);
  return [...wide, ...narrow, ...(overhang > 0 ? [`${overhang} pixels wider than the window`] : [])];
}

test('firmware: on offer with its notes, installed with its progress, fell back and why, allowed again', async () => {
  updates.set({
    offered: {
      ...{ version: '1.2.0', size_bytes: 158_000_000, downgrade: false, stage_percent: 10 },
      notes: { de: 'Schnellerer Versand.\nNeuer Kernel.', en: 'Faster sending.\nNew kernel.' },
    },
    lastCheck: { at_ms: Date.now() - 60_000, code: null, reason: null },
    nextCheck_ms: Date.now() + 3_000_000,
    waiting: { for: 'window', until_ms: Date.now() + 3_600_000 },
    history: [
      {
        version: '1.1.0',
        result: 'fell-back',
        code: 'update-never-started',
        at_ms: Date.now() - 90_000_000,
        by: 'channel',
      },
      { version: '1.0.0', result: 'good', code: null, at_ms: Date.now() - 900_000_000, by: 'upload' },
    ],
    failed: [{ version: '1.1.0', sha256: null, code: 'update-never-started', at_ms: Date.now() - 90_000_000 }],
  });
  const visit = await visitAs(chromium, web, 'admin', { path: '/system' });
  const { page } = visit;
  await page.getByRole('navigation', { name: 'Bereiche' }).getByRole('link', { name: 'Firmware' }).click();
  await page.getByRole('heading', { name: 'Firmware', level: 1 }).waitFor();
  await page.getByText('Schnellerer Versand.').waitFor();
  await page.getByText('0.9.4, Platz B').waitFor();
  await page.getByRole('row', { name: /1\.1\.0.*zurückgekehrt.*nicht hochgekommen/ }).waitFor();
  expect(await faultsOf(visit)).toEqual([]);
  await visit.picture(join(PICTURES, 'system-firmware.webp'));
  await visit.resize(PHONE);
  await visit.picture(join(PICTURES, 'system-firmware-phone.webp'));
  await visit.resize(DESK);

  await page.getByRole('button', { name: 'Version 1.1.0 wieder zulassen' }).click();
  await page.getByText('Version 1.1.0 ist wieder zugelassen.').waitFor();
  await page.getByRole('button', { name: 'Jetzt installieren' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Gerade ist nichts unterwegs.').waitFor();
  await dialog.getByLabel('Danach').selectOption({ label: 'Danach sofort neu starten' });
  expect(await visit.axe()).toEqual([]);
  await dialog.getByRole('button', { name: 'Jetzt installieren' }).click();
  await eventually(() => updates.asked.length === 2, within);
  expect(updates.asked).toEqual([
    ['try-again', '1.1.0'],
    ['install', { restart: true }],
  ]);
  updates.set({ phase: 'installing', waiting: null, progress: { percent: 42, text: 'Copying image to rootfs.1' } });
  await page.getByRole('progressbar', { name: 'Installation' }).waitFor();
  await page.getByText('Copying image to rootfs.1').waitFor();
  await page.getByText('42 %').waitFor();
  updates.set({
    phase: 'installed',
    progress: null,
    offered: null,
    installed: { version: '1.2.0', since_ms: Date.now() },
  });
  await page.getByText('Version 1.2.0 ist installiert und läuft nach dem nächsten Neustart.').waitFor();
});

test('firmware from a file: too large said beside the field, brought in pieces, a refusal in words', async () => {
  updates.set({ phase: 'idle', installed: null, offered: null, history: [] });
  const file = join(web.folder, 'rohrpost-1.3.0.raucb');
  const bytes = Buffer.alloc(9 * 2 ** 20, 7);
  await writeFile(file, bytes);
  const { page } = await visitAs(chromium, web, 'admin', { path: '/system/firmware' });
  await page.getByRole('button', { name: 'Übertragen und installieren' }).click();
  await page.getByText('Bitte eine Datei auswählen.').waitFor();
  await page.getByLabel('Datei', { exact: true }).setInputFiles(file);
  const send = async () => {
    await page.getByRole('button', { name: 'Übertragen und installieren' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Jetzt installieren' }).click();
  };
  updates.most_bytes = 1_000;
  await send();
  await page.getByText('Das ist für ein Firmware-Paket zu groß').waitFor();
  updates.most_bytes = 100_000_000;
  await send();
  await page.getByText('Die Datei ist auf der Box und wird geprüft und installiert.').waitFor();
  expect(updates.taken[0]!.equals(bytes)).toBe(true);
  expect(updates.asked.at(-1)).toEqual(['install-file', 'upload-1.raucb', { restart: false }]);
  updates.set({
    history: [{ version: '1.3.0', result: 'refused', code: 'bundle-untrusted', at_ms: Date.now(), by: 'upload' }],
  });
  await page.getByText('nicht von jemandem unterschrieben, dem diese Box vertraut').waitFor();
});

test('network: wrong entries beside their fields; a change counts down and confirms itself where the box is reached', async () => {
  const visit = await visitAs(chromium, web, 'admin', { path: '/system/appliance' });
  const { page } = visit;
  await page.getByText('192.0.2.10/24').first().waitFor();
  await page.getByLabel('Woher die Adresse kommt').selectOption({ label: 'Fest eingetragen' });
  expect(await page.getByLabel('Adresse mit Netzmaske').inputValue()).toBe('192.0.2.10/24');
  await page.getByLabel('Adresse mit Netzmaske').fill('192.0.2.255/24');
  await page.getByLabel('Nameserver (DNS)').fill('192.0.2.53, dns.example');
  await page.getByRole('button', { name: 'Anwenden' }).click();
  await page.getByText('Hier muss eine IP-Adresse stehen').waitFor();
  await page.getByLabel('Nameserver (DNS)').fill('192.0.2.53');
  await page.getByRole('button', { name: 'Anwenden' }).click();
  await page.getByText('Diese Adresse kann kein Gerät haben').waitFor();
  expect(await faultsOf(visit)).toEqual([]);
  await page.getByLabel('Adresse mit Netzmaske').fill('192.0.2.20/255.255.255.0');
  await page.getByRole('button', { name: 'Anwenden' }).click();
  await page.getByText('Neue Einstellungen auf Probe').waitFor();
  await page.getByText(/Noch 1\d\d Sekunden/).waitFor();
  const href = await page.getByRole('link', { name: 'https://192.0.2.20' }).getAttribute('href');
  expect(href).toMatch(/^https:\/\/192\.0\.2\.20:\d+\/#keep-network=[\w-]{43}$/);
  expect(await visit.axe()).toEqual([]);
  await visit.picture(join(PICTURES, 'system-appliance-trial.webp'));
  await page.getByText('Die neuen Netzeinstellungen gelten.').waitFor();
  expect(appliance.system.network.reverts_s).toBeNull();
  await page.getByRole('button', { name: 'Anwenden' }).waitFor();
  await visit.still();
  await visit.picture(join(PICTURES, 'system-appliance.webp'));
});

test('whoever follows the link to the new address confirms the change before logging in', async () => {
  const { body } = await web.as('admin').put('/api/appliance/network', { mode: 'dhcp' });
  await eventually(() => appliance.system.network.reverts_s === 120, within);
  const { page } = await chromium.visit(`${web.url}/#keep-network=${body.token}`);
  await page.getByRole('button', { name: 'Anmelden' }).waitFor();
  await page.getByText('Die neuen Netzeinstellungen gelten.').waitFor();
  expect(appliance.system.network.reverts_s).toBeNull();
  expect(page.url()).not.toContain(body.token);
});

test('recovery key, factory reset: the own password again, the name typed; an operator sees neither', async () => {
  const { page } = await visitAs(chromium, web, 'admin', { path: '/system/appliance' });
  const storage = page.getByRole('region', { name: 'Schutz der Daten' });
  await storage.getByLabel('Ihr Passwort').fill('falsch');
  await storage.getByRole('button', { name: 'Schlüssel anzeigen' }).click();
  await storage.getByText('Passwort').nth(1).waitFor();
  await storage.getByLabel('Ihr Passwort').fill(PASSWORD);
  await storage.getByRole('button', { name: 'Schlüssel anzeigen' }).click();
  await storage.getByText(appliance.recovery!).waitFor();
  await storage.getByRole('button', { name: 'Notiert: von der Box löschen' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Notiert: von der Box löschen' }).click();
  await storage.getByText('wurde notiert und von der Box gelöscht').waitFor();

  const reset = page.getByRole('region', { name: 'Auf Werkszustand zurücksetzen' });
  await reset.getByLabel('Ihr Passwort').fill(PASSWORD);
  await reset.getByLabel('Name der Box').fill('rohrpost');
  await reset.getByRole('button', { name: 'Alles vernichten' }).click();
  await reset.getByText('Das ist nicht der Name dieser Box').waitFor();
  expect(appliance.acts.filter(({ act }) => act === 'factory-reset')).toEqual([]);
  await reset.getByLabel('Name der Box').fill('rohrpost-0a1b');
  await reset.getByRole('button', { name: 'Alles vernichten' }).click();
  await reset.getByText('Die Box vernichtet ihre Daten').waitFor();
  expect(appliance.acts.at(-1)).toMatchObject({ act: 'factory-reset', name: 'rohrpost-0a1b' });

  const operator = await visitAs(chromium, web, 'operator', { path: '/system/appliance' });
  await operator.page.getByText('Beispiel Mini 3').waitFor();
  expect(await operator.page.getByRole('button', { name: /Anwenden|Alles vernichten|ausschalten/ }).count()).toBe(0);
  const viewer = await visitAs(chromium, web, 'viewer', { path: '/system/appliance' });
  await viewer.page.getByRole('heading', { name: 'Seite nicht gefunden' }).waitFor();
});

test('a box that is not an appliance has neither page', async () => {
  const plain = await openWeb();
  try {
    await addPeople(plain.folder, 'de');
    const { page } = await visitAs(chromium, plain, 'admin', { path: '/system' });
    await page.getByText('keine Quelle für Aktualisierungen').waitFor();
    expect(await page.getByRole('link', { name: 'Firmware' }).count()).toBe(0);
    await page.goto(`${plain.url}/system/firmware`);
    await page.getByRole('heading', { name: 'Seite nicht gefunden' }).waitFor();
  } finally {
    await plain.stop();
  }
});

test('a locked box asks for its recovery key, and for nothing else', async () => {
  const locked = fakeAppliance({ facts: { data: 'locked' } });
  const box = await openWeb({ appliance: locked, settings: null, claimed: false });
  try {
    const visit = await chromium.visit(box.url);
    const { page } = visit;
    await page.getByRole('heading', { name: 'Datenspeicher verschlossen' }).waitFor();
    expect(await page.getByLabel('Kopplungscode').count()).toBe(0);
    await page.getByText('Von dieser Seite aus lässt sich die Box so nicht zurücksetzen').waitFor();
    expect(await faultsOf(visit)).toEqual([]);
    locked.failNext('unlock', new RohrpostError('unlock-key-wrong'));
    await page.getByLabel('Wiederherstellungsschlüssel').fill('falsch');
    await page.getByRole('button', { name: 'Öffnen' }).click();
    await page.getByText('öffnet den Speicher nicht').first().waitFor();
    await page.getByLabel('Wiederherstellungsschlüssel').fill('bcdefghi-jklnrtuv');
    await page.getByRole('button', { name: 'Öffnen' }).click();
    await page.getByText('Der Schlüssel passt.').waitFor();
  } finally {
    await box.stop();
  }
});

test.each([
  ['damaged', 'Datenspeicher beschädigt'],
  ['missing', 'Datenspeicher fehlt'],
] as const)('a box whose data are %s says what can be done', async (data, title) => {
  const box = await openWeb({ appliance: fakeAppliance({ facts: { data } }), settings: null, claimed: false });
  try {
    const visit = await chromium.visit(box.url);
    await visit.page.getByRole('heading', { name: title }).waitFor();
    await visit.page.getByText('fragen Sie zuerst Ihren Support').waitFor();
    expect(await visit.page.getByRole('button', { name: 'Öffnen' }).count()).toBe(0);
    expect(await faultsOf(visit)).toEqual([]);
  } finally {
    await box.stop();
  }
});

test('a box on other hardware leads the admin to the decision', async () => {
  const moved = fakeAppliance({ facts: { moved: true } });
  const box = await openWeb({ appliance: moved });
  try {
    await addPeople(box.folder, 'de');
    const visit = await visitAs(chromium, box, 'admin', { path: '/system/appliance' });
    const { page } = visit;
    await page.getByText('Umgezogen: Das ist dieselbe Box').waitFor();
    expect(await faultsOf(visit)).toEqual([]);
    await page.getByRole('button', { name: 'Es ist dieselbe Box' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Es ist dieselbe Box' }).click();
    await box.house.restartAsked;
    expect(moved.acts.at(-1)).toEqual({ act: 'adopt' });
  } finally {
    await box.stop();
  }
});
