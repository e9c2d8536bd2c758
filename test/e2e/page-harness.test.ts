import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeCa } from '../support/ca.ts';
import { type Chromium, NARROW, startChromium } from '../support/chromium.ts';

// The browser harness must notice what it is there to notice, or every test of the page is worth nothing.

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'";
const HEAD = '<!doctype html><html lang="de"><head><title>Probe</title></head>';
const GOOD = `${HEAD}<body><main><h1>Rohrpost</h1><label>Name <input></label><div id="drop">hierher</div></main></body></html>`;
const PAGES: Record<string, string> = {
  '/': GOOD,
  '/inline': GOOD.replace('<main>', '<script>window.evil = 1</script><main style="color: red">'),
  '/nameless': `${HEAD}<body><main><h1>Rohrpost</h1><input><img src="/dot.svg"></main></body></html>`,
  '/wide': GOOD.replace('hierher', 'hierher'.repeat(200)),
  '/elsewhere': GOOD.replace('<main>', '<main><img alt="x" src="https://127.0.0.1:1/x.png">'),
  '/lost': GOOD.replace('</head>', '<link rel="stylesheet" href="/gone.css"></head>'),
  '/moves': GOOD.replace('</head>', '<script src="/moves.js" defer></script></head>'),
  '/takes': GOOD.replace('</head>', '<script src="/takes.js" defer></script></head>'),
};
const MOVES = `setTimeout(() => {
  const wedge = document.createElement('div');
  for (let i = 0; i < 30; i++) wedge.append(document.createElement('p'), 'Zeile');
  document.querySelector('main').prepend(wedge);
}, 300);`;
const TAKES = `const zone = document.querySelector('#drop');
zone.addEventListener('dragover', (event) => event.preventDefault());
zone.addEventListener('drop', (event) => {
  event.preventDefault();
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry());
  zone.textContent = entries.map((entry) => entry.name + (entry.isDirectory ? '/' : '')).join(' ');
});`;

let chromium: Chromium;
let server: Server;
let folder: string;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rp-page-'));
  const { key, cert } = await (await makeCa(join(folder, 'ca'))).issue({ ips: ['127.0.0.1'] });
  server = createServer({ key, cert }, (request, response) => {
    const body = PAGES[request.url!] ?? { '/moves.js': MOVES, '/takes.js': TAKES }[request.url!];
    const type = request.url!.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8';
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': type, 'Content-Security-Policy': CSP });
    response.end(body);
  }).listen(0, '127.0.0.1');
  chromium = await startChromium();
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await chromium.stop();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the harness says when the windows of a test are closed. */
const complaint = (context: Parameters<Chromium['leave']>[0]) =>
  chromium.leave(context).then(
    () => '',
    (error: Error) => error.message,
  );

afterEach((context) => chromium.leave(context));

test('a good page with a strict policy has no fault, and axe-core runs on it', async () => {
  const visit = await chromium.visit(`${url}/`);
  expect(await visit.page.textContent('h1')).toBe('Rohrpost');
  expect(await visit.axe()).toEqual([]);
  expect(await visit.layoutShift()).toBe(0);
  expect(await visit.overhang()).toBeLessThanOrEqual(0);
});

test('inline script and style are breaches of the policy', async (context) => {
  await chromium.visit(`${url}/inline`);
  expect(await complaint(context)).toMatch(/Content Security Policy[\s\S]*Content Security Policy/);
});

test('a field without a name and a picture without words are seen by axe-core', async (context) => {
  const found = await (await chromium.visit(`${url}/nameless`)).axe();
  expect(found.join('\n')).toMatch(/image-alt[\s\S]*label/);
  await complaint(context);
});

test('a page that is wider than its window is seen', async () => {
  expect(await (await chromium.visit(`${url}/wide`, { size: NARROW })).overhang()).toBeGreaterThan(100);
});

test('a request to elsewhere is a fault, a lost file too', async (context) => {
  await chromium.visit(`${url}/elsewhere`);
  await chromium.visit(`${url}/lost`);
  const said = await complaint(context);
  expect(said).toContain('asks elsewhere');
  expect(said).toContain('404 for /gone.css');
});

test('a page that jumps is seen', async () => {
  const visit = await chromium.visit(`${url}/moves`);
  await visit.page.locator('p').first().waitFor({ state: 'attached' });
  await expect.poll(() => visit.layoutShift()).toBeGreaterThan(0.05);
});

test('files and folders are dropped as a hand would; a picture is small', async () => {
  const visit = await chromium.visit(`${url}/takes`);
  await mkdir(join(folder, 'studie'));
  await writeFile(join(folder, 'bild.dcm'), 'x');
  await visit.drop(visit.page.locator('#drop'), [join(folder, 'bild.dcm'), join(folder, 'studie')]);
  await expect.poll(() => visit.page.textContent('#drop')).toBe('bild.dcm studie/');
  await visit.picture(join(folder, 'window.webp'));
  expect((await stat(join(folder, 'window.webp'))).size).toBeLessThan(60_000);
});
