import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BrowserContext,
  type ConsoleMessage,
  chromium,
  type Locator,
  type Page,
  type Response,
} from 'playwright-core';
import type { TestContext } from 'vitest';

// Debian's own Chromium, headless, driven by playwright-core: what a person at the page sees and does.

const PROGRAM = '/usr/bin/chromium';
/** Enough on a machine where two other tests keep both cores busy. */
const PATIENCE_MS = 20_000;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** A window of every failed test is pictured here. */
const FAILED = fileURLToPath(new URL('../../build/failed', import.meta.url));

export const DESK = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
/** The narrowest window that every page must do without scrolling sideways. */
export const NARROW = { width: 360, height: 740 };

export interface VisitOptions {
  language?: 'de' | 'en';
  size?: { width: number; height: number };
  dark?: boolean;
  cookies?: Parameters<BrowserContext['addCookies']>[0];
}

/** One window with cookies of its own. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /**
   * What the browser complained of: script errors, console errors (breaches of the content security policy are among them),
   * requests to anywhere but the box, files of the page that were not there, answers of a broken server (500).
   */
  readonly faults: string[];
  /** Waits until a heading is there and nothing has changed on the page for a moment. */
  still(): Promise<void>;
  /** What axe-core finds against WCAG 2.2 AA and good practice, one line each. */
  axe(): Promise<string[]>;
  /** Cumulative layout shift since the page was loaded; over 0.1 a person notices. */
  layoutShift(): Promise<number>;
  /** Pixels by which the page is wider than its window. */
  overhang(): Promise<number>;
  /** Another window; waits until everything has found its place. */
  resize(size: { width: number; height: number }): Promise<void>;
  /** Bytes that came over the line since the page was asked for: bodies as compressed, and heads. */
  transferred(): Promise<number>;
  /** Drags files or folders of this machine onto an element and lets go, as a hand would. */
  drop(onto: Locator, paths: readonly string[]): Promise<void>;
  /** A picture of the window as WebP (small: text and plain areas). */
  picture(path: string, o?: { quality?: number }): Promise<void>;
}

export interface Chromium {
  readonly version: string;
  visit(url: string, o?: VisitOptions): Promise<Visit>;
  /** For `afterEach`: closes all windows. @throws Error with every window's faults */
  leave(context: TestContext): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a browser; it trusts the certificates that boxes made themselves. */
export async function startChromium(): Promise<Chromium> {
  const browser = await chromium.launch({
    executablePath: PROGRAM,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0, // root has none: Chromium refuses
    args: ['--disable-dev-shm-usage', '--hide-scrollbars', '--force-color-profile=srgb'],
  });
  const axe = await readFile(AXE, 'utf8');
  const visits = new Set<Visit>();
  return {
    version: browser.version(),
    visit: async (url, o = {}) => {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        locale: o.language === 'en' ? 'en-GB' : 'de-DE',
        timezoneId: 'Europe/Berlin',
        viewport: o.size ?? DESK,
        colorScheme: o.dark ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PATIENCE_MS);
      if (o.cookies) await context.addCookies(o.cookies);
      const page = await context.newPage();
      const visit = visitOf(page, context, axe, new URL(url).origin);
      visits.add(visit);
      await page.goto(url);
      return visit;
    },
    leave: async ({ task }) => {
      const left = [...visits];
      visits.clear();
      const isFailed = task.result?.state === 'fail';
      if (isFailed)
        await Promise.all(left.map(({ page }, index) => keepPicture(page, `${task.name.slice(0, 70)} ${index}`)));
      await Promise.all(left.map(({ context }) => context.close()));
      const faults = left.flatMap((visit) => visit.faults);
      if (faults.length > 0) throw new Error(`the browser complains:\n${faults.join('\n')}`);
    },
    stop: () => browser.close(),
  };
}

async function keepPicture(page: Page, name: string): Promise<void> {
  const path = join(FAILED, `${name.replace(/[^\p{L}\d]+/gu, '-')}.png`);
  await page.screenshot({ path, fullPage: true, timeout: 5_000 }).catch(() => {}); // the page may have crashed
}

function visitOf(page: Page, context: BrowserContext, axe: string, origin: string): Visit {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('crash', () => faults.push('the page crashed'));
  page.on('console', (message) => {
    if (message.type() === 'error' && !isAnswer(message))
      faults.push(`console: ${message.text()} (${whereOf(message)})`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.origin !== origin) faults.push(`asks elsewhere: ${request.url()}`);
  });
  const answered: Response[] = [];
  page.on('response', (response) => {
    if (response.headers()['content-type'] !== 'text/event-stream') answered.push(response);
    const { pathname } = new URL(response.url());
    const isLost = response.status() >= 400 && !pathname.startsWith('/api/');
    // 502 to 504 are words too: of a box that starts anew, or about a peer.
    const isBroken = response.status() >= 500 && ![502, 503, 504, 507].includes(response.status());
    if (isLost || isBroken) faults.push(`${response.status()} for ${pathname}`);
  });
  return {
    page,
    context,
    faults,
    still: async () => {
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.evaluate(STILL);
    },
    axe: () => findAxe(page, axe),
    layoutShift: () => page.evaluate<number>(LAYOUT_SHIFT),
    overhang: () =>
      page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
    resize: async (size) => {
      await page.setViewportSize(size);
      await page.evaluate(STILL);
    },
    transferred: async () => {
      const sizes = await Promise.all(answered.map((response) => response.request().sizes()));
      return sizes.reduce((sum, size) => sum + size.responseBodySize + size.responseHeadersSize, 0);
    },
    drop: (onto, paths) => dropFiles(page, onto, paths),
    picture: async (path, { quality = 70 } = {}) => {
      const session = await context.newCDPSession(page);
      const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality });
      await session.detach();
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, Buffer.from(data, 'base64'));
    },
  };
}

/** Chromium logs each answer of 400 and more; of the API those are words to the page, which tests expect to see there. */
const isAnswer = (message: ConsoleMessage) => message.text().startsWith('Failed to load resource');
const whereOf = (message: ConsoleMessage) => `${message.location().url}:${message.location().lineNumber}`;

/** Scripts for the page are text: the DOM is no part of this program. An observer is never called where nothing shifted. */
const LAYOUT_SHIFT = `new Promise((resolve) => {
  const moved = (entries) => entries.filter((entry) => !entry.hadRecentInput).reduce((sum, { value }) => sum + value, 0);
  new PerformanceObserver((list) => resolve(moved(list.getEntries()))).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(0), 200);
})`;

/** Resolves after 250 ms without a change, at last after five seconds: figures that run never stand still. */
const STILL = `new Promise((resolve) => {
  const done = () => { observer.disconnect(); clearTimeout(timer); clearTimeout(late); resolve(); };
  const late = setTimeout(done, 5000);
  let timer = setTimeout(done, 250);
  const observer = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(done, 250); });
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
})`;

interface Finding {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** Evaluates axe-core by the debugger's protocol, which the page's content security policy has no say in. */
async function findAxe(page: Page, source: string): Promise<string[]> {
  if (!(await page.evaluate('typeof axe !== "undefined"'))) await page.evaluate(source);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] }).then((result) => result.violations)`,
  )) as Finding[];
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n    ${html.slice(0, 200)}\n    ${failureSummary ?? ''}`),
  );
}

async function dropFiles(page: Page, onto: Locator, paths: readonly string[]): Promise<void> {
  await onto.scrollIntoViewIfNeeded();
  const box = await onto.boundingBox();
  if (!box) throw new Error('nothing to drop onto');
  const session = await page.context().newCDPSession(page);
  const point = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...point, data });
  }
  await session.detach();
}
