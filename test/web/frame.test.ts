import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Chromium, NARROW, startChromium, type Visit } from '../support/chromium.ts';
import { addConsignment, addParts } from '../support/store.ts';
import { addPeople, PASSWORD, visitAs } from '../support/visitors.ts';
import { openWeb, type TestWeb } from '../support/web.ts';

// What stands around every page: logging in, navigation, language, connection; and the overview.

const DAY_MS = 86_400_000;
const PARTNER = {
  ...{ id: 'klinik', name: 'Klinik am Testsee', address: 'box@klinik.example', ae_title: 'KLINIK' },
  fingerprints: ['A'.repeat(40)],
};

let web: TestWeb;
let chromium: Chromium;

beforeAll(async () => {
  [web, chromium] = await Promise.all([openWeb({ settings: { partners: [PARTNER] } }), startChromium()]);
  await addPeople(web.folder, 'de');
});
afterEach((context) => chromium.leave(context));
afterAll(async () => {
  await chromium?.stop();
  await web?.stop();
});

const heading = ({ page }: Visit) => page.locator('h1');

async function logIn({ page }: Visit, password: string): Promise<void> {
  await page.getByLabel('Benutzername').fill('viewer');
  await page.getByLabel('Passwort', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

test('a session that was ended elsewhere leads to the log-in, and from there back to the same place', async () => {
  const visit = await visitAs(chromium, web, 'viewer', { path: '/account' });
  await expect.poll(() => heading(visit).textContent()).toBe('Mein Konto');
  const { desk } = web.premises;
  desk.sessions.endOfAccount(desk.accounts.named('viewer')!.id);
  // Nobody touches the page; the stream of events ends with its session.
  desk.audit.add({ by: 'admin', act: 'session-end', now_ms: Date.now() });
  await expect.poll(() => heading(visit).textContent(), { timeout: 20_000 }).toBe('Bei der Box anmelden');
  await logIn(visit, PASSWORD);
  await expect.poll(() => new URL(visit.page.url()).pathname).toBe('/account');
  await visit.page.getByRole('link', { name: /viewer/ }).waitFor();
});

test('the first key leads past the navigation; another page is announced by its heading', async () => {
  const visit = await visitAs(chromium, web, 'admin');
  await heading(visit).waitFor();
  const { page } = visit;
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.className')).toBe('skip');
  await page.locator('.who').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Mein Konto');
});

test('a narrow window has everything, without scrolling sideways', async () => {
  const visit = await visitAs(chromium, web, 'admin', { size: NARROW });
  const menu = visit.page.getByRole('button', { name: 'Menü' });
  await menu.waitFor();
  expect(await visit.page.locator('.who').isVisible()).toBe(false);
  await menu.click();
  expect(await menu.getAttribute('aria-expanded')).toBe('true');
  expect(await visit.overhang()).toBeLessThanOrEqual(0);
  expect(await visit.axe()).toEqual([]);
  await visit.page.locator('.who').click();
  await expect.poll(() => heading(visit).textContent()).toBe('Mein Konto');
  expect(await menu.getAttribute('aria-expanded')).toBe('false');
  expect(await visit.overhang()).toBeLessThanOrEqual(0);
});

test('language and appearance that were chosen in a browser hold after a reload', async () => {
  const visit = await visitAs(chromium, web, 'operator');
  await visit.page.getByRole('button', { name: 'English' }).click();
  await expect.poll(() => heading(visit).textContent()).toBe('Overview');
  await visit.page.locator('.preferences select').selectOption('dark');
  await visit.page.reload();
  await expect.poll(() => heading(visit).textContent()).toBe('Overview');
  expect(await visit.page.locator('html').getAttribute('lang')).toBe('en');
  expect(await visit.page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(18, 23, 26)');
});

test('a box that does not answer any more is told, and that it is there again', async () => {
  const visit = await visitAs(chromium, web, 'viewer');
  await heading(visit).waitFor();
  await visit.context.route('**/api/events', (route) => route.abort());
  await visit.page.reload();
  await visit.page.getByText(/Keine Verbindung|No connection/).waitFor();
  await visit.context.unroute('**/api/events');
  await visit.page.getByText(/Keine Verbindung|No connection/).waitFor({ state: 'detached' });
});

test('the overview moves with the box, without reloading and without a jump', async () => {
  const { store } = web.premises.box()!;
  const { consignment } = addConsignment(store, { items: 4, studyUid: '1.2.3.55' });
  const far = { due_ms: Date.now() + DAY_MS };
  const [first] = addParts(store, consignment.id, far);
  const visit = await visitAs(chromium, web, 'admin', { path: '/' });
  const progress = visit.page.locator('.moving progress');
  await progress.waitFor();
  expect(await visit.page.locator('.moving').textContent()).toContain('geht an Klinik am Testsee');
  expect(await progress.getAttribute('value')).toBe('0');
  store.parts.move(first!.id, { state: 'sealed', ...far }, Date.now());
  store.parts.move(first!.id, { state: 'sent' }, Date.now());
  await expect.poll(() => progress.getAttribute('value'), { timeout: 10_000 }).toBe('1');
  await visit.page.locator('.plot canvas').first().waitFor();
  expect(await visit.layoutShift()).toBeLessThan(0.05);
});

test('what is wrong bears the moment since when; the system page has the alarm, and that nobody gets a mail', async () => {
  const { settings } = web.premises.box()!;
  const refuseBelow = (size_bytes: number) =>
    settings.save((draft) => {
      draft.disk.refuse_below_bytes = size_bytes;
    }, settings.revision());
  onTestFinished(async () => void (await refuseBelow(0)));
  const visit = await visitAs(chromium, web, 'operator', { path: '/', size: NARROW });
  await visit.page.locator('.lights').waitFor();
  await refuseBelow(2 ** 50);
  // Without reloading: what is alarmed, the stream of events tells.
  await visit.page.locator('.traffic li', { hasText: /Speicherplatz.*\(seit \d/ }).waitFor({ timeout: 20_000 });
  await visit.page.locator('.lights li', { hasText: /Speicherplatz.* · seit \d/ }).waitFor();
  expect(await visit.axe()).toEqual([]);
  await visit.page.goto(`${web.url}/system`);
  const row = visit.page.getByRole('row', { name: /Speicherplatz/ });
  await row.getByText('besteht noch').waitFor();
  await visit.page.getByText('Niemand bekommt eine Mail').waitFor();
  expect(await visit.axe()).toEqual([]);
  expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(NARROW.width);
});

test('each plot is a table too, for those who do not see it', async () => {
  const visit = await visitAs(chromium, web, 'admin', { path: '/', dark: true });
  await visit.page.locator('.plot canvas').nth(1).waitFor();
  for (const summary of await visit.page.locator('.plot summary').all()) await summary.click();
  expect(await visit.page.locator('.plot tbody tr').count()).toBe(24 + 30);
  expect(await visit.axe()).toEqual([]);
});

test('an address that is no page says so within the frame', async () => {
  const visit = await visitAs(chromium, web, 'viewer', { path: '/nothing/here' });
  await expect.poll(() => heading(visit).textContent()).toBe('Seite nicht gefunden');
});
