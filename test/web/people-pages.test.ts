import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Chromium, NARROW, startChromium } from '../support/chromium.ts';
import { addPeople, visitAs } from '../support/visitors.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

// Users, tokens and the audit, as people at the page meet them.

let web: TestWeb;
let chromium: Chromium;

beforeAll(async () => {
  [web, chromium] = await Promise.all([openWeb(), startChromium()]);
  await addPeople(web.folder, 'de');
});
afterEach((context) => chromium.leave(context));
afterAll(async () => {
  await chromium?.stop();
  await web?.stop();
});

test('a user is added with a suggested password, has to choose another, and then is in', async () => {
  const { page } = await visitAs(chromium, web, 'admin', { path: '/system/users' });
  await page.getByRole('button', { name: 'Benutzer anlegen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Benutzername').fill('Jörg');
  await dialog.getByRole('button', { name: 'Benutzer anlegen' }).click();
  await dialog.getByText('Buchstaben ohne Umlaute, Ziffern').waitFor();
  await dialog.getByLabel('Benutzername').fill('joerg');
  await dialog.getByRole('button', { name: 'Benutzer anlegen' }).click();
  await dialog.getByText('mindestens 12').waitFor();
  await dialog.getByLabel('Rolle').selectOption('operator');
  await dialog.getByRole('button', { name: 'Vorschlagen' }).click();
  const password = await dialog.getByLabel('Erstes Passwort').inputValue();
  expect(password).toMatch(/^[0-9a-z]{4}(?:-[0-9a-z]{4}){3}$/);
  await dialog.getByRole('button', { name: 'Benutzer anlegen' }).click();
  await page.getByRole('row', { name: /joerg.*Bediener.*Passwort zu ändern/ }).waitFor();

  const visit = await chromium.visit(web.url, { size: NARROW });
  const other = visit.page;
  await other.getByLabel('Benutzername').fill('joerg');
  await other.getByLabel('Passwort', { exact: true }).fill(password);
  await other.getByRole('button', { name: 'Anmelden' }).click();
  await other.getByLabel('Bisheriges Passwort').fill(password);
  const own = 'drei blaue Kähne im Nebel';
  await other.getByLabel('Neues Passwort', { exact: true }).fill(own);
  await other.getByLabel('Neues Passwort noch einmal').fill(own);
  expect(await visit.axe()).toEqual([]);
  await other.getByRole('button', { name: 'Passwort ändern' }).click();
  await other.getByRole('heading', { name: 'Übersicht' }).waitFor();
});

test('another role ends the session of who is at the page, which shows the log-in', async () => {
  const victim = await visitAs(chromium, web, 'operator');
  await victim.page.getByRole('heading', { name: 'Übersicht' }).waitFor();
  const { page } = await visitAs(chromium, web, 'admin', { path: '/system/users' });
  await page.getByRole('button', { name: 'operator ändern' }).click();
  await page.getByLabel('Rolle').selectOption('viewer');
  await page.getByRole('button', { name: 'Speichern' }).click();
  await victim.page.getByRole('button', { name: 'Anmelden' }).waitFor();
});

test('a user is removed only after a question; nobody but admins sees the page', async () => {
  web.premises.desk.accounts.add({
    ...{ name: 'leaving', role: 'viewer', language: 'de', password: '-', must_change: 0, now_ms: Date.now() },
  });
  const { page } = await visitAs(chromium, web, 'admin', { path: '/system/users' });
  const remove = async (answer: string) => {
    await page.getByRole('button', { name: 'leaving ändern' }).click();
    await page.getByRole('button', { name: 'Benutzer entfernen' }).click();
    await page.getByRole('heading', { name: '„leaving“ entfernen?' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: answer }).click();
  };
  await remove('Abbrechen');
  expect(web.premises.desk.accounts.named('leaving')).toBeDefined();
  await remove('Benutzer entfernen');
  await page.getByText('„leaving“ ist entfernt.').waitFor();
  expect(web.premises.desk.accounts.named('leaving')).toBeUndefined();
  const viewer = await visitAs(chromium, web, 'viewer', { path: '/system/users' });
  await viewer.page.getByRole('heading', { name: 'Seite nicht gefunden' }).waitFor();
});

test('a token is shown once, lets a script in, and is revoked', async () => {
  const visit = await visitAs(chromium, web, 'viewer', { path: '/account/tokens' });
  const { page } = visit;
  await page.getByRole('button', { name: 'Token ausstellen' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByLabel('Rolle').locator('option').count()).toBe(1);
  await dialog.getByLabel('Gültig').fill('1000');
  await dialog.getByRole('button', { name: 'Token ausstellen' }).click();
  await dialog.getByText('von 1 bis 730').waitFor();
  await dialog.getByLabel('Wofür').fill('Nächtlicher Bericht');
  await dialog.getByLabel('Gültig').fill('30');
  await dialog.getByRole('button', { name: 'Token ausstellen' }).click();
  const token = await dialog.getByText(/^rp_/).textContent();
  expect(await visit.axe()).toEqual([]);
  const asked = () => web.ask({ url: '/api/session', headers: { authorization: `Bearer ${token}` } });
  expect(await asked()).toMatchObject({ status: 200, body: { name: 'viewer', via: 'token' } });
  await dialog.getByRole('button', { name: 'Schließen' }).last().click();
  await page.reload();
  await page.getByText('Nächtlicher Bericht').waitFor();
  expect(await page.content()).not.toContain(token);
  await page.getByRole('button', { name: 'Widerrufen' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Widerrufen' }).click();
  await page.getByText('Noch keine Tokens').waitFor();
  expect((await asked()).status).toBe(401);
});

test('the audit is looked through by act and day, page by page; its chain is checked', async () => {
  const { audit } = web.premises.desk;
  audit.add({ by: 'anna', act: 'token-remove', subject: 'Mein Skript', now_ms: Date.now() });
  for (let n = 0; n < 150; n++)
    audit.add({ by: 'anna', act: 'login', details: { address: `a${n}` }, now_ms: Date.now() });
  const visit = await visitAs(chromium, web, 'admin', { path: '/system/audit' });
  const { page } = visit;
  await page.getByText(/Unversehrt: \d+ Einträge geprüft/).waitFor();
  await page.getByRole('cell', { name: 'address: a149' }).waitFor();
  await page.getByRole('button', { name: 'Ältere' }).click();
  await page.getByRole('cell', { name: 'address: a10', exact: true }).waitFor();
  await page.getByLabel('Was', { exact: true }).selectOption({ label: 'Token widerrufen' });
  await page.getByRole('cell', { name: 'Mein Skript' }).waitFor();
  await page.getByLabel('Bis einschließlich').fill('2020-01-01');
  await page.getByText('Nichts gefunden').waitFor();
  expect(await visit.axe()).toEqual([]);
  const link = await page.getByRole('link', { name: 'Als CSV' }).getAttribute('href');
  expect(link).toMatch(/^\/api\/audit\/export\?act=token-remove&until_ms=\d+&format=csv$/);
});
