import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Chromium, startChromium, type Visit } from '../support/chromium.ts';
import { PASSWORD, visitAs } from '../support/visitors.ts';
import { type PageWorld, startPageWorld } from './page-world.ts';

// Coming in and going out, with keyboard and mouse, and what somebody gets who took a cookie along.

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

/** What has the focus: its accessible name, or text. */
const focused = (visit: Visit) =>
  visit.page.evaluate<string>(`(() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.textContent ?? element.getAttribute('aria-label') ?? element.textContent;
    return element === document.body ? '' : (element.tagName.toLowerCase() + ' ' + label.trim());
  })()`);

/** Presses Tab until something has the focus. */
async function tabTo(visit: Visit, what: RegExp): Promise<void> {
  const seen: string[] = [];
  for (let count = 0; count < 60; count++) {
    await visit.page.keyboard.press('Tab');
    seen.push(await focused(visit));
    if (what.test(seen.at(-1)!)) return;
  }
  throw new Error(`Tab does not reach ${what}; it reaches:\n${seen.join('\n')}`);
}

describe('logging in', () => {
  test('by keyboard alone: a wrong password is said, the right one opens the page, the skip link leads past the navigation', async () => {
    const visit = await chromium.visit(`${world.nord.url}/studies`);
    const { page } = visit;
    await page.getByRole('heading', { level: 1 }).waitFor();
    await tabTo(visit, /Benutzername/);
    await page.keyboard.type('admin');
    await tabTo(visit, /^input Passwort/);
    await page.keyboard.type('falsch geraten');
    await page.keyboard.press('Enter');
    await page.getByText(/Benutzername oder Passwort/).waitFor();
    expect(await visit.axe()).toEqual([]);
    await page.getByLabel('Passwort', { exact: true }).focus();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').waitFor();
    expect(new URL(page.url()).pathname).toBe('/studies');
    await page.evaluate('document.activeElement.blur()');
    await tabTo(visit, /Inhalt/);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  test('who guesses too often is told how long to wait, and an unknown name gets the same words', async () => {
    const visit = await chromium.visit(world.nord.url);
    const { page } = visit;
    const words: string[] = [];
    for (const name of ['niemand', ...Array<string>(11).fill('viewer')]) {
      await page.getByLabel('Benutzername').fill(name);
      await page.getByLabel('Passwort', { exact: true }).fill('falsch geraten');
      const answered = page.waitForResponse('**/api/session');
      await page.getByRole('button', { name: 'Anmelden' }).click();
      await answered;
      words.push(((await page.getByRole('alert').textContent()) ?? '').trim());
      if (/Sekunde|Minute/.test(words.at(-1)!)) break;
    }
    expect(words[1]).toBe(words[0]);
    expect(words.at(-1)).toMatch(/\d+ (Sekunde|Minute)/);
  });
});

describe('logging out', () => {
  test('a cookie that somebody took along is worth nothing afterwards, and open windows show the log-in', async () => {
    const visit = await visitAs(chromium, world.nord, 'operator', { path: '/account' });
    const { page, context } = visit;
    const cookies = await context.cookies();
    expect(cookies).toMatchObject([{ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' }]);
    const second = await context.newPage();
    await second.goto(world.nord.url);
    await second.getByRole('navigation').waitFor();
    await page.getByRole('button', { name: 'Abmelden', exact: true }).first().click();
    await page.getByLabel('Benutzername').waitFor();
    await second.getByLabel('Benutzername').waitFor();
    const thief = await chromium.visit(world.nord.url, { cookies });
    await thief.page.getByLabel('Benutzername').waitFor();
    const answer = await thief.page.evaluate<number>(`fetch('/api/settings').then(({ status }) => status)`);
    expect(answer).toBe(401);
  });

  test('each role sees its pages only', async () => {
    const links = async (role: 'viewer' | 'operator' | 'admin') => {
      const { page } = await visitAs(chromium, world.nord, role);
      await page.getByRole('navigation').waitFor();
      return (await page.getByRole('navigation').getByRole('link').allInnerTexts()).map((text) => text.trim());
    };
    const [viewer, operator, admin] = [await links('viewer'), await links('operator'), await links('admin')];
    expect(operator).toEqual(expect.arrayContaining(viewer));
    expect(admin).toEqual(expect.arrayContaining(operator));
    expect(viewer).not.toContain('System');
  });

  test('English and German: the button changes every word at once and stays', async () => {
    const { page } = await visitAs(chromium, world.nord, 'viewer');
    await page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });
});
