import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Chromium, startChromium, type Visit } from '../support/chromium.ts';

// What `make demo KEEP=1` prints is followed to the letter: two addresses, a name, a password, a folder to drag.

const DEMO = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));
const run = promisify(execFile);

interface Demo {
  pages: { name: string; url: string; fingerprint: string }[];
  user: string;
  password: string;
  /** The folder to drag onto the page. */
  study: string;
  pacs: string;
  stop: string;
}

let demo: Demo;
let chromium: Chromium;

beforeAll(async () => {
  const env = { ...process.env, LANG: 'de_DE.UTF-8', LC_ALL: '' };
  const { stdout } = await run(process.execPath, [DEMO, '--keep'], { env, timeout: 150_000 });
  demo = read(stdout);
  chromium = await startChromium();
}, 180_000);

afterAll(async () => {
  await chromium?.stop();
  if (demo) await run('sh', [demo.stop.replace(/^sh /, '')]);
});

afterEach((context) => chromium.leave(context));

function read(printed: string): Demo {
  const pages = printed.matchAll(/^ {2}(Klinik \w):\s+(https:\/\/\S+)\s+certificate ([0-9A-F:]{95})$/gm);
  const one = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? expect.fail(`${pattern} is not in:\n${printed}`);
  return {
    pages: [...pages].map(([, name, url, fingerprint]) => ({ name: name!, url: url!, fingerprint: fingerprint! })),
    user: one(/Log in to both as: (\S+)/),
    password: one(/password: (\S+)/),
    study: one(/drag this folder onto the page "Send" of Klinik A: (\S+)/),
    pacs: one(/PACS:\s+ls (\S+)/),
    stop: one(/To end it:\s+(sh \S+)/),
  };
}

async function enter({ url }: { url: string }): Promise<Visit> {
  const visit = await chromium.visit(url);
  await visit.page.getByLabel('Benutzername').fill(demo.user);
  await visit.page.getByLabel('Passwort', { exact: true }).fill(demo.password);
  await visit.page.getByRole('button', { name: 'Anmelden' }).click();
  await visit.page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
  return visit;
}

const go = (visit: Visit, page: string) => visit.page.getByRole('navigation').getByRole('link', { name: page }).click();

describe('the demo, kept running', () => {
  test('two pages, each with the certificate that was printed', async () => {
    expect(demo.pages.map(({ name }) => name)).toEqual(['Klinik A', 'Klinik B']);
    for (const { url, fingerprint } of demo.pages) {
      const { hostname, port } = new URL(url);
      const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      expect(socket.getPeerCertificate().fingerprint256).toBe(fingerprint);
      socket.destroy();
    }
  });

  test('one browser holds both sessions at once', async () => {
    const visit = await enter(demo.pages[0]!);
    const other = await visit.context.newPage();
    await other.goto(demo.pages[1]!.url);
    await other.getByLabel('Benutzername').fill(demo.user);
    await other.getByLabel('Passwort', { exact: true }).fill(demo.password);
    await other.getByRole('button', { name: 'Anmelden' }).click();
    await other.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
    await visit.page.reload();
    await visit.page.getByRole('heading', { level: 1, name: 'Übersicht' }).waitFor();
  });

  test('the demo study and its timeline are on both pages', async () => {
    for (const [index, stretch] of ['bestätigt', 'zugestellt'].entries()) {
      const visit = await enter(demo.pages[index]!);
      const { page } = visit;
      await go(visit, 'Studien');
      await page
        .getByRole('link', { name: /Testperson, Erika/ })
        .first()
        .click();
      await page.getByRole('heading', { level: 1, name: /Testperson, Erika/ }).waitFor();
      await page.getByText(new RegExp(stretch, 'i')).first().waitFor();
      await visit.still();
      expect(await visit.axe()).toEqual([]);
    }
  });

  test('a second study, dragged onto the page: the overview of both clinics moves until the receipt is back', async () => {
    const [sender, receiver] = [await enter(demo.pages[0]!), await enter(demo.pages[1]!)];
    const before = (await readdir(demo.pacs)).length;
    const { page } = sender;
    await go(sender, 'Senden');
    await sender.drop(page.getByText('Dateien oder Ordner hierher ziehen'), [demo.study]);
    await page.getByText('Testperson, Otto').first().waitFor();
    await page.getByLabel('Klinik B').check();
    await page.getByRole('button', { name: 'Prüfen und senden' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Testperson, Otto').waitFor();
    await dialog.getByRole('button', { name: 'Jetzt senden' }).click();
    const sent = page.getByRole('progressbar', { name: 'An Klinik B' });
    // Each state that the page goes through, however short.
    const sentStates = await watchStates(page, 'progress, [role=progressbar]');
    const receivedStates = await watchStates(receiver.page, '.moving');
    await expect
      .poll(
        async () => {
          const value = Number((await sent.getAttribute('value')) ?? 0) / Number((await sent.getAttribute('max')) ?? 1);
          return value;
        },
        { timeout: 60_000, interval: 60 },
      )
      .toBe(1);
    expect(await sentStates()).toBeGreaterThan(2);
    expect(await receivedStates()).toBeGreaterThan(0);
    expect((await readdir(demo.pacs)).length - before).toBe(200);
    expect(await sender.layoutShift()).toBeLessThan(0.05);
  });
});

/** Counts the different states of what a selector finds, from now on: its text and value. */
async function watchStates(page: Visit['page'], selector: string): Promise<() => Promise<number>> {
  await page.evaluate(`{
    const seen = (window.statesSeen = new Set());
    const look = () => {
      for (const element of document.querySelectorAll(${JSON.stringify(selector)})) {
        seen.add([element.textContent, element.getAttribute('value'), element.getAttribute('max')].join(' '));
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  }`);
  return () => page.evaluate('window.statesSeen.size');
}
