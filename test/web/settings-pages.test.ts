import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Settings } from '../../src/config/schema.ts';
import { generateKey } from '../../src/pgp/keys.ts';
import { type Chromium, NARROW, startChromium, type Visit } from '../support/chromium.ts';
import { addPeople, visitAs } from '../support/visitors.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

// Partners, targets, rules and settings, as a person at the page changes them.

const PARTNER = { id: 'west', name: 'Praxis West', address: 'dicom@west.example', ae_title: 'WEST' };

let web: TestWeb;
let chromium: Chromium;
let armored: string;

beforeAll(async () => {
  const key = { name: 'Klinik Süd', email: 'radiologie@sued.example', passphrase: 'x', nowMs: Date.now() - 60_000 };
  const made = await generateKey(key);
  armored = made.publicArmored;
  [web, chromium] = await Promise.all([openWeb({ settings: { partners: [PARTNER] } }), startChromium()]);
  await addPeople(web.folder, 'de');
  await mkdir(join(web.folder, 'given'));
});
afterEach((context) => chromium.leave(context));
afterAll(async () => {
  await chromium?.stop();
  await web?.stop();
});

const settings = async () =>
  (await web.as('admin').get('/api/settings')).body as { settings: Settings; revision: string };
const patch = async (changes: object[]) =>
  web.as('admin').patch('/api/settings', { revision: (await settings()).revision, changes });
const fieldProblem = (visit: Visit, label: string) =>
  visit.page.locator('.field', { has: visit.page.getByLabel(label, { exact: true }) }).locator('.problem');

test('a partner by its partner file: nothing is taken before the fingerprint is compared', async () => {
  const file = join(web.folder, 'given', 'sued.json');
  const content = { rohrpost: 'partner', version: 1, name: 'Klinik Süd', address: 'radiologie@sued.example' };
  await writeFile(file, JSON.stringify({ ...content, ae_title: 'SUED', accepts: ['batch'], key: armored }));
  const visit = await visitAs(chromium, web, 'admin', { path: '/partners/new' });
  const { page } = visit;
  await page.getByLabel('Partnerdatei oder Schlüsseldatei').setInputFiles(file);
  const add = page.getByRole('button', { name: 'Partner anlegen' });
  await page.getByLabel('AE-Titel').waitFor();
  expect(await page.getByLabel('Kennung').inputValue()).toBe('klinik-sued');
  expect(await add.getAttribute('aria-disabled')).toBe('true');
  expect(await visit.axe()).toEqual([]);
  await page.getByLabel('Kennung').fill('west');
  await page.getByLabel(/Ich habe den Fingerabdruck/).check();
  await add.click();
  await page.getByText('Die Kennung „west“ ist schon vergeben.').waitFor();
  await page.getByLabel('Kennung').fill('sued');
  await page.getByLabel('Mail-Adresse').fill('kein Postfach');
  await add.click();
  await expect.poll(() => fieldProblem(visit, 'Mail-Adresse').textContent()).toContain('reine Mail-Adresse');
  await page.getByLabel('Mail-Adresse').fill('radiologie@sued.example');
  await add.click();
  await expect.poll(() => page.locator('h1').textContent()).toBe('Klinik Süd');
  await page.getByText('an diesen wird gesendet').waitFor();
  expect((await settings()).settings.partners.map(({ id }) => id)).toEqual(['west', 'sued']);
});

test('legacy crypto, switched on, is warned of', async () => {
  const visit = await visitAs(chromium, web, 'admin', { path: '/partners/west' });
  const { page } = visit;
  await page.getByLabel('Veraltete Verschlüsselung').check();
  await page.getByText('Unsichere Verschlüsselung ist erlaubt').waitFor();
  await page.getByRole('button', { name: 'Speichern' }).click();
  await page.getByText('Gespeichert.').waitFor();
  expect((await settings()).settings.partners[0]!.legacy_crypto).toBe(true);
  await patch([{ path: 'partners.west.legacy_crypto', value: false }]);
});

test('two admins: the second sees what the first changed, both values, and loses nothing', async () => {
  const visit = await visitAs(chromium, web, 'admin', { path: '/settings' });
  const { page } = visit;
  const card = (name: string) =>
    page.locator('section.card', { has: page.getByRole('heading', { name, exact: true }) });
  await card('Standort').getByLabel('Name').fill('Vom Zweiten');
  await card('Aufbewahrung').getByLabel('Fertige Studien').fill('30');
  await patch([
    { path: 'retention.done_days', value: 14 },
    { path: 'settle.quiet_s', value: 90 },
  ]);
  await page.getByRole('button', { name: 'Speichern' }).click();
  const notice = page.locator('.notice', { hasText: 'inzwischen auch an anderer Stelle geändert' });
  await notice.waitFor();
  const row = (setting: string) => notice.getByRole('row', { name: setting });
  await expect.poll(() => row('Fertige Studien').textContent()).toMatch(/7.*14.*30.*test-admin/);
  expect(await row('Ruhezeit').textContent()).toContain('nicht geändert');
  expect(await visit.axe()).toEqual([]);
  await row('Fertige Studien').getByRole('checkbox').check();
  await notice.getByRole('button', { name: 'obenauf speichern' }).click();
  await page.getByText('Gespeichert.').waitFor();
  const now = (await settings()).settings;
  expect([now.site.name, now.retention.done_days, now.settle.quiet_s]).toEqual(['Vom Zweiten', 30, 90]);
});

test('a password that was typed is stored, not shown again, and stays when something else is saved', async () => {
  const visit = await visitAs(chromium, web, 'admin', { path: '/settings' });
  const { page } = visit;
  const smtp = page.locator('fieldset.group', { has: page.locator('legend', { hasText: 'Versand (SMTP)' }) }).last();
  await smtp.getByLabel('Ein', { exact: true }).check();
  await smtp.getByLabel('Server').fill('mail.test.example');
  await smtp.getByLabel('Benutzername').fill('box');
  await smtp.getByLabel('Passwort', { exact: true }).fill('Tr0ub4dor-9');
  const save = page.getByRole('button', { name: 'Speichern' });
  await save.click();
  await page.getByText('Gespeichert.').waitFor();
  const reference = (await settings()).settings.mail.smtp!.password!;
  expect(await web.premises.secrets.get(reference)).toBe('Tr0ub4dor-9');
  await page.reload();
  await smtp.getByLabel('Benutzername').fill('box2');
  expect(await smtp.getByLabel('Passwort', { exact: true }).inputValue()).toBe('');
  await save.click();
  await page.getByText('Gespeichert.').waitFor();
  expect((await settings()).settings.mail.smtp).toMatchObject({ user: 'box2', password: reference });
  expect(await web.premises.secrets.get(reference)).toBe('Tr0ub4dor-9');
  await patch([{ path: 'mail.smtp', value: null }]);
});

test('a target: tested before it is saved, wrong fields named, used, and not removed while it is in use', async () => {
  const visit = await visitAs(chromium, web, 'admin', { path: '/targets', size: NARROW });
  const { page } = visit;
  await page.getByRole('button', { name: 'Ziel anlegen' }).click();
  await page.getByLabel('Art').selectOption('folder');
  await page.getByLabel('Kennung').fill('archiv');
  await page.getByLabel('Ordner', { exact: true }).fill('relativ');
  const save = page.getByRole('button', { name: 'Speichern' });
  await save.click();
  await expect.poll(() => fieldProblem(visit, 'Ordner').textContent()).toContain('vollständiger Pfad');
  await page.getByLabel('Ordner', { exact: true }).fill(join(web.folder, 'given'));
  await page.getByRole('button', { name: 'Prüfen' }).click();
  await page.locator('.notice.ok').waitFor();
  expect(await visit.overhang()).toBeLessThanOrEqual(0);
  expect(await visit.axe()).toEqual([]);
  await save.click();
  await page.getByRole('row', { name: /archiv/ }).waitFor();
  await patch([{ path: 'partners.west.targets', value: ['archiv'] }]);
  await page.getByText('für Praxis West').waitFor();
  await page.getByRole('button', { name: 'archiv entfernen' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Entfernen' }).click();
  await page.getByText('„archiv“ wird noch gebraucht: west').waitFor();
  expect((await settings()).settings.targets.map(({ id }) => id)).toEqual(['archiv']);
});

test('a rule: partners are ticked, tried before it is saved; an operator may look and try only', async () => {
  const visit = await visitAs(chromium, web, 'admin', { path: '/rules' });
  const { page } = visit;
  await page.getByRole('button', { name: 'Regel anlegen' }).click();
  await page.getByLabel('Kennung').fill('kopf');
  await page.getByLabel('Modalität').fill('CT');
  const save = page.getByRole('button', { name: 'Speichern' });
  await save.click();
  await page.getByText('Die Liste muss 1 bis 100 Einträge haben.').waitFor();
  await page.getByLabel('Praxis West').check();
  await page.getByRole('button', { name: 'An den letzten Studien ausprobieren' }).click();
  await page.getByText('Es ist noch keine Studie gekommen.').waitFor();
  expect(await visit.axe()).toEqual([]);
  await save.click();
  await page.getByText('CT → An: Praxis West').waitFor();
  expect((await settings()).settings.routes).toMatchObject([{ id: 'kopf', when: { modality: 'CT' }, to: ['west'] }]);
  const operator = (await visitAs(chromium, web, 'operator', { path: '/rules' })).page;
  await operator.getByText('CT → An: Praxis West').waitFor();
  expect(await operator.getByRole('button', { name: /anlegen|entfernen|Speichern/ }).count()).toBe(0);
});
